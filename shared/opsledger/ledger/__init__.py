"""Records, ledger rows and quarantine entries: what is stored, and how it changes.

`record`, `state`, `notification` and `codec` are pure. `rows`, `quarantine` and `changes` make rows of the tables.
`commit`, `queries` and `overdue` call the store.
"""
