"""From bytes to understood events, without clock, store or log."""
