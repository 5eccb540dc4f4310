"""Check that the resource template, for what `s.yaml` cannot make, agrees with the code and with `s.yaml`."""
