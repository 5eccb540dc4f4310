"""The calls of ECI, one module a family."""
