"""What stands before a server: it answers some connections itself, in raw bytes, and pipes the others through.

async with front(server.url, [page(404, "<h1>404</h1>")]) as (url, met):
    async with AgentClient(url, server.tokens): ...
"""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

Answer = bytes | Callable[[bytes], bytes]
"""To a whole head of a request. After bytes the connection is closed."""


def page(status: int, body: str, *headers: str, kind: str = "text/html") -> bytes:
    data = body.encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + data


def coded(status: int, code: str, *headers: str) -> bytes:
    """As our server refuses."""
    body = {"type": f"urn:intervene:problem:{code}", "title": "No", "status": status, "detail": "No.", "code": code}
    return page(status, json.dumps(body), *headers, kind="application/problem+json")


def token(value: str) -> bytes:
    return page(200, json.dumps({"token": value, "visitor": "v-1", "expires": 1}), kind="application/json")


def another_websocket(request: bytes) -> bytes:
    """The handshake of a server that knows nothing of our subprotocol, and its first message."""
    found = re.search(rb"(?i)sec-websocket-key: (\S+)", request)
    assert found, "a websocket's handshake"
    key = base64.b64encode(hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + key + b"\r\n\r\n\x81\x02hi"


class Met:
    """What came to it: the heads of all requests, and whatever followed those that it answered itself."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.rest = b""

    def __len__(self) -> int:
        return len(self.heads)


@asynccontextmanager
async def front(url: str, answers: Sequence[Answer], host: str = "127.0.0.1") -> AsyncIterator[tuple[str, Met]]:
    """The URL to use instead of `url`; each of the `answers` is for one connection, in their order."""
    behind, met, left = urlsplit(url), Met(), list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            met.heads.append(head)
            if left:
                answer = left.pop(0)
                if callable(answer):
                    writer.write(answer(head))  # and go on listening
                else:
                    writer.write(answer)
                    writer.write_eof()
                met.rest += await reader.read()
            else:
                await _pipe(head, reader, writer, behind.hostname or "", behind.port or 0)
        writer.close()

    async with await asyncio.start_server(serve, host, 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        yield behind._replace(netloc=netloc).geturl(), met


async def _pipe(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    back, forth = await asyncio.open_connection(host, port)
    forth.write(head)
    try:
        await asyncio.gather(_copy(reader, forth), _copy(back, writer))
    finally:
        forth.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.write_eof()
