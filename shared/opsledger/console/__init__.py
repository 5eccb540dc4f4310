"""The console: pages, JSON and CSV for people and programs that look at the tables, and change nothing.

`respond` is pure: a request and a store give a response. The function `console` and the command `opsledger console`
serve the same.
"""
