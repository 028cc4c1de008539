"""A busy conversation on this node."""

import asyncio

from intervene.core.ids import Key
from intervene.engine.queue import Answer, CommandQueue
from intervene.feed.feed import Feed
from intervene.ports.log import Receipt


class Lane(CommandQueue):
    """Its queue, and its feed, which is followed until the queue is empty."""

    __slots__ = ("feed", "is_new", "is_waiting", "key")

    def __init__(self, key: Key, feed: Feed) -> None:
        super().__init__()
        self.key = key
        self.feed = feed
        self.is_new = False
        """What waits came in this tick, and is decided at its end."""
        self.is_waiting = False
        """For the settings of the organisation."""

    @property
    def is_at_rest(self) -> bool:
        """Nothing is under way or will be by itself."""
        return not (self.is_new or self.batch or self.is_waiting)


def settle(future: "asyncio.Future[Receipt]", answer: Answer) -> None:
    if future.done():
        return
    if isinstance(answer, Receipt):
        future.set_result(answer)
    else:
        future.set_exception(answer)
