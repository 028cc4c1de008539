"""The names of channels and keys in Redis. An organisation is written without a colon, so no two have one name."""

from functools import lru_cache
from urllib.parse import quote

from intervene.core.ids import Key, OrganisationId

PREFIX = "iv"


def home(prefix: str) -> bytes:
    """The channel of heartbeats, which all nodes read."""
    return f"{prefix}:*nodes*".encode()


def addresses(prefix: str) -> bytes:
    """The channel on which addresses that were given up are published to all nodes."""
    return f"{prefix}:*addresses*".encode()


def channel(prefix: str, key: Key) -> bytes:
    return f"{prefix}:{_quoted(key.organisation)}:{key.conversation}".encode()


def lease(prefix: str, key: Key) -> str:
    return f"{prefix}:lease:{_quoted(key.organisation)}:{key.conversation}"


@lru_cache(1024)
def _quoted(organisation: OrganisationId) -> str:
    return quote(organisation, safe="")
