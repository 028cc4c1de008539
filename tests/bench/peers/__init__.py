"""Intervene beside its peers and beside C, in one run: `make bench-peers`, or `python -m tests.bench.peers --help`.

* `load.c`, `load.py`: the load, the same for all: it checks that each message comes to each session once and in order.
* `floor.c`: what fan-out costs when nothing else is done.
* `relays.py`, `apps/`: floors and peers, as their own guides set them up. `ours.py`: Intervene.
* `fanout.py`, `rooms.py`, `joins.py`, `clicks.py`, `pieces.py`: what is measured; `words.py` is a bot.
* `results.py`, `report.py`, `goals.py`, `machine.py`, `plots.py`, `page.py`: what comes out, into docs/performance.md.

In each round every peer is measured once, one after the other and each round in another order, with a fresh server on
the first core and the load on the second. What counts are ratios within a round. Nothing here is part of `make test`.
"""
