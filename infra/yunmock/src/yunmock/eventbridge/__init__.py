"""EventBridge: buses, rules, patterns, transforms, delivery to functions."""
