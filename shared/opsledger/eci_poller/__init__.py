"""The poller: reads what is new from the ECI API."""
