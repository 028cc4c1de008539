"""Read positions on their way to the directory: the highest of each reader, written at most once a second."""

import asyncio

import structlog

from intervene.core.ids import Key
from intervene.edge.services import Directory

WRITE_SECONDS = 1.0
WAITING = 10_000  # readers; more are forgotten, as the next position says the same and more

log_ = structlog.get_logger(__name__)


class ReadPositions:
    __slots__ = ("_directory", "_task", "_waiting")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._waiting: dict[tuple[Key, str], int] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, key: Key, reader: str, n: int) -> None:
        at = (key, reader)
        if at in self._waiting or len(self._waiting) < WAITING:
            self._waiting[at] = max(n, self._waiting.get(at, 0))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(WRITE_SECONDS)
                waiting, self._waiting = self._waiting, {}
                for (key, reader), n in waiting.items():
                    await self._directory.keep_read(key, reader, n)
        except Exception:
            log_.exception("read positions could not be written")  # clients say them again as they read on
        finally:
            self._task = None
