"""The shortcut around the HTTP library: a whole request of the plain form that nearly all have, and no body.

What is taken here the library takes alike, which tests hold. All else is left to it: other methods and versions,
bodies, bytes beyond ASCII, tabs, empty fields, whatever is not whole, and whatever is bad.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from intervene.core.limits import HEAD_BYTES, HEAD_FIELDS

_PLAIN = re.compile(rb"GET (/[!-~]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+: ?[!-~][ -~]*\r\n)+)\r\n")
_OF_BODIES = frozenset((b"content-length", b"transfer-encoding"))


class PlainRequest(NamedTuple):
    target: bytes
    fields: Sequence[tuple[bytes, bytes]]
    """With lower-case names."""
    named: Mapping[bytes, list[bytes]]
    """Their values, by name."""
    rest: bytes
    """What came behind it."""


def plain_request(data: bytes) -> PlainRequest | None:
    """The request with which these bytes begin. None: ask the library."""
    found = _PLAIN.match(data)
    if found is None or found.end() > HEAD_BYTES:
        return None
    fields: list[tuple[bytes, bytes]] = []
    named: dict[bytes, list[bytes]] = {}
    for line in found[2][:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" ")
        fields.append((name, value))
        named.setdefault(name, []).append(value)
    is_plain = len(fields) <= HEAD_FIELDS and len(named.get(b"host", ())) == 1 and _OF_BODIES.isdisjoint(named)
    return PlainRequest(found[1], fields, named, data[found.end() :]) if is_plain else None
