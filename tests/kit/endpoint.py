"""An OpenAI-compatible endpoint of our own, for what those of others do not do: it plays one answer after the other,
and counts the sockets that are open.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

Part = str | float
"""Of an answer: text to send, or seconds to wait."""

OK = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
NEVER = 3600.0


def event(data: str) -> str:
    return chunk(f"data: {data}\n\n")


def chunk(text: str) -> str:
    return f"{len(text.encode()):x}\r\n{text}\r\n"


def words(text: str) -> str:
    return event(json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}))


def finish(reason: str = "stop") -> str:
    return event(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))


DONE = event("[DONE]")
END = chunk("")


def reply(*texts: str) -> tuple[Part, ...]:
    return (OK, *map(words, texts), finish(), DONE, END)


def refusal(status: int, *fields: str) -> tuple[Part, ...]:
    head = "\r\n".join([f"HTTP/1.1 {status} No", "content-length: 2", *fields])
    return (f"{head}\r\n\r\n{{}}",)


class Endpoint:
    """`answers`: one for each request, of which the last comes again; after each, the connection stays open."""

    def __init__(self, answers: Sequence[Sequence[Part]]) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.heads: list[str] = []
        self.open = 0
        """Connections that the client has not closed."""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        answering: asyncio.Task[None] | None = None
        try:
            while head := await _head(reader):
                length = int(
                    next(line.split(":")[1] for line in head.lower().split("\r\n") if "content-length" in line)
                )
                self.heads.append(head)
                self.requests.append(json.loads(await reader.readexactly(length)))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                answering = asyncio.ensure_future(_play(answer, writer))
        finally:
            if answering:
                answering.cancel()
            self.open -= 1
            writer.close()


async def _head(reader: asyncio.StreamReader) -> str:
    """Of the next request; empty when the client has closed."""
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""


async def _play(answer: Sequence[Part], writer: asyncio.StreamWriter) -> None:
    for part in answer:
        if isinstance(part, str):
            writer.write(part.encode())
        else:
            await asyncio.sleep(part)


@asynccontextmanager
async def endpoint(*answers: Sequence[Part]) -> AsyncIterator[Endpoint]:
    played = Endpoint(answers)
    server = await asyncio.start_server(played.serve, "127.0.0.1")
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield played
    finally:
        server.close()
