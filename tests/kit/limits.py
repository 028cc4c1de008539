"""How long tests wait, and the one way in which they do. Nothing here is a measure of speed."""

from collections.abc import Callable

import anyio

WAIT = 10.0  # seconds, for what should happen at once
LONG_WAIT = 60.0  # for what takes work: a process to start, a thousand commits
SERVED = 12.0  # a customer is answered or in a queue, also when the node died that was to do it
PATIENCE = 5.0  # of somebody who knows of other nodes, with one that does not answer

MOVED = 12.0  # sessions of a node that alone has lost the database are sent away: 10 s, and two for a busy machine
WAITED = 20.0  # a bot's wait of six seconds, another six for a node that comes to it anew, and eight to start and claim
STRANDED = 30.0  # the same, of a node that has lost Redis too: 25 s, and five for a busy machine
BACK = 12.0  # a node is ready again once the database is: 5 s, and the longest wait for an answer that never comes
TOLD = 12.0  # who asks while the database hangs, whatever they wait for: 9 s, and more for a busy machine
POLLED = 4.0  # what no hub brings: the next beat of 2 s, and two for a busy machine
UNHINDERED = 4.0  # a takeover beside a node that is dead, frozen or busy: 2 s for its locks, and two for a busy machine
PROMPT = 1.5  # a bot's first words: milliseconds, less than the next beat, and more than one for a busy machine
HEARD = 2.0  # what the hub brings: a quarter of a second, and more than that for a busy machine
RESUMED = 35.0  # all sessions of a node that was killed, however many, have come back to another
STALL = 1.0  # any statement of groups that two nodes write to the same hot conversations: issue 3, for a minute
UNTOLD = 12.0  # what a node had committed and died before it told: 10 s, and two for a busy machine
ACKED = 1.5  # a takeover while Redis is away, hung or half open: 0.4 s, and one for a busy machine
CAUGHT_UP = 5.0  # the hub is up and what was missed is seen, once Redis is reached: 3 s, and two for a busy machine
UNHEARD = 12.0  # what a half-open hub swallows, and that it is half open: 10 s, and two for a busy machine
NAMED = 12.0  # what a client finds between itself and the server: 10 s, and two for a busy machine


async def eventually(holds: Callable[[], bool], *, within: float = WAIT, every: float = 0.01) -> None:
    """Return once it holds. It is looked at again after `every` seconds; 0: in each round of the loop."""
    with anyio.fail_after(within):
        while not holds():  # noqa: ASYNC110  # what tests wait for has no event to wait on
            await anyio.sleep(every)
