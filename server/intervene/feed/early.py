"""Commits that came before those that they follow: kept for a moment, bounded by number and by bytes.

What is not kept is read from the log, as soon as the hole before it is.
"""

from types import MappingProxyType
from typing import cast

from intervene.core.limits import EARLY_BYTES, EARLY_ENVELOPES
from intervene.ports.log import Commit
from intervene.ports.messages import Pieces

Held = dict[int, Commit | Pieces]
"""Of one conversation, by version."""

NONE_HELD = cast(Held, MappingProxyType({}))
"""One for all conversations of which nothing is early, as nearly all: an empty dict of its own is 64 bytes."""


class Early:
    """Those of a whole node: `EARLY_ENVELOPES` of one conversation, `EARLY_BYTES` of all. Answers are what
    is kept then of that conversation."""

    def __init__(self) -> None:
        self._bytes = 0

    def keep(self, held: Held, commit: Commit | Pieces) -> Held:
        if (
            commit.version not in held
            and len(held) < EARLY_ENVELOPES
            and self._bytes + commit.size <= EARLY_BYTES
        ):  # fmt: skip
            held = {} if held is NONE_HELD else held
            held[commit.version] = commit
            self._bytes += commit.size
        return held

    def take(self, held: Held, version: int) -> Commit | Pieces | None:
        commit = held.pop(version, None)
        if commit is not None:
            self._bytes -= commit.size
        return commit

    def drop(self, held: Held, up_to: int | None = None) -> Held:
        """All of them, or those of no later version."""
        for version in [version for version in held if up_to is None or version <= up_to]:
            self.take(held, version)
        return held or NONE_HELD
