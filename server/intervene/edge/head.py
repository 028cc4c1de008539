"""A request of HTTP/1.1 from bytes, without I/O: its head, then its body.

h11 parses, but for requests of the plainest form (`plain_head.py`). `CHECKS` refuse what it lets pass and RFC 9112 does
not, or what two programs in a row could read differently; the bounds are ours. Nothing is repaired.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

import h11

from intervene.core.limits import BODY_BYTES, BODY_LINES, HEAD_BYTES, HEAD_FIELDS
from intervene.edge.plain_head import plain_request
from intervene.edge.problems import Denial

_LINES = re.compile(rb"(?<!\r)\n|\r(?!\n)|\r\n[ \t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(/.*)?", re.IGNORECASE)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]{0,5})?")


def _bad(sentence: str, code: str = "bad_request", status: int = 400) -> Denial:
    return Denial(status, code, sentence)


MEMBERS = 100  # of a list in one field; a head has room for thousands
PATH_BYTES = 256  # that are looked at; nothing is at a longer one

NOT_HTTP = _bad("This is no request of HTTP/1.1.")
NO_HOST = _bad("A request has one Host header, which names a host.", "host")
NO_PATH = _bad("The request names no path.")
TOO_LARGE_HEAD = _bad(
    f"Request line and headers have at most {HEAD_BYTES} bytes and {HEAD_FIELDS} fields.", "head_too_large", 431
)
TOO_LARGE_BODY = _bad(
    f"A body has at most {BODY_BYTES} bytes, and {BODY_LINES} lines if it comes in chunks.", "too_large", 413
)
TRANSFER_CODING = _bad("The only transfer coding here is chunked.", "transfer_coding", 501)

Fields = Sequence[tuple[bytes, bytes]]

_NONE: list[bytes] = []


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
    named: Mapping[bytes, list[bytes]]
    """The values of `fields`, by name."""

    @property
    def is_kept(self) -> bool:
        """Whether the connection may serve another request."""
        return self.minor > 0 and b"close" not in self.tokens(b"connection")

    def all(self, name: bytes) -> list[bytes]:
        return self.named.get(name, _NONE)

    def tokens(self, name: bytes) -> list[bytes]:
        """The members of all fields of that name, which is a list (RFC 9110, 5.6.1); in lower case."""
        values = self.named.get(name)
        return [member.lower() for member in members(values)] if values else _NONE


class Check(NamedTuple):
    section: str
    quote: str
    holds: Callable[[h11.Request, bytes], bool]
    """Of the request, and the bytes of its head."""
    otherwise: Denial


CHECKS = (
    Check(
        "RFC 9112, 2.3", "HTTP-version  = HTTP-name \"/\" DIGIT \".\" DIGIT",
        lambda request, _: request.http_version[:2] == b"1.",
        _bad("This server speaks HTTP/1.1.", "http_version", 505),
    ),
    Check(
        "RFC 9110, 15.5.1", "malformed request syntax ... deceptive request routing",
        lambda request, _: len(list(request.headers)) <= HEAD_FIELDS,
        TOO_LARGE_HEAD,
    ),
    Check(
        "RFC 9112, 2.2 and 5.2", "a bare CR ... MUST consider that element to be invalid; a server that receives an "
        "obs-fold ... MUST either reject the message",
        lambda _, head: _LINES.search(head) is None,
        _bad("A line does not end with CR and LF, is folded, or has a control character."),
    ),
    Check(
        "RFC 9112, 6.1", "A server MAY reject a request that contains both Content-Length and Transfer-Encoding",
        lambda request, _: not (_has(request, b"transfer-encoding") and _has(request, b"content-length")),
        _bad("A body has a Content-Length or is chunked, not both."),
    ),
    Check(
        "RFC 9112, 6.1", "a server that receives an HTTP/1.0 message containing a Transfer-Encoding header field MUST "
        "treat the message as if the framing is faulty",
        lambda request, _: request.http_version != b"1.0" or not _has(request, b"transfer-encoding"),
        _bad("A request of HTTP/1.0 is not chunked."),
    ),
)  # fmt: skip


class Incoming:
    """One request. `feed` it until it `is_whole`; `rest` is what came behind it."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.body = b""
        self.is_whole = False
        self.is_head = False
        """Whether the method is HEAD, also of one that cannot be read further."""
        self._parser: h11.Connection | None = None
        self._rest = b""  # behind a request that was read without it
        self._begun = b""  # the bytes until there is a head
        self._taken = 0  # bytes of the body, with the lines of its chunks
        self._lines = 0  # of the head until there is one, then of a body in chunks

    @property
    def rest(self) -> bytes:
        return self._parser.trailing_data[0] if self._parser else self._rest

    def feed(self, data: bytes) -> Denial | None:
        """Take bytes. What is answered is why the request is refused; then nothing more of it may be fed."""
        if not data:
            return None  # to h11 it would be the end of the connection
        if self._parser is None:
            if self._is_plain(data):
                return None
            self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        if self.head is None:
            self._begun += data
            self.is_head = self._begun.startswith(b"HEAD ")
            if len(self._begun) <= HEAD_BYTES and is_hopeless(self._begun):
                return NOT_HTTP
            if self._has_many_fields(data):
                return TOO_LARGE_HEAD
        else:
            self._taken += len(data)
            if self._has_many_lines(self.head, data):
                return TOO_LARGE_BODY
        self._parser.receive_data(data)
        try:
            return self._read(self._parser)
        except h11.RemoteProtocolError as problem:
            return _refusal(problem)

    def _is_plain(self, data: bytes) -> bool:
        """Whether it is whole with that, and needed no parser."""
        request = plain_request(data)
        head = _head("GET", request.target, 1, request.fields, request.named) if request else None
        if request is None or not isinstance(head, Head):
            return False
        self.head, self.is_whole, self._rest = head, True, request.rest
        return True

    def _read(self, parser: h11.Connection) -> Denial | None:
        while True:
            match parser.next_event():
                case h11.Request() as request:
                    if refusal := self._take(request):
                        return refusal
                case h11.Data(data=data):
                    self.body += data
                    if len(self.body) > BODY_BYTES:
                        return TOO_LARGE_BODY
                case h11.EndOfMessage():
                    self.is_whole = True
                    return None
                case _:  # it needs more; chunks of one byte, or trailers without end, have a bound too
                    return TOO_LARGE_BODY if self._taken > BODY_BYTES + HEAD_BYTES else None

    def _take(self, request: h11.Request) -> Denial | None:
        behind = len(self.rest)
        size = len(self._begun) - behind
        raw, body, self._begun, self._taken, self._lines = self._begun[:size], self._begun[size:], b"", behind, 0
        if size > HEAD_BYTES:
            return TOO_LARGE_HEAD
        failed = next((check.otherwise for check in CHECKS if not check.holds(request, raw)), None)
        minor = int(request.http_version[2:])
        fields = list(request.headers)
        head = failed or _head(request.method.decode(), request.target, minor, fields, _by_name(fields))
        if isinstance(head, Denial):
            return head
        self.head = head
        return TOO_LARGE_BODY if self._has_many_lines(head, body) else None

    def _has_many_fields(self, data: bytes) -> bool:
        """Counted before they are parsed, which costs a hundred times as much. The request's own line is one more."""
        self._lines += data.count(b"\n")
        most = HEAD_FIELDS + 1
        return self._lines > most and self._begun.partition(b"\r\n\r\n")[0].count(b"\n") > most

    def _has_many_lines(self, head: Head, data: bytes) -> bool:
        """Chunks and trailers are lines, each parsed like a field of the head."""
        if head.length is None:
            self._lines += data.count(b"\n")
        return self._lines > BODY_LINES


