"""Function Compute: functions read from s.yaml, run in this process as the Python runtime would run them."""
