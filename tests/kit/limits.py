"""How long tests wait, and the one way in which they do. Nothing here is a measure of speed.

Servers that tests start, and parts that they make, run at `FACTOR` of production timing, and so long do tests wait for
what follows from it. What a busy machine takes is on top of it and not scaled.
"""

import os
from collections.abc import Callable

import anyio

from intervene.core.timing import PRODUCTION

FACTOR = float(os.environ.get("INTERVENE_TIMING_FACTOR", "1"))
TIMING = PRODUCTION.scaled(FACTOR)
SCALED = {} if FACTOR == 1.0 else {"INTERVENE_TIMING_FACTOR": str(FACTOR)}
"""The environment of servers that tests start."""

BUSY = 2.0  # seconds that a busy machine may take besides
LENIENCE = 1.0 if FACTOR == 1.0 else 3.0
"""So many times as long, where tests run beside each other: what the docs promise is measured at production timing."""


def after(seconds: float, busy: float = BUSY) -> float:
    """How long tests wait for what takes so long in production."""
    return FACTOR * seconds + LENIENCE * busy


def production(limit: float, busy: float = BUSY) -> float:
    """The opposite: what a limit of `after` says of production."""
    return (limit - LENIENCE * busy) / FACTOR


WAIT = LENIENCE * 10.0  # seconds, for what should happen at once
LONG_WAIT = 60.0  # for what takes work: a process to start, a thousand commits
SERVED = after(10.0)  # a customer is answered or in a queue, also when the node died that was to do it
PATIENCE = 5.0  # of somebody who knows of other nodes, with one that does not answer

# Each says what takes so long in production; two seconds more are for a busy machine, unless more are named.
MOVED = after(10.0)  # sessions of a node that alone has lost the database are sent away
WAITED = 20.0  # a bot's wait of six seconds, another six for a node that comes to it anew, and eight to start and claim
STRANDED = after(25.0, 5.0)  # the same as `MOVED`, of a node that has lost Redis too
BACK = after(5.0, 7.0)  # a node is ready again once the database is; 7 s: the longest wait for an answer, and for us
TOLD = after(9.0, 3.0)  # an answer while the database hangs, whatever was asked
POLLED = after(2.0)  # what no hub brings: the next heartbeat
UNHINDERED = after(2.0)  # a takeover beside a node that is dead, frozen or busy: its locks
PROMPT = LENIENCE * 1.5  # a bot's first words: milliseconds, less than the next heartbeat, and one second for us
HEARD = LENIENCE * 2.0  # what the hub brings: a quarter of a second, and more than that for a busy machine
RESUMED = 35.0  # all sessions of a node that was killed, however many, have come back to another
STALL = LENIENCE * 1.0  # any statement of groups that two nodes write to the same hot conversations: for a minute
UNTOLD = after(10.0)  # what a node had committed and not yet published when it died
ACKED = LENIENCE * 1.5  # a takeover while Redis is away, hung or half open: 0.4 s, and one for a busy machine
CAUGHT_UP = after(3.0)  # the hub is up and what was missed is shown, once Redis is reached
UNHEARD = after(10.0)  # what a half-open hub swallows, and that it is half open
NAMED = 12.0  # what a client finds between itself and the server: 10 s, and two for a busy machine

STALLED = 0.5  # a thread that only sleeps wakes so much too late: the machine stood still, and was not merely busy
STOOD_STILL = 1.0  # in all, within a wait that ended without an answer: half of the shortest one for a database


async def eventually(holds: Callable[[], bool], *, within: float = WAIT, every: float = 0.01) -> None:
    """Return once it holds. It is looked at again after `every` seconds; 0: in each round of the loop."""
    with anyio.fail_after(within):
        while not holds():  # noqa: ASYNC110  # what tests wait for has no event to wait on
            await anyio.sleep(every)
