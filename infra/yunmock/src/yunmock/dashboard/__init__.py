"""The pages of `yunmock serve`: what is in the local cloud, and what happened in it. They change nothing.

A page is data (`document`), made by one function (`pages`) and written as HTML or as JSON.
"""
