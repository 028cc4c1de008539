"""The commands of publish and subscribe as bytes: those of a single Redis, and those of one part of a cluster."""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple


class PubSub(NamedTuple):
    """`head` is the beginning of each `publish`, packed. `at_once`: channels in one command. All channels of a sharded
    command must be in one slot."""

    head: bytes
    publish: bytes
    subscribe: bytes
    unsubscribe: bytes
    at_once: int

    def pack_publish(self, channel: bytes, data: bytes) -> bytes:
        """As RESP has it."""
        return b"%b$%d\r\n%b\r\n$%d\r\n%b\r\n" % (self.head, len(channel), channel, len(data), data)

    def pack(self, verb: bytes, channels: Iterable[bytes]) -> Iterable[bytes]:
        """One command or several, each with at least one channel."""
        rest = iter(channels)
        while some := list(islice(rest, self.at_once)):
            parts = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in (verb, *some))
            yield b"*%d\r\n%b" % (1 + len(some), parts)


BROADCAST = PubSub(b"*3\r\n$7\r\nPUBLISH\r\n", b"PUBLISH", b"SUBSCRIBE", b"UNSUBSCRIBE", 500)
SHARDED = PubSub(b"*3\r\n$8\r\nSPUBLISH\r\n", b"SPUBLISH", b"SSUBSCRIBE", b"SUNSUBSCRIBE", 1)


def channel_of(packed: bytes) -> bytes:
    """Of a command that `pack_publish` made."""
    return packed.split(b"\r\n", 5)[4]
