"""The shortcut around the HTTP library: a whole request of the plain form that nearly all have, and no body.

What is taken here the library takes alike, which tests hold. All else is left to it: other methods and versions,
bodies, bytes beyond ASCII, tabs, empty fields, whatever is not whole, and whatever is bad.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from intervene.core.limits import HEAD_BYTES, HEAD_FIELDS

_PLAIN = re.compile(rb"GET (/[!-~]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+: ?[!-~][ -~]*\r\n)+)\r\n")
_OF_BODIES = (b"content-length", b"transfer-encoding")


class PlainRequest(NamedTuple):
    target: bytes
    fields: Sequence[tuple[bytes, bytes]]
    """With lower-case names."""
    rest: bytes
    """What came behind it."""


def plain_request(data: bytes) -> PlainRequest | None:
    """The request with which these bytes begin. None: ask the library."""
    found = _PLAIN.match(data)
    if found is None or found.end() > HEAD_BYTES:
        return None
    parts = [line.split(b":", 1) for line in found[2].split(b"\r\n")[:-1]]
    fields = [(name.lower(), value.strip(b" ")) for name, value in parts]
    names = [name for name, _ in fields]
    if len(names) > HEAD_FIELDS or names.count(b"host") != 1 or any(name in names for name in _OF_BODIES):
        return None
    return PlainRequest(found[1], fields, data[found.end() :])
