"""What people asked of a system and what they were told, with the instants at which they knew: the checker's evidence.

A command is *invoked* each time it is sent, always under the id that it was given first. Each of these tries ends
*ok* (acknowledged), *fail* (refused), or *unknown*: the socket was lost, no answer came, or the answer was that nobody
knows. Instants are of one monotonic clock, taken before a command leaves and after its answer has come, so whatever
happened to it happened in between.
"""

import sys
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

Frame = dict[str, Any]
Author = str
"""`agent:ana`, `contact:maria`: a person, whatever they sit at."""

PASSING = ("too_fast", "busy", "unavailable")
"""Refusals that say nothing about the command: the same again, later."""

DECIDED = ("taken", "stale", "stale_view", "not_holder", "illegal_move", "forbidden", "out_of_order", "too_long")
"""Refusals by a rule. What was refused so stays refused: whatever the rule saw can only have moved on."""


class What(StrEnum):
    INVOKE = "invoke"
    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"
    FAULT = "fault"
    """Not a command: what was done to the system."""


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the dump. `frame`: the command as it was sent, or its answer; `node`: which it was given to."""

    at: float
    what: What
    who: Author = ""
    id: str = ""
    conversation: str = ""
    kind: str = ""
    node: str = ""
    said: str = ""
    frame: Frame = {}


class Try(Struct):
    """`began` and `ended` are lines of the history, which are in the order in which things happened."""

    node: str
    began: int
    ended: int = sys.maxsize
    what: What = What.UNKNOWN
    answer: Frame = {}


class Command(Struct):
    """All that became of one command."""

    who: Author
    id: str
    kind: str
    conversation: str
    frame: Frame
    tries: list[Try]

    @property
    def outcome(self) -> What:
        """Acknowledged once is acknowledged. Refused is refused if a rule did it, or if nobody may have done it."""
        if any(found.what is What.OK for found in self.tries):
            return What.OK
        if any(found.answer.get("code") in DECIDED for found in self.tries):
            return What.FAIL
        return What.FAIL if all(found.what is What.FAIL for found in self.tries) else What.UNKNOWN

    @property
    def began(self) -> int:
        return self.tries[0].began

    @property
    def ended(self) -> int:
        """The line at which its author knew that it had changed something."""
        return min((found.ended for found in self.tries if _has_number(found.answer)), default=sys.maxsize)

    @property
    def answers(self) -> list[Frame]:
        return [found.answer for found in self.tries if found.answer]

    @property
    def acks(self) -> list[Frame]:
        """Those that name an event. Of what changed nothing nothing is kept, so its repeat is a new question."""
        return [answer for answer in self.answers if _has_number(answer)]

    @property
    def was_put_off(self) -> bool:
        """It was told to come again, so its place among its author's commands is not the one it was given in."""
        return any(found.answer.get("code") in PASSING for found in self.tries)


def _has_number(answer: Frame) -> bool:
    return answer.get("type") == "ack" and bool(answer.get("seq") or answer.get("pub"))


class History:
    """Kept by everybody together. `clock`: monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.records: list[Record] = []
        self._clock = clock

    def invoke(self, who: Author, node: str, frame: Frame) -> None:
        self._add(
            what=What.INVOKE, who=who, node=node, id=frame["id"], kind=frame["type"],
            conversation=frame["conversation"], frame=frame,
        )  # fmt: skip

    def answer(self, who: Author, frame: Frame) -> None:
        """An `ack` or an `error` that names a command."""
        what = What.OK
        if frame["type"] == "error":
            what = What.UNKNOWN if frame["code"] == "unavailable" else What.FAIL
        conversation = frame.get("conversation", "")
        self._add(what=what, who=who, id=frame["id"], conversation=conversation, frame=frame)

    def lose(self, who: Author, id: str) -> None:
        """No answer will come any more."""
        self._add(what=What.UNKNOWN, who=who, id=id)

    def fault(self, node: str, said: str) -> None:
        self._add(what=What.FAULT, node=node, said=said)

    def _add(self, **fields: Any) -> None:
        self.records.append(Record(at=self._clock(), **fields))

    def commands(self, conversation: str = "") -> list[Command]:
        """In the order in which they were first given; of one conversation, or of all."""
        found: dict[tuple[Author, str], Command] = {}
        open: dict[tuple[Author, str], list[Try]] = {}
        for number, record in enumerate(self.records):
            key = record.who, record.id
            match record.what:
                case What.INVOKE:
                    if key not in found:
                        found[key] = Command(*key, record.kind, record.conversation, record.frame, [])
                    begun = Try(record.node, number)
                    found[key].tries.append(begun)
                    open.setdefault(key, []).append(begun)
                case What.OK | What.FAIL | What.UNKNOWN:
                    assert open.get(key), f"an answer to nothing: {record}"
                    ended = open[key].pop(0)  # answers come in the order of what they answer
                    ended.what, ended.ended, ended.answer = record.what, number, record.frame
                case What.FAULT:
                    pass
        return [command for command in found.values() if conversation in ("", command.conversation)]

    # -- on paper ------------------------------------------------------------------------------------------------------

    def dump(self, file: Path) -> Path:
        """As JSON, a record a line."""
        file.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in self.records))
        return file

    @classmethod
    def load(cls, file: Path) -> "History":
        history = cls()
        history.records = list(_records(file))
        return history


def _records(file: Path) -> Iterator[Record]:
    decode = msgspec.json.Decoder(Record).decode
    for line in file.read_bytes().splitlines():
        yield decode(line)
