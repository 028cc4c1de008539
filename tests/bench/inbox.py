"""What a person waits for at the start of a day, before a long past: the sign-in to a full inbox, a page further down,
counts, the newest page of a conversation. One request at a time, each on a connection that is there already.

A million events in 50,000 conversations stand in the database; of these, 10,000 are open.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from tests.bench import filling, process, wire
from tests.bench.figures import Figure, percentiles
from tests.bench.filling import PASSWORD, email_of
from tests.bench.past import QUEUES, agents_of, leaders, queue_of
from tests.bench.process import Server
from tests.bench.wire import Socket
from tests.kit.postgres import Postgres, programs

ENGINES = ("sqlite", "postgres")
FLOOR = "GET /healthz"
EVENTS = 20  # of a conversation, at least
ROWS = 50  # of a page of a list
PAUSE_SECONDS = 0.02
CLOSED = "/v1/conversations?list=closed"


class Size(NamedTuple):
    conversations: int = 50_000
    rounds: int = 5
    sign_ins: int = 20
    asks: int = 40
    pages: int = 200
    """How far a list is walked down, whose pages are then asked for at random."""


QUICK = Size(conversations=2000, rounds=3, sign_ins=5, asks=10, pages=20)


async def run(engine: str, size: Size, directory: Path) -> list[Figure]:
    """`engine`: sqlite or postgres. Raises `process.Missing`."""
    async with _filled(engine, size, directory) as settings, process.intervene(directory / "node", **settings) as node:
        return await _Day(f"inbox-{engine}", node, size).measure()


@asynccontextmanager
async def _filled(engine: str, size: Size, directory: Path) -> AsyncIterator[dict[str, object]]:
    """The settings of a server on such a database."""
    if engine == "sqlite":
        data = directory / "data"
        data.mkdir(mode=0o700)
        await filling.fill_sqlite(data / "intervene.db", size.conversations, EVENTS)
        yield {"data": data}
        return
    bin = programs()
    if bin is None:
        raise process.Missing("PostgreSQL is not installed")
    with process.among_servers():
        postgres = Postgres.create(bin, is_durable=True)
    try:
        await postgres.sql("CREATE DATABASE intervene")
        await filling.fill_postgres(postgres.url("intervene"), size.conversations, EVENTS)
        yield {"database_url": postgres.url("intervene")}
    finally:
        postgres.close()


class Answer(NamedTuple):
    ms: float
    """From the request's first byte to the answer's last."""
    body: Any


Measured = Callable[[], Awaitable[float]]


class _Leader(NamedTuple):
    token: str
    socket: Socket


class _Day:
    def __init__(self, bench: str, node: Server, size: Size) -> None:
        self._bench = bench
        self._node = node
        self._size = size
        self._agents = [email_of(who) for n in range(QUEUES) for who in agents_of(queue_of(n))]
        self._leaders: list[_Leader] = []
        self._cursors: list[str] = []

    async def measure(self) -> list[Figure]:
        first = await self._sign_in()
        for who in leaders():
            token = await self._token(email_of(who))
            self._leaders.append(_Leader(token, await wire.join(self._node.port, token)))
        await self._walk()
        asks = self._size.asks
        measured: Sequence[tuple[str, int, Measured]] = (
            ("sign-in to a full inbox", self._size.sign_ins, self._sign_in),
            ("a list's first page", asks, self._first),
            ("a page further down", asks, self._page),
            ("counts", asks, self._counts),
            ("the newest page of a conversation", asks, self._newest),
        )
        figures = [Figure(bench=self._bench, name="the first sign-in after a start", unit="ms", values=[first])]
        for name, count, ask in measured:
            rounds, floors = [], []
            for _ in range(self._size.rounds):
                beside = [(await self._rested(ask), await self._rested(self._floor)) for _ in range(count)]
                rounds.append([value for value, _ in beside])
                floors.append([[floor] for _, floor in beside])
            figures += percentiles(self._bench, name, rounds, FLOOR, floors)
        return figures

    async def _rested(self, ask: Measured) -> float:
        """Asked after a pause, as people come: who asks without one waits for their turn of a busy processor."""
        await asyncio.sleep(PAUSE_SECONDS)
        return await ask()

    # -- what is measured ----------------------------------------------------------------------------------------------

    async def _sign_in(self) -> float:
        """E-mail and password, a socket, and over it the first rows of all that is open: as a desk comes in."""
        begun = await self._ask("POST", "/v1/session", body=self._credentials(random.choice(self._agents)))
        at = time.perf_counter()
        socket = await wire.join(self._node.port, begun.body["token"])
        view = await socket.ask(wire.encode("open_view", view={"list": "all"}), b'"type":"view"')
        socket.abort()
        assert len(view.decode()["rows"]) == ROWS, "the inbox is full"
        return begun.ms + (view.at - at) * 1000

    async def _first(self) -> float:
        return await self._listed("/v1/conversations?list=all")

    async def _page(self) -> float:
        return await self._listed(f"{CLOSED}&cursor={quote(random.choice(self._cursors))}")

    async def _listed(self, path: str) -> float:
        answer = await self._ask("GET", path, self._leader.token)
        assert len(answer.body["items"]) == ROWS, "the list is longer than what was walked"
        return answer.ms

    async def _counts(self) -> float:
        return (await self._ask("GET", "/v1/views/counts", self._leader.token)).ms

    async def _newest(self) -> float:
        """As the desk asks for it: over the socket that is open."""
        conversation = f"{random.randrange(self._size.conversations):024x}"
        socket, begun = self._leader.socket, time.perf_counter()
        watched = await socket.ask(
            wire.encode("watch", conversation=conversation), b'"type":"watched"', conversation.encode()
        )  # fmt: skip
        ms = (watched.at - begun) * 1000
        assert len(watched.decode()["events"]) >= EVENTS, "all of it is on that page"
        socket.send(wire.encode("unwatch", conversation=conversation))
        return ms

    async def _floor(self) -> float:
        return (await self._ask("GET", "/healthz")).ms

    # -- how it is asked -----------------------------------------------------------------------------------------------

    async def _walk(self) -> None:
        """Down the list of what is closed."""
        following = CLOSED
        for _ in range(self._size.pages):
            answer = await self._ask("GET", following, self._leader.token)
            self._cursors.append(answer.body["next"])
            following = f"{CLOSED}&cursor={quote(answer.body['next'])}"

    async def _token(self, email: str) -> str:
        token: str = (await self._ask("POST", "/v1/session", body=self._credentials(email))).body["token"]
        return token

    def _credentials(self, email: str) -> object:
        return {"email": email, "password": PASSWORD}

    @property
    def _leader(self) -> _Leader:
        """Another one each time: what a person may ask in a second is bounded."""
        return random.choice(self._leaders)

    async def _ask(self, method: str, path: str, token: str = "", body: object = None) -> Answer:
        data = b"" if body is None else msgspec.json.encode(body)
        host = f"127.0.0.1:{self._node.port}"
        lines = [
            f"{method} {path} HTTP/1.1", f"host: {host}", f"origin: http://{host}", "connection: close",
            f"content-length: {len(data)}", *([f"authorization: Bearer {token}"] if token else []), "", "",
        ]  # fmt: skip
        reader, writer = await asyncio.open_connection("127.0.0.1", self._node.port)
        try:
            begun = time.perf_counter()
            writer.write("\r\n".join(lines).encode() + data)
            answer = await reader.read()
            ms = (time.perf_counter() - begun) * 1000
        finally:
            writer.close()
        head, _, content = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise wire.Refused(f"{method} {path}: {head.splitlines()[:1]} {content[:200]!r}")
        return Answer(ms, msgspec.json.decode(content))
