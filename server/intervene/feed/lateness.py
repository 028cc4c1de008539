"""The time that reads may take: one timer for all, in place of a cancel scope for each."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from intervene.core.errors import Unavailable

T = TypeVar("T")

AGAIN_SECONDS = 0.01  # until what is late and goes on all the same is cancelled once more


class Lateness:
    """Of the tasks that wait here, and until when. They are few: a database has few readers, and few write."""

    def __init__(self) -> None:
        self._until: dict[asyncio.Task[object], float] = {}
        """On the loop's clock."""
        self._cancelled: dict[asyncio.Task[object], int] = {}
        """Those that were late, and how often they were cancelled for it."""
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0
        """When it goes off. uvloop's of a time that is past, or will be at once, cannot say."""

    async def wait(self, answer: Awaitable[T], until: float) -> T:
        """What `answer` is, if it is there by then: otherwise it is cancelled. Raises `Unavailable`."""
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        self._until[task] = until
        self._expect(until)
        try:
            return await answer
        except (asyncio.CancelledError, TimeoutError) as problem:
            is_ours = 0 < self._cancelled.get(task, 0) >= task.cancelling()  # others may have cancelled it too
            if isinstance(problem, TimeoutError) or is_ours:
                raise Unavailable("The log did not answer in time. Try again.") from None
            raise
        finally:
            self._until.pop(task, None)
            for _ in range(self._cancelled.pop(task, 0)):
                task.uncancel()

    def _expect(self, at: float) -> None:
        """The timer goes off at that time, or before it."""
        if self._timer is None or at < self._at:
            if self._timer is not None:
                self._timer.cancel()
            self._at = at
            self._timer = asyncio.get_running_loop().call_at(at, self._look)

    def _look(self) -> None:
        self._timer, now = None, asyncio.get_running_loop().time()
        for task, until in self._until.items():
            if until <= now:
                self._cancelled[task] = self._cancelled.get(task, 0) + 1
                task.cancel()
            self._expect(until if until > now else now + AGAIN_SECONDS)
