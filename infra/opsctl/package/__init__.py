"""Build the layers and code packages that Function Compute runs, per runtime and without Docker (`make package`).

A package is a mapping of path to bytes. Each module does one step: `requirements` selects a runtime's pins, `wheels`
fetches and opens them, `pruning` leaves out unused files, `library` finds the modules a function reaches, `bytecode`
compiles, `archive` packs reproducibly, and `build` does all of it.
"""
