"""What RFC 9112 and RFC 6455 ask of a server, case by case: bytes in, expected answer out.

Each case is said on a connection of its own, to a server in development, to one in production, and through the proxy
that we ship. `by_proxy` stands where HAProxy makes a difference: it answers for the server, or mends the request.
"""

import asyncio
import json
from typing import NamedTuple

import anyio

from intervene.edge.head import Head, Incoming
from intervene.edge.problems import Denial
from tests.kit.limits import WAIT
from tests.kit.peer import BINARY, CLOSE, CONT, KEY, PING, PONG, TEXT, frame


class Case(NamedTuple):
    name: str
    said: bytes
    answer: str
    """Status, and the code of an error: `400 host`."""
    by_proxy: str = ""


UPGRADE = {
    "Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "intervene.v1",
}  # fmt: skip


def up(*more: str, line: str = "GET /socket HTTP/1.1", leave_out: str = "", body: str = "", **instead: str) -> bytes:
    """An upgrade: `more` are whole lines, `instead` are values by the name's last word."""
    lines = [line]
    for name, value in UPGRADE.items():
        if name != leave_out:
            lines.append(f"{name}: {instead.pop(name.rpartition('-')[2], value)}")
    assert not instead, instead
    return "\r\n".join([*lines, *more, "", body]).encode("latin-1")


def http(*lines: str, body: str = "") -> bytes:
    return "\r\n".join([*lines, "", body]).encode("latin-1")


HOST = "Host: 127.0.0.1"
CHUNKED = "Transfer-Encoding: chunked"
POST = "POST /v1/webchat/webchat/visitors HTTP/1.1"
KEPT = "x" * 8200

HANDSHAKES = [
    Case("a plain upgrade", up(), "101"),
    Case("empty lines before it", b"\r\n\r\n" + up(), "101"),
    # RFC 9112, 3.2
    Case("no Host", up(leave_out="Host"), "400 host"),
    Case("two Hosts", up("Host: other.example"), "400 host", by_proxy="400"),
    Case("the same Host twice", up("Host: 127.0.0.1"), "400 host", by_proxy="101"),
    Case("a Host with a path", up(Host="127.0.0.1/socket"), "400 host"),
    Case("a Host that breaks parsers of URLs", up(Host="http://["), "400 host"),
    Case("a Host with a user", up(Host="a@127.0.0.1"), "400 host"),
    Case("the whole URL as target", up(line="GET http://127.0.0.1/socket HTTP/1.1"), "101"),
    Case("the path with escapes", up(line="GET /%73ocket HTTP/1.1"), "101"),
    # RFC 6455, 4.2.1
    Case("HTTP/1.0", up(line="GET /socket HTTP/1.0"), "400 http_version"),
    Case("HTTP/2.0", up(line="GET /socket HTTP/2.0"), "505 http_version", by_proxy="101"),
    Case("a POST", up("Content-Length: 0", line="POST /socket HTTP/1.1"), "405 method_not_allowed"),
    Case("no Upgrade", up(leave_out="Upgrade"), "426 upgrade_required"),
    Case("another Upgrade", up(Upgrade="h2c"), "426 upgrade_required"),
    Case("no Connection", up(leave_out="Connection"), "426 upgrade_required"),
    Case("a Connection that names something else", up(Connection="keep-alive"), "426 upgrade_required"),
    Case("a second Connection header", up("Connection: keep-alive"), "101"),
    Case("a second Connection header before it", up("Connection: Upgrade", Connection="keep-alive"), "101"),
    Case("several tokens in Connection", up(Connection="keep-alive ,\tUpgrade,,"), "101"),
    Case("blanks around the values", up(Upgrade=" \t websocket \t", Version="\t13 "), "101"),
    Case("other cases", up(Upgrade="WebSocket", Connection="UPGRADE"), "101"),
    Case("names in capitals", up().replace(b"Sec-WebSocket", b"SEC-WEBSOCKET"), "101"),
    Case("websocket among others", up(Upgrade="foo/2, websocket"), "101"),
    Case("no key", up(leave_out="Sec-WebSocket-Key"), "400 websocket_key", by_proxy="400"),
    Case("an empty key", up(Key=""), "400 websocket_key", by_proxy="400"),
    Case("a short key", up(Key="c2hvcnQ="), "400 websocket_key", by_proxy="400"),
    Case("a long key", up(Key="MDEyMzQ1Njc4OWFiY2RlZmc="), "400 websocket_key"),
    Case("a key that is no base64", up(Key="!!!!!!!!!!!!!!!!!!!!!!!!"), "400 websocket_key"),
    Case("two keys", up(f"Sec-WebSocket-Key: {KEY}"), "400 websocket_key"),
    Case("blanks around the key", up(Key=f"  {KEY}\t"), "101"),
    Case("version 8", up(Version="8"), "426 websocket_version"),
    Case("version 13 and another", up(Version="13, 8"), "426 websocket_version"),
    Case("version 13 and more digits", up(Version="013"), "426 websocket_version"),
    Case("no version", up(leave_out="Sec-WebSocket-Version"), "426 websocket_version"),
    Case("two versions", up("Sec-WebSocket-Version: 13"), "400 bad_request"),
    Case("a body", up("Content-Length: 5", body="hello"), "400 bad_request", by_proxy="426 upgrade_required"),
    Case(
        "a chunked body",
        up("Transfer-Encoding: chunked", body="0\r\n\r\n"),
        "400 bad_request",
        by_proxy="426 upgrade_required",
    ),
    # subprotocols
    Case("no subprotocol", up(leave_out="Sec-WebSocket-Protocol"), "101"),
    Case("ours among others", up(Protocol="other.v9 ,intervene.v1"), "101"),
    Case("ours in a second header", up("Sec-WebSocket-Protocol: intervene.v1", Protocol="other.v9"), "101"),
    Case("only others", up(Protocol="other.v9"), "400 subprotocol"),
    Case("ours in capitals", up(Protocol="INTERVENE.V1"), "400 subprotocol"),
    Case("an extension", up("Sec-WebSocket-Extensions: permessage-deflate"), "101"),
    # origins
    Case("another origin, of which the hello decides", up("Origin: https://evil.example"), "101"),
    Case("an origin that breaks parsers of URLs", up("Origin: http://["), "403 origin"),
    Case("an origin of bytes", up("Origin: \xff\xfe"), "403 origin"),
    Case("an origin with a large port", up("Origin: http://127.0.0.1:99999999"), "403 origin"),
    Case("the null origin", up("Origin: null"), "101"),
    Case("an empty origin", up("Origin:"), "403 origin"),
    Case("two origins", up("Origin: http://127.0.0.1", "Origin: http://evil.example"), "400 origin"),
    Case("our own origin", up("Origin: http://127.0.0.1"), "101"),
    Case("our own origin, with its port and in capitals", up("Origin: HTTP://127.0.0.1:80"), "101"),
    # one bound for the head
    Case("a large cookie", up(f"Cookie: {KEPT}"), "101"),
    Case("a head that is too large", up(f"Cookie: {KEPT * 4}"), "431 head_too_large", by_proxy="400"),
    Case("too many fields", up(*(f"X-{n}: 1" for n in range(130))), "431 head_too_large", by_proxy="400"),
    Case("a long path", up(line=f"GET /{KEPT} HTTP/1.1"), "404 not_found"),
]

