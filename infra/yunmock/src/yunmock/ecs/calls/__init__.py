"""The calls of ECS, one module a family."""
