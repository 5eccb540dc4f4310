"""The handlers that the functions' `index.py` call."""
