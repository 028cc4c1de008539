"""How long tests wait, and the one way in which they do. Nothing here is a measure of speed."""

from collections.abc import Callable

import anyio

WAIT = 10.0  # seconds, for what should happen at once
LONG_WAIT = 60.0  # for what takes work: a process to start, a thousand commits
SERVED = 12.0  # a customer is answered or in a queue, also when the node died that was to do it
PATIENCE = 5.0  # of somebody who knows of other nodes, with one that does not answer


async def eventually(holds: Callable[[], bool], *, within: float = WAIT, every: float = 0.01) -> None:
    """Return once it holds. It is looked at again after `every` seconds; 0: in each round of the loop."""
    with anyio.fail_after(within):
        while not holds():  # noqa: ASYNC110  # what tests wait for has no event to wait on
            await anyio.sleep(every)
