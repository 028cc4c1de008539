"""What the checker is given of one conversation, and what it finds."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

from msgspec import Struct

from tests.kit.oracles.history import Author, Frame
from tests.kit.oracles.screen import Screen


class StoredPiece(NamedTuple):
    message: str
    n: int
    version: int
    text: str


class Log(Struct):
    """One conversation, all of it, as staff see it. Pieces and the versions of the commits, by `seq`, are there when it
    was read from the database; a node shows neither."""

    events: Sequence[Frame]
    pieces: Sequence[StoredPiece] = ()
    versions: dict[int, int] = {}


class Session(NamedTuple):
    """What somebody was shown of the conversation, over all their sockets. `is_here`: and still is."""

    who: Author
    is_staff: bool
    screen: Screen
    is_here: bool


class Problem(NamedTuple):
    promise: str
    conversation: str
    sentence: str

    def __str__(self) -> str:
        return f"[{self.promise}] {self.conversation}: {self.sentence}"


@dataclass
class Counts:
    """All but the first must be 0."""

    takeovers: int = 0
    bot_events_after: int = 0
    pieces_after: int = 0
    acked_lost: int = 0
    doubled: int = 0
    reordered: int = 0
    never_told: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


class Findings(Struct):
    counts: Counts
    problems: list[Problem] = []

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(self.counts + other.counts, self.problems + other.problems)

    def __str__(self) -> str:
        return "\n".join([str(self.counts), *map(str, self.problems[:30])])
