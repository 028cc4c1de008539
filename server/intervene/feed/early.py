"""Commits that came before those that they follow: kept for a moment, bounded by number and by bytes.

What is not kept is read from the log, as soon as the hole before it is.
"""

from intervene.core.limits import EARLY_BYTES, EARLY_ENVELOPES
from intervene.ports.log import Commit
from intervene.ports.messages import Pieces

Held = dict[int, Commit | Pieces]
"""Of one conversation, by version."""


class Early:
    """Those of a whole node: `EARLY_ENVELOPES` of one conversation, `EARLY_BYTES` of all."""

    def __init__(self) -> None:
        self._bytes = 0

    def keep(self, held: Held, commit: Commit | Pieces) -> None:
        if (
            commit.version not in held
            and len(held) < EARLY_ENVELOPES
            and self._bytes + commit.size <= EARLY_BYTES
        ):  # fmt: skip
            held[commit.version] = commit
            self._bytes += commit.size

    def take(self, held: Held, version: int) -> Commit | Pieces | None:
        commit = held.pop(version, None)
        if commit is not None:
            self._bytes -= commit.size
        return commit

    def drop(self, held: Held, up_to: int | None = None) -> None:
        """All of them, or those of no later version."""
        for version in [version for version in held if up_to is None or version <= up_to]:
            self.take(held, version)
