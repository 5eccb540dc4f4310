"""The resource template for what `s.yaml` cannot make, and the check that it and the code say the same."""
