"""The server's side of the opening handshake (RFC 6455, 4.2) as a function of a request's head. No I/O.

`CHECKS` is the table: what the RFC asks of a request, and the answer when it is not so. The first that fails counts.
"""

import base64
import binascii
import re
from collections.abc import Callable
from hashlib import sha1
from typing import NamedTuple

from intervene.core.wire.common import SUBPROTOCOL
from intervene.edge.head import Head, members
from intervene.edge.problems import Denial

VERSION = b"13"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CHOSEN = f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n".encode()
_UPGRADE, _CONNECTION = [b"websocket"], ([b"Upgrade"], [b"keep-alive, Upgrade"])
_VERSIONS, _OURS = [VERSION], [SUBPROTOCOL.encode()]
_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
_OFFER = (("Upgrade", "websocket"), ("Connection", "close, Upgrade"), ("Sec-WebSocket-Version", "13"))


class Check(NamedTuple):
    section: str
    quote: str
    holds: Callable[[Head], bool]
    otherwise: Denial


def _has_key(head: Head) -> bool:
    keys = head.all(b"sec-websocket-key")
    if len(keys) != 1:
        return False
    try:
        return len(base64.b64decode(keys[0], validate=True)) == 16
    except binascii.Error:
        return False


def _offers_ours(head: Head) -> bool:
    offered = _offered(head)
    return not offered or SUBPROTOCOL.encode() in offered


CHECKS = (
    Check(
        "RFC 6455, 4.2.1", "An HTTP/1.1 or higher GET request",
        lambda head: head.method == "GET",
        Denial(405, "method_not_allowed", "A websocket begins with GET.", fields=(("Allow", "GET"),)),
    ),
    Check(
        "RFC 6455, 4.2.1", "An HTTP/1.1 or higher GET request",
        lambda head: head.minor > 0,
        Denial(400, "http_version", "A websocket takes HTTP/1.1. A proxy in between may speak 1.0."),
    ),
    Check(
        "RFC 6455, 4.2.1", 'An |Upgrade| header field containing the value "websocket", treated as an ASCII '
        "case-insensitive value",
        lambda head: b"websocket" in head.tokens(b"upgrade"),
        Denial(426, "upgrade_required", "This address is for websockets.", fields=_OFFER),
    ),
    Check(
        "RFC 6455, 4.2.1", 'A |Connection| header field that includes the token "Upgrade", treated as an ASCII '
        "case-insensitive value",
        lambda head: b"upgrade" in head.tokens(b"connection"),
        Denial(426, "upgrade_required", "A websocket takes the header Connection: Upgrade.", fields=_OFFER),
    ),
    Check(
        "RFC 6455, 11.3.5", "The |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP "
        "request",
        lambda head: len(head.all(b"sec-websocket-version")) < 2,
        Denial(400, "bad_request", "Sec-WebSocket-Version is there twice."),
    ),
    Check(
        "RFC 6455, 4.2.2", "If this version does not match a version understood by the server, the server MUST abort "
        "... and instead send an appropriate HTTP error code (such as 426 Upgrade Required) and a "
        "|Sec-WebSocket-Version| header field indicating the version(s) the server is capable of understanding",
        lambda head: head.all(b"sec-websocket-version") == [VERSION],
        Denial(426, "websocket_version", "This server speaks version 13 of the websocket protocol.", fields=_OFFER),
    ),
    Check(
        "RFC 6455, 4.2.1", "A |Sec-WebSocket-Key| header field with a base64-encoded value that, when decoded, is 16 "
        "bytes in length",
        _has_key,
        Denial(400, "websocket_key", "Sec-WebSocket-Key is not 16 bytes in base64, once."),
    ),
    Check(
        "RFC 6454, 7.3", "the user agent MUST NOT include more than one Origin header field in any HTTP request",
        lambda head: len(head.all(b"origin")) < 2,
        Denial(400, "origin", "A request has one Origin header."),
    ),
    Check(
        "RFC 9110, 7.8", "A server MUST NOT switch protocols unless the received message semantics can be honored by "
        "the new protocol",
        lambda head: head.length == 0,
        Denial(400, "bad_request", "A websocket's request has no body."),
    ),
    Check(
        "RFC 6455, 4.2.2", "either a single value representing the subprotocol the server is ready to use or null",
        _offers_ours,
        Denial(400, "subprotocol", f"This server speaks {SUBPROTOCOL} and nothing else."),
    ),
)  # fmt: skip


def refusal(head: Head) -> Denial | None:
    if is_usual(head):
        return None
    return next((check.otherwise for check in CHECKS if not check.holds(head)), None)


def is_usual(head: Head) -> bool:
    """The shortcut around the table: whether it says word for word what browsers and programs say. Each check holds of
    such a request, which tests show; of others the table is asked."""
    named, keys = head.named, head.all(b"sec-websocket-key")
    return (
        head.method == "GET"
        and head.minor > 0
        and head.length == 0
        and named.get(b"upgrade") == _UPGRADE
        and named.get(b"connection") in _CONNECTION
        and named.get(b"sec-websocket-version") == _VERSIONS
        and named.get(b"sec-websocket-protocol") == _OURS
        and len(named.get(b"origin", ())) < 2
        and len(keys) == 1
        and _KEY.fullmatch(keys[0]) is not None
    )


def acceptance(head: Head) -> bytes:
    """The answer to a request for which there is no `refusal`. No extension is taken up."""
    accept = base64.b64encode(sha1(head.all(b"sec-websocket-key")[0] + _GUID).digest())
    chosen = _CHOSEN if _offered(head) else b""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n" + chosen + b"\r\n"
    )


def _offered(head: Head) -> list[bytes]:
    """Subprotocols are compared as they are, unlike most names of HTTP."""
    return members(head.all(b"sec-websocket-protocol"))
