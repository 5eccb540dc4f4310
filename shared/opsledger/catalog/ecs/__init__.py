"""ECS: event types, lifecycles and content models."""
