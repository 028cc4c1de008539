"""Which turns are due: those that are owed, those of nodes that are gone, and claims that this node does not run."""

from collections.abc import Callable, Sequence

from intervene.core.conversation.decide import Command
from intervene.core.conversation.turns import GiveBackTurn, TakeUpTurn
from intervene.core.ids import Key, NodeId
from intervene.ports.schedule import Work


class DueTurns:
    """`claimant` as the engine's; `is_running`: whether this node runs that turn; `is_gone`: whether a node will not
    come back; `knows`: which format of rows it can read."""

    def __init__(
        self,
        node: NodeId,
        *,
        claimant: Callable[[], NodeId | None],
        is_running: Callable[[Key, int], bool],
        is_gone: Callable[[NodeId], bool],
        knows: Callable[[NodeId], int],
    ) -> None:
        self._node = node
        self._claimant = claimant
        self._is_running = is_running
        self._is_gone = is_gone
        self._knows = knows
        self._unrun: set[tuple[Key, int]] = set()
        """Claims of this node that it did not run at the last heartbeat."""

    def commands(self, found: Sequence[Work]) -> dict[Key, Command]:
        """What is due of all that one heartbeat found."""
        unrun = {(work.key, work.turn) for work in found if self._is_unrun(work)}
        due = {work.key: command for work in found if (command := self._command(work, unrun))}
        self._unrun = unrun
        return due

    def _command(self, work: Work, unrun: set[tuple[Key, int]]) -> Command | None:
        if work.runner == "owed":
            return TakeUpTurn() if self._claimant() else None
        if work.runner == self._node:
            # It may have been claimed, or ended, since this was read: only what two heartbeats find is given back.
            is_unrun_again = (work.key, work.turn) in unrun & self._unrun
            return GiveBackTurn(turn=work.turn) if is_unrun_again else None
        if work.runner and self._is_lost(NodeId(work.runner), work.format):
            return TakeUpTurn(lost=work.runner)
        return None

    def _is_unrun(self, work: Work) -> bool:
        return work.runner == self._node and not self._is_running(work.key, work.turn)

    def _is_lost(self, node: NodeId, format: int) -> bool:
        """Whether it will not end its turn: it is gone, or it is of a release that can no longer read the row."""
        return self._is_gone(node) or format > self._knows(node)
