"""Numbers for monitoring: what the sweeper counts, and how programs read it."""
