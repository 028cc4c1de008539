"""What the loop awaits of threads, each for the same time: one timer for all, in place of a cancel scope for each."""

import asyncio
from typing import Any, TypeVar

T = TypeVar("T")


class Waiting:
    """On one loop. `len` is how many futures are awaited."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._until: dict[asyncio.Future[Any], float] = {}
        """On the loop's clock: the first is due first."""
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._until)

    def add(self, future: "asyncio.Future[Any]") -> None:
        """From now on it has so many seconds."""
        self._until[future] = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._give_up)

    async def end(self, future: "asyncio.Future[T]") -> T:
        """The result of one that was added. Raises `TimeoutError` when it takes longer."""
        try:
            return await future
        finally:
            del self._until[future]

    def stop(self) -> None:
        """Wait for the rest however long it takes."""
        if self._timer is not None:
            self._timer.cancel()

    def _give_up(self) -> None:
        """On what was not answered in time."""
        now = self._loop.time()
        for future, until in self._until.items():
            if until > now:
                self._timer = self._loop.call_at(until, self._give_up)
                return
            if not future.done():
                future.set_exception(TimeoutError())
        self._timer = None
