"""What so many sessions need: `costs` measures, `model` calculates, `simulation` checks it, `document` writes
docs/scale.md. `python -m tests.bench.scale measure|simulate|document`.
"""
