"""The times of takeovers, kept beside the log."""

from msgspec import Struct

from intervene.core.actors import Agent


class Takeover(Struct, frozen=True, kw_only=True, gc=False):
    """The times of one takeover, in milliseconds since the click reached the server; -1 while unknown."""

    epoch: int
    by: Agent
    at: int
    committed_ms: float
    written: int = 0
    written_ms: float = -1.0
    seen: int = 0
    seen_ms: float = -1.0
    bot_stopped_ms: float = -1.0