REQUESTS = [
    Case("a probe", http("GET /healthz HTTP/1.1", HOST), "200"),
    Case("a probe in HTTP/1.0 without Host", http("GET /healthz HTTP/1.0"), "200"),
    Case("no Host", http("GET /healthz HTTP/1.1"), "400 host"),
    Case("two Hosts", http("GET /healthz HTTP/1.1", HOST, "Host: b.example"), "400 host", by_proxy="400"),
    Case("an unknown method", http("BREW /healthz HTTP/1.1", HOST), "405 method_not_allowed"),
    Case("a proxy's method", http("CONNECT a.example:443 HTTP/1.1", HOST), "400 bad_request", by_proxy="400"),
    Case("no path", http("OPTIONS * HTTP/1.1", HOST), "400 bad_request"),
    Case("a blank before the colon", http("GET /healthz HTTP/1.1", "Host : a"), "400 bad_request", by_proxy="400"),
    Case("a folded line", http("GET /healthz HTTP/1.1", HOST, "X: a", " b"), "400 bad_request", by_proxy="200"),
    Case("NUL", http("GET /healthz HTTP/1.1", HOST, "X: a\0b"), "400 bad_request"),
    Case("a lone CR", http("GET /healthz HTTP/1.1", HOST, "X: a\rb"), "400 bad_request", by_proxy="400"),
    Case("a lone LF in a value", http("GET /healthz HTTP/1.1", HOST, "X: a\nb: c"), "400 bad_request", by_proxy="200"),
    Case("lines that end with LF", b"GET /healthz HTTP/1.1\nHost: a\n\n", "400 bad_request", by_proxy="200"),
    Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400 bad_request", by_proxy="400"),
    Case("zeros", bytes(100), "400 bad_request", by_proxy="400"),
    Case("another protocol", b"OPTIONS sip:a SIP/2.0\r\n\r\n", "400 bad_request", by_proxy="400"),
    Case("a text", b"hello there\r\n", "400 bad_request", by_proxy="400"),
    Case("a path that is no ASCII", http("GET /s\xf6cket HTTP/1.1", HOST), "400 bad_request", by_proxy="400"),
    Case("escapes that are none", http("GET /%zz%f HTTP/1.1", HOST), "404 not_found"),
    Case("escapes that are no UTF-8", http("GET /%ff%fe HTTP/1.1", HOST), "404 not_found"),
    Case("NUL in the path", http("GET /healthz%00 HTTP/1.1", HOST), "404 not_found"),
    Case("a slash behind the path", http("GET /healthz/ HTTP/1.1", HOST), "404 not_found"),
    Case("metrics", http("GET /metrics HTTP/1.1", HOST), "404 not_found"),
    Case("metrics in escapes", http("GET /%6detrics HTTP/1.1", HOST), "404 not_found"),
    Case("metrics behind two slashes", http("GET //metrics HTTP/1.1", HOST), "404 not_found"),
    Case("metrics by their whole URL", http("GET http://127.0.0.1/metrics HTTP/1.1", HOST), "404 not_found"),
    # bodies
    Case("a body", http(POST, HOST, "Content-Length: 2", body="{}"), "200"),
    Case("no body", http(POST, HOST), "400 no_body"),
    Case("an empty body", http(POST, HOST, "Content-Length: 0"), "400 no_body"),
    Case("a chunked body", http(POST, HOST, CHUNKED, body="1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n"), "200"),
    Case("an empty chunked body", http(POST, HOST, CHUNKED, body="0\r\n\r\n"), "400 no_body"),
    Case("no chunks", http(POST, HOST, CHUNKED, body="zz\r\n"), "400 bad_request", by_proxy="400"),
    Case("a large chunk", http(POST, HOST, CHUNKED, body="ffff\r\n" + KEPT * 3), "413 too_large"),
    Case("a size of eight digits", http(POST, HOST, CHUNKED, body="ffffffff\r\n" + KEPT * 3), "413 too_large"),
    Case("another coding", http(POST, HOST, "Transfer-Encoding: gzip"), "501 transfer_coding", by_proxy="400"),
    Case("chunks and a length", http(POST, HOST, "Content-Length: 2", CHUNKED, body="0\r\n\r\n"),
         "400 bad_request", by_proxy="400 no_body"),
    Case("two lengths", http(POST, HOST, "Content-Length: 2", "Content-Length: 3", body="{}"), "400 bad_request",
         by_proxy="400"),
    Case("a length with a sign", http(POST, HOST, "Content-Length: +2", body="{}"), "400 bad_request", by_proxy="400"),
    Case("a length below nothing", http(POST, HOST, "Content-Length: -2"), "400 bad_request", by_proxy="400"),
    Case("a large length", http(POST, HOST, "Content-Length: 99999"), "413 too_large"),
    Case("a length of 20 digits", http(POST, HOST, f"Content-Length: {'9' * 20}"), "413 too_large", by_proxy="400"),
    Case("a length of 5,000 digits", http(POST, HOST, f"Content-Length: {'9' * 5000}"), "400 bad_request",
         by_proxy="400"),
    Case("an offer of h2c with a body",
         http(POST, HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__",
              "Content-Length: 2", body="{}"), "200"),
    Case("an offer of h2c without a body",
         http("GET /healthz HTTP/1.1", HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
              "HTTP2-Settings: AAMAAABkAAQAAP__"), "200"),
    Case("an upgrade elsewhere", up(line="GET /healthz HTTP/1.1"), "200"),
    Case("a token that is no text",
         http("GET /v1/conversations HTTP/1.1", HOST, "Authorization: Bearer \xff.\xfe.\xfd"), "401 bad_token"),
]  # fmt: skip

