"""The mistakes behind the mutants: each function makes a wrong replacement of the original it is given."""
