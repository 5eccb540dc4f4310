"""Resource Orchestration Service: stacks whose resources are made in the other services of the cloud."""
