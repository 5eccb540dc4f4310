"""ECS: event types, lifecycles, content models and advice."""
