"""The calls of Function Compute, one module for each family; both APIs share them."""
