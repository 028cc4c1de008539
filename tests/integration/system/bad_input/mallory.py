"""Those who send bad input, on bare sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tests.kit.server import ServerProcess
from tests.kit.wire import Wire, dial

CANARY = "canary5f0c9a"
"""In every text that is said here; a log of the server never holds it."""


@asynccontextmanager
async def joined(server: ServerProcess, who: str, name: str = "Mallory") -> AsyncIterator[Wire]:
    """A bare socket that was welcomed; `who` is agent or customer."""
    async with dial(server) as wire:
        token = server.agent_token(name) if who == "agent" else server.visitor_token(name)
        assert (await wire.joins(token))["type"] == "welcome"
        yield wire


def say(**changed: Any) -> bytes:
    frame = {"type": "say", "id": "m1", "conversation": "c-1", "text": CANARY, **changed}
    return msgspec.json.encode({name: value for name, value in frame.items() if value is not ...})
