"""Rounds over what an API lists: resumed where they stopped, paced after failures, given up with a reason."""
