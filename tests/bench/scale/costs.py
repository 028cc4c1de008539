"""What was measured, as it is kept beside the model: `costs.json`, with the machine and the day."""

from pathlib import Path

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("costs.json")


class Costs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Microseconds of processor time and bytes, each of one. `..._us` without a name in between is a node's."""

    session_bytes: int
    """That joined and watches its conversation."""
    join_us: int
    """From the connection to the welcome."""
    back_us: int
    """The same of one that comes back, until it watches its conversation again."""
    back_postgres_us: int
    message_us: float
    """Committed and delivered to three sessions of the node that commits, beside its share of a group commit."""
    group_us: float
    """A group commit, however many messages are in it."""
    remote_us: float
    """More, if some of them are at another node: publish there, receive and deliver here."""
    message_postgres_us: float
    group_postgres_us: float
    message_redis_us: float
    message_wal_bytes: int
    message_table_bytes: int
    """Of tables and indexes, for good."""
    message_hub_bytes: int
    conversation_us: int
    """Opened and watched by three, joins included."""
    conversation_postgres_us: int
    conversation_table_bytes: int
    takeover_us: int
    takeover_postgres_us: int
    beat_us: int
    """Of an idle node, for one heartbeat interval."""
    beat_postgres_us: int
    peer_us: float
    """More for each other node, at each heartbeat."""
    peer_postgres_us: float


class Measured(Struct, frozen=True, kw_only=True):
    machine: str
    day: str
    load: float
    """Of the machine, before."""
    costs: Costs


def read() -> Measured:
    return msgspec.json.decode(FILE.read_bytes(), type=Measured)


def write(measured: Measured) -> None:
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(measured)) + b"\n")
