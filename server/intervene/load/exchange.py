"""What the command and its generator processes send each other, over pipes: a size of 4 bytes, then MessagePack."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from intervene.load.credentials import Credentials
from intervene.load.scenario import Scenario


class Plan(Struct, frozen=True, kw_only=True, tag=True):
    """What one process does: each `of`th group of conversations, from `part` on. `run` is in all names and ids."""

    scenario: Scenario
    urls: list[str]
    credentials: Credentials
    run: str
    part: int
    of: int


class Go(Struct, frozen=True, kw_only=True, tag=True):
    """The load begins, `at` on the clock of `time.monotonic`, which all processes of a machine share."""

    at: float


class Stop(Struct, frozen=True, kw_only=True, tag=True):
    """End early, with a report."""


class Counted(Struct, kw_only=True):
    """A part of a histogram."""

    counts: dict[int, int]
    total: int
    largest: int


class Slice(Struct, kw_only=True, tag=True):
    """What a process did since its last one. `at`: seconds since the load began, below 0 before. `cpu`: seconds of
    processor time. `inside`: sessions that have come in, of `sessions`."""

    at: float
    sessions: int
    inside: int
    cpu: float
    seconds: float
    times: dict[str, Counted] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    closes: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    """The last thing that went wrong on the way in."""


class Ready(Struct, frozen=True, kw_only=True, tag=True):
    """All sessions have come in, or as many as will. `refused`: those that were sent away for good."""

    inside: int
    refused: int = 0
    problem: str = ""


class Finished(Struct, frozen=True, kw_only=True, tag=True):
    """The last message. `examples`: of each broken promise, in words. `absent`: sessions that were not connected at the
    end, or had no answer to a ping. `problem`: the last thing that went wrong."""

    examples: dict[str, list[str]]
    absent: int
    problem: str = ""


Order = Plan | Go | Stop
Message = Slice | Ready | Finished

_orders: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_messages: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_encode = msgspec.msgpack.Encoder().encode


def packed(one: Order | Message) -> bytes:
    data = _encode(one)
    return len(data).to_bytes(4, "big") + data


class Unpacker:
    """Parts of a stream in, whole messages out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._rest += data
        while len(self._rest) >= 4:
            size = int.from_bytes(self._rest[:4], "big")
            if len(self._rest) < 4 + size:
                return
            yield self._rest[4 : 4 + size]
            self._rest = self._rest[4 + size :]


def order(data: bytes) -> Order:
    return _orders.decode(data)


def message(data: bytes) -> Message:
    return _messages.decode(data)
