"""What Intervene costs, beside a floor measured in the same run: `make bench`, or `python -m tests.bench --help`.

* `sessions.py`: memory of a session and CPU of its coming, beside a bare transport and plain uvicorn.
* `joining.py`: sessions that come back and watch, all at once after kill -9.
* `append.py`: the log alone, beside bare SQLite.
* `messages.py`: a message from the socket through the log to three screens, beside a relay that keeps nothing.
* `takeover.py`: an agent's click, beside one durable commit and one round trip.
* `streams.py`: pieces of streamed replies, beside the relay, and a commit and a round trip.
* `cluster.py`: both across two nodes, also while Redis hangs, beside one commit of PostgreSQL and one PUBLISH.
* `attack.py`: other people's takeovers and messages, and the server's memory, while `attacker.py` attacks.
* `compare.py`: two checkouts, by what a message, a piece, a takeover and a session cost: `compare --base PATH`.

`wire.py` and `people.py` are the load, `floors.py` and `disk.py` what we compare with, `process.py` runs servers in
processes of their own and `ground.py` what two nodes stand on, `figures.py` is what comes out. Rounds of us and of the
floor alternate, because the machine's mood changes; a ratio is the median of the rounds' ratios. Nothing here asserts a
speed.
"""
