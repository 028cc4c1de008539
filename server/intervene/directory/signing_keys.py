"""The keys of host applications that this node goes by: those of the settings' file, and those that organisations keep.

What organisations keep is read when the node starts, and again with each new version of the tree of organisations,
which every change of a key raises.
"""

import asyncio
from collections.abc import Callable, Mapping

from intervene.core.errors import Unavailable
from intervene.core.timing import PRODUCTION, Timing
from intervene.host_keys import HostKey
from intervene.ports.signing_keys import SigningKeys
from intervene.tasks import Tasks


class KnownKeys:
    """`found`: by `kid`; those of the file come first. `observers` are called when they are read again."""

    def __init__(self, stored: SigningKeys, of_file: Mapping[str, HostKey], timing: Timing = PRODUCTION) -> None:
        self.observers: list[Callable[[], None]] = []
        self._of_file = dict(of_file)
        self._found = dict(of_file)
        self.found: Mapping[str, HostKey] = self._found
        self._stored = stored
        self._timing = timing
        self._is_stale = False
        self._tasks = Tasks()

    async def load(self) -> None:
        """Raises `Unavailable`."""
        kept = await self._stored.good()
        self._found.clear()
        for key in kept:
            self._found[key.kid] = HostKey(
                purpose=key.purpose,
                key=key.key,
                organisation=key.organisation,
                role=key.role,
                lifetime=key.lifetime,
                algorithm=key.algorithm,
            )
        self._found.update(self._of_file)
        for observer in self.observers:
            observer()

    def refresh(self) -> None:
        """They may have changed."""
        self._is_stale = True
        if not self._tasks:
            self._tasks.spawn(self._read())

    async def _read(self) -> None:
        while self._is_stale:
            self._is_stale = False
            try:
                await self.load()
            except Unavailable:
                self._is_stale = True  # others log that
                await asyncio.sleep(self._timing.policies)

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()
