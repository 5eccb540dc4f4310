"""What each call of Simple Message Queue does."""