PING_FRAME = frame(TEXT, b'{"type":"ping"}')
PONG_TEXT = (TEXT, b'{"type":"pong"}')


class FrameCase(NamedTuple):
    """Said by a session that has joined. The answer is a frame, or a close code."""

    name: str
    said: bytes
    answer: int | tuple[int, bytes]


FRAMES = [
    # RFC 6455, 5.1 and 5.2
    FrameCase("a text", PING_FRAME, PONG_TEXT),
    FrameCase("without a mask", frame(TEXT, b'{"type":"ping"}', masked=False), 1002),
    FrameCase("a close without a mask", frame(CLOSE, b"\x03\xe8", masked=False), 1002),
    *(FrameCase(f"reserved bit {bit}", frame(TEXT, b'{"type":"ping"}', rsv=bit), 1002) for bit in (1, 2, 4)),
    *(FrameCase(f"reserved opcode {code:#x}", frame(code, b"x"), 1002) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    # "the minimal number of bytes MUST be used to encode the length" binds who sends; the library takes it.
    FrameCase("a length of 16 bits that fits into 7", frame(PING, b"x", length=b"\x7e\x00\x01"), (PONG, b"x")),
    FrameCase("a length of 16 bits", frame(TEXT, b'{"type":"ping"}' + b" " * 200), PONG_TEXT),
    FrameCase("a length of 64 bits with the top bit", frame(TEXT, b"", length=b"\x7f\xff" + b"\0" * 7), 1009),
    FrameCase("a length of 2^62", frame(TEXT, b"", length=b"\x7f\x40" + b"\0" * 7), 1009),
    FrameCase("one byte too long", frame(TEXT, b" " * 65537), 1009),
    FrameCase("binary", frame(BINARY, b'{"type":"ping"}'), 1007),
    # 5.4
    FrameCase("fragments", frame(TEXT, b'{"type":', fin=False) + frame(CONT, b'"ping"}'), PONG_TEXT),
    FrameCase("empty fragments", frame(TEXT, fin=False) + frame(CONT, fin=False) + frame(CONT, b'{"type":"ping"}'),
              PONG_TEXT),
    FrameCase("a ping between fragments", frame(TEXT, b"{", fin=False) + frame(PING, b"now"), (PONG, b"now")),
    FrameCase("a continuation of nothing", frame(CONT, b"x"), 1002),
    FrameCase("a text inside a text", frame(TEXT, b"x", fin=False) + frame(TEXT, b"x"), 1002),
    # 5.5
    FrameCase("a ping", frame(PING), (PONG, b"")),
    FrameCase("a ping of 125 bytes", frame(PING, b"x" * 125), (PONG, b"x" * 125)),
    FrameCase("a ping of 126 bytes", frame(PING, b"x" * 126), 1002),
    FrameCase("a ping in fragments", frame(PING, b"x", fin=False), 1002),
    FrameCase("a pong that nobody asked for", frame(PONG, b"x") + PING_FRAME, PONG_TEXT),
    FrameCase("a close", frame(CLOSE), 1005),
    *(FrameCase(f"a close with {code}", frame(CLOSE, code.to_bytes(2, "big")), code)
      for code in (1000, 1001, 1003, 1007, 1011, 3000, 4999)),
    FrameCase("a close with a reason", frame(CLOSE, b"\x03\xe8bye"), 1000),
    FrameCase("a close of one byte", frame(CLOSE, b"\x03"), 1002),
    FrameCase("a close of 126 bytes", frame(CLOSE, b"\x03\xe8" + b"x" * 124), 1002),
    *(FrameCase(f"a close with {code}, which is never sent", frame(CLOSE, code.to_bytes(2, "big")), 1002)
      for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)),
    FrameCase("a reason that is no UTF-8", frame(CLOSE, b"\x03\xe8\xff"), 1007),
    # 8.1
    FrameCase("no UTF-8", frame(TEXT, b'"\xff"'), 1007),
    FrameCase("half a surrogate pair", frame(TEXT, b'"\xed\xa0\x80"'), 1007),
    FrameCase("overlong UTF-8", frame(TEXT, b'"\xc0\xaf"'), 1007),
    FrameCase("beyond U+10FFFF", frame(TEXT, b'"\xf4\x90\x80\x80"'), 1007),
    FrameCase("a character in two fragments",
              frame(TEXT, b'{"type":"ping","\xc3', fin=False) + frame(CONT, b'\xa4":1}'), (TEXT, b"bad_frame")),
    FrameCase("half a character in the last fragment", frame(TEXT, b"\xc3", fin=False) + frame(CONT), 1007),
    FrameCase("HTTP", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1002),
]  # fmt: skip


def parse(head: bytes) -> Head | Denial | None:
    """What the server makes of a head without its empty line; None if it waits for more."""
    incoming = Incoming()
    return incoming.feed(head + b"\r\n\r\n") or incoming.head


async def answered(port: int, said: bytes) -> str:
    """The answer to a case, as cases write it; "nothing" if the server hangs up without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with anyio.fail_after(WAIT):
            writer.write(said)
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return "nothing"
            status = head.split()[1].decode()
            if status == "101":
                return status
            found = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            body = await reader.readexactly(int(found[0].split()[1])) if found else await reader.read()
    finally:
        writer.transport.abort()
    try:
        code = json.loads(body)["code"]
    except (ValueError, KeyError):
        code = ""
    return f"{status} {code}".strip()
