"""Notifications to people: what to say, in which form a channel takes it, and what its answer means."""
