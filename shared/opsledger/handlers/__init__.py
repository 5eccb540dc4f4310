"""What the functions' `index.py` hand over to, and what every invocation needs."""
