"""Drills: a simulated event on its whole way, from the ECS API to the message that a person gets."""
