"""Simple Message Queue (SMQ, formerly MNS): queues and their messages."""
