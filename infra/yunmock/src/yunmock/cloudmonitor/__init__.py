"""CloudMonitor: notification policies that push the system events of products to functions and addresses."""