def is_hopeless(start: bytes) -> bool:
    """Whether no more bytes can make a head of this: the rest need not be waited for."""
    line, end, _ = start.partition(b"\n")
    return (b" HTTP/" not in line) if end else not start[:1].isalpha()


def _refusal(problem: h11.RemoteProtocolError) -> Denial:
    match problem.error_status_hint:
        case 431:
            return TOO_LARGE_HEAD
        case 501:
            return TRANSFER_CODING
        case _:
            return NO_HOST if "Host:" in str(problem) and "line" not in str(problem) else NOT_HTTP


def _by_name(fields: Fields) -> Mapping[bytes, list[bytes]]:
    named: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        named.setdefault(name, []).append(value)
    return named


def _head(method: str, target: bytes, minor: int, fields: Fields, named: Mapping[bytes, list[bytes]]) -> Head | Denial:
    place = _place(target, named.get(b"host", _NONE))
    if isinstance(place, Denial):
        return place
    host, raw = place
    length = _length(named)
    if length is not None and length > BODY_BYTES:
        return TOO_LARGE_BODY
    raw_path, _, query = raw.partition(b"?")
    return Head(
        method=method, path=unquote(raw_path[:PATH_BYTES].decode()), raw_path=raw_path, query=query,
        minor=minor, fields=fields, host=host.decode(), length=length, named=named,
    )  # fmt: skip


def _place(target: bytes, hosts: list[bytes]) -> tuple[bytes, bytes] | Denial:
    """Host and path. h11 has seen to it that HTTP/1.1 names one host."""
    host = hosts[0] if hosts else b""
    if not target.startswith(b"/"):
        absolute = _ABSOLUTE.fullmatch(target)  # 3.2.2: "a server MUST accept the absolute-form", and ignore Host then
        if absolute is None:
            return NO_PATH
        host, target = absolute[1], absolute[2] or b"/"
    return (host, target) if _HOST.fullmatch(host) else NO_HOST


def _length(named: Mapping[bytes, list[bytes]]) -> int | None:
    if b"transfer-encoding" in named:
        return None
    lengths = named.get(b"content-length")
    return int(lengths[0]) if lengths else 0  # h11 has seen to it that it is one number, of few digits


def _has(request: h11.Request, name: bytes) -> bool:
    return any(given == name for given, _ in request.headers)


def members(values: list[bytes]) -> list[bytes]:
    """Of fields that are lists (RFC 9110, 5.6.1). Of each the last `MEMBERS` are distinguished."""
    return [member for value in values for part in value.rsplit(b",", MEMBERS) if (member := part.strip(b" \t"))]
