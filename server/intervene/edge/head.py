"""A request of HTTP/1.1 from bytes, without I/O: its head, and the size or the chunks of its body.

RFC 9112, section by section. What two programs in a row could read differently is refused, never repaired.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

from intervene.core.limits import BODY_BYTES, HEAD_BYTES, HEAD_FIELDS
from intervene.edge.denials import Denial

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%s) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])" % _TOKEN)
_NAME = re.compile(_TOKEN)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(/.*)?", re.IGNORECASE)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]{0,5})?")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;.*)?")


def _bad(sentence: str, code: str = "bad_request", status: int = 400) -> Denial:
    return Denial(status, code, sentence)


NOT_HTTP = _bad("This is no request of HTTP/1.1.")
TOO_LARGE_HEAD = _bad(
    f"Request line and headers have at most {HEAD_BYTES} bytes and {HEAD_FIELDS} fields.", "head_too_large", 431
)
TOO_LARGE_BODY = _bad(f"A body has at most {BODY_BYTES} bytes.", "too_large", 413)
BAD_CHUNKS = _bad("The body's chunks cannot be read.")

Fields = list[tuple[bytes, bytes]]


class Head(NamedTuple):
    """`fields` have lower-case names. `length` is that of the body, None if it comes in chunks."""

    method: str
    path: str
    raw_path: bytes
    query: bytes
    minor: int
    """Of its version: HTTP/1.minor."""
    fields: Fields
    host: str
    length: int | None
    is_kept: bool
    """Whether the connection may serve another request."""

    def all(self, name: bytes) -> list[bytes]:
        return [value for given, value in self.fields if given == name]

    def tokens(self, name: bytes) -> list[bytes]:
        """The members of all fields of that name, which is a list (RFC 9110, 5.6.1); in lower case."""
        return _listed(self.all(name))


def is_hopeless(start: bytes) -> bool:
    """Whether no further bytes can make this the head of a request."""
    line, end, _ = start.partition(b"\n")
    if not end:
        return not start[:1].isalpha()
    return not line.endswith(b"\r") or not _REQUEST_LINE.fullmatch(line[:-1])


def parse(head: bytes) -> Head | Denial:
    """`head`: all bytes of the request before its empty line."""
    line, _, rest = head.partition(b"\r\n")
    request = _REQUEST_LINE.fullmatch(line)
    if request is None:
        return NOT_HTTP
    method, target, major, minor = request.groups()
    if major != b"1":
        return _bad("This server speaks HTTP/1.1.", "http_version", 505)
    fields = _fields(rest)
    if isinstance(fields, Denial):
        return fields
    place = _place(target, fields, int(minor))
    if isinstance(place, Denial):
        return place
    host, raw = place
    length = _length(fields, int(minor))
    if isinstance(length, Denial):
        return length
    raw_path, _, query = raw.partition(b"?")
    connection = _listed([value for name, value in fields if name == b"connection"])
    return Head(
        method=method.decode(), path=unquote(raw_path.decode()), raw_path=raw_path, query=query, minor=int(minor),
        fields=fields, host=host.decode(), length=length, is_kept=minor != b"0" and b"close" not in connection,
    )  # fmt: skip


def _fields(rest: bytes) -> Fields | Denial:
    lines = rest.split(b"\r\n") if rest else []
    if len(lines) > HEAD_FIELDS:
        return TOO_LARGE_HEAD
    if _CONTROL.search(b"".join(lines)):  # 5.5: "CR, LF, or NUL ... MUST either reject the message or replace"
        return _bad("A header has a control character.")
    found: Fields = []
    for line in lines:
        # 5.1: "No whitespace is allowed between the field name and colon"; 5.2: a folded line "MUST" be rejected.
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            return _bad("A header has no name, or blanks around it.")
        found.append((name.lower(), value.strip(b" \t")))
    return found


def _place(target: bytes, fields: Fields, minor: int) -> tuple[bytes, bytes] | Denial:
    """Host and path."""
    hosts = [value for name, value in fields if name == b"host"]
    # 3.2: "A server MUST respond with a 400 ... to any HTTP/1.1 request message that lacks a Host header field and to
    # any request message that contains more than one Host header field line or a Host ... with an invalid field value."
    if len(hosts) > 1 or (not hosts and minor > 0):
        return _bad("A request has one Host header.", "host")
    host = hosts[0] if hosts else b""
    if not target.startswith(b"/"):
        absolute = _ABSOLUTE.fullmatch(target)  # 3.2.2: "a server MUST accept the absolute-form", and ignore Host then
        if absolute is None:
            return _bad("The request names no path.")
        host, target = absolute[1], absolute[2] or b"/"
    if not _HOST.fullmatch(host):
        return _bad("The Host header names no host.", "host")
    return host, target


def _length(fields: Fields, minor: int) -> int | Denial | None:
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if codings:
        # 6.1: with Content-Length it "might indicate an attempt to perform request smuggling"; in HTTP/1.0 it "MUST" be
        # treated as faulty.
        if lengths or minor == 0:
            return _bad("A body has a Content-Length or is chunked, not both.")
        if [value.lower() for value in codings] != [b"chunked"]:
            return _bad("The only transfer coding here is chunked.", "transfer_coding", 501)
        return None
    if not lengths:
        return 0
    if len(lengths) > 1 or not lengths[0].isdigit():  # 6.3: "invalid", "unrecoverable error"
        return _bad("Content-Length is no number.")
    digits = lengths[0].lstrip(b"0") or b"0"  # as text: a number of 30,000 digits is not worth its making
    return int(digits) if len(digits) <= 9 and int(digits) <= BODY_BYTES else TOO_LARGE_BODY


def _listed(values: list[bytes]) -> list[bytes]:
    return [token for value in values for part in value.split(b",") if (token := part.strip(b" \t").lower())]


class Chunks:
    """A chunked body (7.1). `feed` it until `is_whole`; `rest` is what came behind it."""

    def __init__(self) -> None:
        self.body = b""
        self.rest = b""
        self.is_whole = False
        self._left = 0  # of a chunk and the line end behind it
        self._has_ended = False  # the last chunk came, trailers follow
        self._taken = 0

    def feed(self, data: bytes) -> Denial | None:
        self._taken += len(data)
        if self._taken > BODY_BYTES + HEAD_BYTES:  # chunks of one byte, or trailers without end
            return TOO_LARGE_BODY
        self.rest += data
        while not self.is_whole:
            if self._left:
                if len(self.rest) < self._left:
                    return None
                chunk, end = self.rest[: self._left - 2], self.rest[self._left - 2 : self._left]
                if end != b"\r\n":
                    return BAD_CHUNKS
                self.body, self.rest, self._left = self.body + chunk, self.rest[self._left :], 0
            line, end, rest = self.rest.partition(b"\n")
            if not end:
                return None
            self.rest = rest
            if refusal := self._line(line):
                return refusal
        return None

    def _line(self, line: bytes) -> Denial | None:
        if not line.endswith(b"\r"):
            return BAD_CHUNKS
        if self._has_ended:
            self.is_whole = line == b"\r"  # 7.1.2: trailers may be discarded
            return None
        size = _SIZE.fullmatch(line[:-1])
        if size is None:
            return BAD_CHUNKS
        length = int(size[1], 16)
        if len(self.body) + length > BODY_BYTES:
            return TOO_LARGE_BODY
        self._has_ended = not length
        self._left = length + 2 if length else 0
        return None
