"""Ours and its peers, measured in turn in one run: `make bench`.

Each module below `benchmarks.rows` measures one thing and gives rows: what took how long, beside a peer that did the
same job in the same minutes, and the line it should reach. A figure means little, a ratio more: machines differ, and a
busy one slows both. `python -m benchmarks` writes `results.json`; `python -m benchmarks.report` makes the page from it.
"""
