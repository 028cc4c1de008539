"""Tasks of one owner that nothing awaits by name. The event loop keeps only weak references to tasks: these are kept
until they have ended.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Cancelling the caller does not cancel the task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> None:
        """Ask all to end."""
        for task in self._tasks:
            task.cancel()

    async def wait(self) -> None:
        """Until none is left, also of those that are spawned meanwhile. Their errors are not raised."""
        while self._tasks:
            await asyncio.wait(self._tasks)
