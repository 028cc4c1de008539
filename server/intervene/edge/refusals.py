"""Customers who get no further than hello: how their sessions are closed, and how long that is remembered."""

from typing import NamedTuple, Protocol

from intervene.core.codes import CloseCode
from intervene.core.ids import ChannelId

LATELY_SECONDS = 30.0  # longer than a transaction or a read may take: what is looked at again
LATELY = 10_000  # addresses of these remembered


class Refusal(NamedTuple):
    """Why a session is closed instead of welcomed."""

    code: CloseCode
    reason: str


class Sessions(Protocol):
    def end(self, addresses: frozenset[ChannelId], code: CloseCode, reason: str) -> None: ...
