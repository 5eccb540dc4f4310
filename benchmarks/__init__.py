"""Benchmarks of OpsLedger beside its peers: `make bench`.

Each module in `benchmarks.rows` measures one thing. It alternates between our code and a peer that does the same job,
so that both run in the same minutes, and compares the result with a threshold. Most thresholds are ratios, because
machines differ and a busy one slows both sides. `python -m benchmarks` writes `results.json`, and
`python -m benchmarks.report` generates the page from it.
"""
