"""The tree of organisations that this node acts on: read when the node starts, and again when it has changed."""

from collections.abc import Callable

import structlog

from intervene.core.errors import Unavailable
from intervene.core.tree import ROOTS, Tree
from intervene.ports.hub import Hub
from intervene.ports.messages import TreeChanged
from intervene.ports.organisations import Organisations
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)


class TreeCache:
    """`observers` are called when `tree` is another one."""

    def __init__(self, stored: Organisations, hub: Hub) -> None:
        self.observers: list[Callable[[], None]] = []
        self._stored = stored
        self._hub = hub
        self._tree = ROOTS
        self._tasks = Tasks()

    def __call__(self) -> Tree:
        return self._tree

    async def load(self) -> None:
        """Raises `Unavailable`."""
        self.take(await self._stored.tree())

    def take(self, tree: Tree) -> None:
        """The tree, as it was just read or written."""
        if tree == self._tree:
            return
        self._tree = tree
        log_.info("the tree of organisations changed", version=tree.version)
        for observer in self.observers:
            observer()

    def changed(self, tree: Tree) -> None:
        """By this node: other nodes are to read it."""
        self._hub.publish(TreeChanged(tree.version))
        self.take(tree)

    def compare(self, version: int) -> None:
        """The database has that version: a lower one than ours if it was restored. Publish it: other nodes may be
        about to look."""
        if version != self._tree.version:
            self._hub.publish(TreeChanged(version))
            self._refresh()

    def receive(self, message: TreeChanged) -> None:
        """Another node has found a change."""
        if message.version != self._tree.version:
            self._refresh()

    def _refresh(self) -> None:
        if not self._tasks:  # what changes while it is read is found by the next comparison
            self._tasks.spawn(self._read())

    async def _read(self) -> None:
        try:
            await self.load()
        except Unavailable:
            pass  # others log that; the next comparison finds the difference again

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()
