"""ECI: event types, lifecycles, content models, messages and advice."""
