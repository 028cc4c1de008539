"""Read positions on their way to the directory: the highest of each reader, written at most once a second."""

import asyncio
import random

import structlog

from intervene.core.backoff import rest_seconds
from intervene.core.errors import Unavailable
from intervene.core.ids import Key
from intervene.edge.services import Directory
from intervene.outage import Outage

WRITE_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0  # between tries while they cannot be written
WAITING = 10_000  # readers; more are forgotten, as the next position says the same and more

log_ = structlog.get_logger(__name__)


class ReadPositions:
    __slots__ = ("_directory", "_outage", "_task", "_waiting")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._waiting: dict[tuple[Key, str], int] = {}
        self._task: asyncio.Task[None] | None = None
        self._outage = Outage(over="read positions are written again", level="warning")

    def note(self, key: Key, reader: str, n: int) -> None:
        at = (key, reader)
        if at in self._waiting or len(self._waiting) < WAITING:
            self._waiting[at] = max(n, self._waiting.get(at, 0))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        failures = 0
        try:
            while self._waiting:
                longest = LONGEST_REST_SECONDS if failures else WRITE_SECONDS
                chance = random.random() if failures else 1.0
                await asyncio.sleep(rest_seconds(failures + 1, first=WRITE_SECONDS, longest=longest, chance=chance))
                failures = 0 if await self._write_all() else failures + 1
        finally:
            self._task = None

    async def _write_all(self) -> bool:
        """False: one could not be written. It waits with those behind it."""
        waiting, self._waiting = self._waiting, {}
        while waiting:
            (key, reader), n = at, _ = next(iter(waiting.items()))
            try:
                await self._directory.keep_read(key, reader, n)
            except Unavailable as problem:
                self._outage.failed("read positions cannot be written", waiting=len(waiting), problem=problem.sentence)
                for at, n in waiting.items():
                    self._waiting[at] = max(n, self._waiting.get(at, 0))
                return False
            except Exception:
                log_.exception("a read position was refused")  # the client says it again as it reads on
            del waiting[at]
        self._outage.answered()
        return True
