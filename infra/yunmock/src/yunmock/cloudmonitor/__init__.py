"""CloudMonitor: notification policies push system events of products to functions and addresses; custom metrics."""
