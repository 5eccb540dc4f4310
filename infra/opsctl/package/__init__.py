"""Builds what Function Compute runs: layers and code packages, per runtime, without Docker (`make package`).

A package is a mapping of path to bytes on its way through these modules, each of which has one duty:
`requirements` (which pins hold for a runtime) → `wheels` (fetch and open them) → `pruning` (leave out what is not used)
→ `library` (the modules a function reaches) → `bytecode` → `archive` (the same bytes every time) → `build` (the whole).
"""
