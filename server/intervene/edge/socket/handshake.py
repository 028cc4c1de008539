"""Whether a request may become a session, and in development whether it is answered at all: the product's own rules.
What the protocols say is in `head.py` and `upgrade.py`.
"""

import re

from intervene.core.origins import OPAQUE, Allowed, parse
from intervene.edge.allowances import network
from intervene.edge.head import Head
from intervene.edge.problems import Accepted, Denial
from intervene.edge.proxies import Client, is_forwarded
from intervene.edge.socket import upgrade
from intervene.edge.socket.registry import Sockets
from intervene.edge.socket.socket import Socket

SOCKET_PATH = "/socket"
PROBES = ("/healthz", "/readyz")

FORWARDED = Denial(
    403, "forwarded", "In development this server answers this machine only, and a proxy passed this request on."
)
FOREIGN_HOST = Denial(403, "forbidden", "In development this is only for localhost.")
ORIGIN = Denial(
    403, "origin", "Pages of this origin may not connect here. The server's setting `origins` and the channel's name "
    "those that may; where a proxy ends TLS, it has to be one of `proxies` and say so in X-Forwarded-Proto."
)  # fmt: skip

_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", re.IGNORECASE)


def admit_locally(head: Head) -> Denial | None:
    """In development: a page elsewhere can make its own name mean 127.0.0.1, but cannot make the browser send another
    name than that; and a proxy makes everybody come from this machine."""
    if head.path in PROBES:
        return None
    # Some proxies add no header, but speak HTTP/1.0, which the handshake refuses with its own reason.
    if is_forwarded(head) or (head.minor == 0 and head.path != SOCKET_PATH):
        return FORWARDED
    return None if _LOOPBACK.fullmatch(head.host) else FOREIGN_HOST


class Handshake:
    def __init__(self, sockets: Sockets, allowed: Allowed) -> None:
        self._sockets = sockets
        self._allowed = allowed

    def __call__(self, head: Head, client: Client) -> Accepted | Denial:
        address = network(client.address)
        origin = self._foreign_origin(head, client)
        denial = upgrade.refusal(head) or _of_no_page(origin) or self._sockets.denial(address)
        if denial is not None:
            return denial
        return Accepted(upgrade.acceptance(head), lambda: Socket(self._sockets, address, origin))

    def _foreign_origin(self, head: Head, client: Client) -> str | None:
        """That of a page which only its channel may let in: the hello says which. None for others, and for programs,
        which send none; a page cannot leave it out."""
        for value in head.all(b"origin"):
            origin = value.decode("latin-1")
            if not self._allowed.takes(origin, head.host, client.schemes):
                return origin
        return None


def _of_no_page(origin: str | None) -> Denial | None:
    """What no channel could name."""
    return None if origin is None or origin == OPAQUE or parse(origin) else ORIGIN
