"""The calls of Tablestore, one module a family."""
