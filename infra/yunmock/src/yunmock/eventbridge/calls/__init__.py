"""The calls of EventBridge, one module for each family."""
