"""What a node is built on, by its settings: a log, what stands beside it, and a way to other nodes.

`opening.py` and `clustered.py` return the same shape. Where one has nothing to do it has a null object, so the rest of
the node does not ask which of the two it has.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from intervene.adapters.sql.store import Store
from intervene.cluster.exit_locks import ExitLocks
from intervene.core.ids import NodeId
from intervene.node.metrics import Figure
from intervene.ports.hub import Hub
from intervene.ports.leases import Leases

Part = Callable[[], Awaitable[None]]
"""Work that goes on for as long as the node runs."""


class HubHealth(Protocol):
    @property
    def is_up(self) -> bool: ...

    @property
    def silent_seconds(self) -> float: ...


class NoHub:
    """Without other nodes everything that is published has arrived."""

    is_up = True
    silent_seconds = 0.0


class Backends(NamedTuple):
    store: Store
    readers: int
    """Reads that the database makes at once."""
    hub: Hub
    hub_health: HubHealth
    has_hub: bool
    leases: Leases
    locks: ExitLocks
    is_alone: bool
    """No other node uses the database."""
    is_shared: bool
    """The database is a server's, so that others may use it: heartbeats are written into it."""
    is_up: Callable[[], bool]
    """Of a database that is not shared: whether it takes writes. A shared one is judged by heartbeats."""
    watch_history: Callable[[NodeId, Callable[[], int], Callable[[], None]], None]
    """`(node, written, went_back)`: call `went_back` when the database has fewer than `written()` heartbeats of `node`:
    it was restored from a backup."""
    start_over: Callable[[], None]
    """The database is known to be older than it was."""
    settle: Callable[[], None]
    """Hand on what was decided under a lock by now. To be called within a tick of the loop, which may be long."""
    parts: Mapping[str, Part]
    figures: Sequence[Figure]
    close: Callable[[], Awaitable[None]]
