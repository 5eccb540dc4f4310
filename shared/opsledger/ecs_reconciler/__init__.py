"""The reconciler: asks ECS what happened, and compares that with what arrived."""
