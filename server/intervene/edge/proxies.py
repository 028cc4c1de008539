"""The address and scheme of a request: those of the connection, or those in the headers of a trusted proxy."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from intervene.core.addresses import is_address, plain, plain_network
from intervene.edge.head import Head

LOOPBACK = ("127.0.0.1", "::1")
HOPS = 20  # of proxies in a row that are looked at; a client may write thousands
ADDRESS_BYTES = 64  # an IPv6 address with a port, and room
BOTH = ("http", "https")
_SCHEMES = {b"http": ("http",), b"https": ("https",), b"ws": ("http",), b"wss": ("https",)}

# Proxies, tunnels and content networks have names of their own for this, so it goes by words. An address at the end of
# a name is somebody else's than the connection's.
_FORWARDED = re.compile(
    rb".*forwarded.*|via|front-end-https|(.*-)?(client|socket|proxyuser)?ip(v[46])?|.*-(addr|address)|"
    rb"(x-)?(appengine|arr|azure|cdn|cf|envoy|fly|nf|ngrok|tailscale|vercel)-.*|"
    rb"x-(akamai|amz-cf|amzn|cloud-trace|original|real)-.*|x-(url-)?scheme"
)


class Client(NamedTuple):
    address: str
    schemes: Sequence[str]
    """By which its page may have been loaded: one, or both if a proxy leaves it open."""


class Proxies:
    """Proxies whose X-Forwarded-For and X-Forwarded-Proto count. Addresses are compared in one notation."""

    def __init__(self, named: Sequence[str] = LOOPBACK) -> None:
        self._networks = [plain_network(name) for name in named]
        self._has = lru_cache(1024)(self._look)

    def __contains__(self, address: str) -> bool:
        return self._has(address)

    def _look(self, address: str) -> bool:
        return is_address(address) and any(ip_address(address) in network for network in self._networks)

    def client(self, peer: str, head: Head) -> Client:
        """`peer`: the connection's own address, in the one notation."""
        if peer not in self:
            return Client(peer, ("http",))
        [*_, protocol] = [b"", *head.tokens(b"x-forwarded-proto")]
        address = self._forwarded(head.tokens(b"x-forwarded-for")) or peer
        return Client(address, _SCHEMES.get(protocol, BOTH))

    def _forwarded(self, hops: list[bytes]) -> str:
        """Each proxy adds the address it saw, so the last one that is no proxy's own is the client's. What stands
        before that is whatever the client wrote."""
        address = ""
        for hop in reversed(hops[-HOPS:]):
            if len(hop) > ADDRESS_BYTES or not is_address(found := plain(_without_port(hop.decode("latin-1")))):
                return address
            address = found
            if address not in self:
                return address
        return address


def is_forwarded(head: Head) -> bool:
    """Whether a header shows that a proxy passed the request on."""
    return any(map(_is_of_proxy, head.named))


@lru_cache(256)
def _is_of_proxy(name: bytes) -> bool:
    return _FORWARDED.fullmatch(name.replace(b"_", b"-")) is not None


def _without_port(text: str) -> str:
    """
    >>> [_without_port(text) for text in ("192.0.2.7:80", "[2001:db8::1]:80", "2001:db8::1")]
    ['192.0.2.7', '2001:db8::1', '2001:db8::1']
    """
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
