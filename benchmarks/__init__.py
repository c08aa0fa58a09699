"""How fast Corp ID is, as ratios: every figure beside what it can't be faster than.

`make bench` starts the product, measures each case and its comparison in turn (A B, B A, A B …)
in one session, and writes build/bench/ (report.json, report.png). docs/benchmarks.md says how
to read them.
"""
