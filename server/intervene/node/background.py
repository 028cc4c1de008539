"""The background work of a node, under one task group. A part that ends by itself ends all of them.

Each part should last as long as the node: without heartbeats a node seems dead, without housekeeping no timer fires. A
node that went on without one would look healthy and keep no promise, so its process ends, and is started again.
"""

import asyncio
from collections.abc import Callable, Mapping

import anyio
import structlog

from intervene.node.backends import Part

log_ = structlog.get_logger(__name__)


class PartEnded(Exception):
    """Work that should go on for as long as the node has ended."""


class Background:
    """From `start` to `stop`. `failed` is called once if a part ends by itself."""

    def __init__(self) -> None:
        self.has_failed = False
        self._task: asyncio.Task[None] | None = None

    def start(self, parts: Mapping[str, Part], failed: Callable[[], None]) -> None:
        self._task = asyncio.create_task(self._run(parts, failed), name="background")

    async def stop(self) -> None:
        """Cancel what runs, and wait for its end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, parts: Mapping[str, Part], failed: Callable[[], None]) -> None:
        try:
            async with anyio.create_task_group() as tasks:
                for name, part in parts.items():
                    tasks.start_soon(_keep, name, part, name=name)
        except* PartEnded:
            self.has_failed = True
            failed()


async def _keep(name: str, part: Part) -> None:
    problem = None
    try:
        await part()
    except Exception as raised:
        problem = raised
    log_.critical("a part of the node ended by itself: this process ends", part=name, exc_info=problem)
    raise PartEnded(name) from problem
