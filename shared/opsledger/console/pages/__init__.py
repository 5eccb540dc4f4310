"""One module for each page: a visit and the store give a view."""
