"""What is kept of each event and record, and how it changes: pure, but for `commit` and `query`, which ask a store."""
