"""The calls on stacks and templates."""
