"""A real server on a free port, in the test's own loop, with stand-ins for everything behind the edge."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
import uvloop
from prometheus_client import CollectorRegistry

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Agent, Contact, Role
from intervene.core.codes import HTTP
from intervene.core.ids import AgentId, ContactId, ConversationId, Key
from intervene.core.limits import SESSIONS_PER_ADDRESS
from intervene.directory.roster import Roster
from intervene.edge.auth import Tokens
from intervene.edge.http.api import Settings
from intervene.edge.http.app import make_figures, make_front
from intervene.edge.metrics import Metrics
from intervene.edge.problems import Document
from intervene.edge.proxies import LOOPBACK
from intervene.edge.server import Server, bind
from intervene.edge.services import Services
from intervene.edge.socket.registry import Sockets
from intervene.edge.socket.socket import Socket
from intervene.feed.reading import Readers, Sources
from tests.integration.edge.clock import Clock
from tests.integration.edge.stand_ins import (
    ACME,
    Attendance,
    Blocks,
    Contacts,
    Engine,
    Feeds,
    Log,
    People,
    Policies,
    PositionStore,
    Records,
    Takeovers,
    Views,
    snapshot,
)
from tests.kit.limits import eventually
from tests.kit.peer import Peer
from tests.kit.server import Reply, ask

KEY = "a key that is long enough for HS256, as it has more than 32 bytes"
HOUR = 3600.0
NEW, SAME = "/v1/webchat/webchat/visitors", "/v1/webchat/visitor"


def problem(reply: Reply) -> tuple[int, str]:
    """RFC 9457: what was refused, as each refusal says it."""
    body = msgspec.json.decode(reply.body, type=Document, strict=True)
    assert body.type == f"urn:intervene:problem:{body.code}"
    assert body.title == HTTP[body.code].title
    assert body.status == reply.status
    assert body.detail.endswith((".", "..."))
    assert str(body.retry_after or "") == reply.headers.get("retry-after", "")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    return reply.status, body.code


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """We serve on uvloop. Transports differ: what touches one directly is tried on Python's own loop too."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    if item.path.stem in ("test_connection", "test_handshake", "test_http", "test_slow"):
        loops["asyncio"] = asyncio.SelectorEventLoop
    return loops


class Edge:
    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        max_sessions: int = 1000,
        sessions_per_address: int = SESSIONS_PER_ADDRESS,
        proxies: Sequence[str] = LOOPBACK,
        **settings: Any,
    ) -> None:
        self._host = host
        self.clock = Clock()
        self.engine, self.feeds, self.log = Engine(), Feeds(), Log()
        self.blocks = Blocks(self.log)
        self.positions, self.takeovers, self.policies = PositionStore(), Takeovers(), Policies()
        self.people, self.records, self.views = People(), Records(), Views()
        self.roster, self.attendance = Roster(), Attendance()
        sources: Any = self.log
        self.readers = Readers(Sources(sources, sources, sources), 4)
        self.tokens = Tokens([KEY], lambda: self.clock.now() / 1000)
        self.metrics = Metrics(CollectorRegistry())
        self.reason = ""  # why it is not ready
        numbers = itertools.count(1)
        blocks: Any = self.blocks
        contacts: Any = Contacts()
        unused: Any = None  # they are of a database: `integration/system` asks for them
        services = Services(
            engine=self.engine, feeds=self.feeds, readers=self.readers, read_positions=self.positions,
            people=self.people, accounts=unused, records=self.records, policies=self.policies, roster=self.roster,
            attendance=self.attendance, tree=lambda: self.policies.tree, organisations=unused,
            tree_changed=lambda tree: None,
            views=self.views, takeovers=self.takeovers, spend=self.log.spend,
            blocks=blocks, drafts=blocks, organisation_of_channel=self.policies.organisation_of,
            history=unused, settings=unused, contacts=contacts, claim=self.log.claim, detach=unused,
            settings_changed=lambda organisation, version: None,
            signing_keys=unused, keys_changed=unused,
            tokens=self.tokens, clock=self.clock, metrics=self.metrics, make_id=lambda: f"made-{next(numbers)}",
            ready=lambda: self.reason,
        )  # fmt: skip
        given = {
            "organisation": ACME, "development": True, "proxies": tuple(proxies), "pages": Path(os.devnull), **settings
        }  # fmt: skip
        self.sockets = Sockets(services, max_sessions, None if given["development"] else sessions_per_address)
        self.front = make_front(self.sockets, Settings(**given))
        figures = bind("127.0.0.1", 0)
        self.metrics_port: int = figures.getsockname()[1]
        self._beside = {figures: make_figures(self.metrics, is_local=given["development"])}
        self.server = Server(self.front, self.sockets.wheel, lambda: self.sockets.away(0), self._beside)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        listening = bind(self._host, 0)
        self.port: int = listening.getsockname()[1]
        self._task = asyncio.create_task(self.server.serve([listening]))
        await eventually(lambda: self.server.started)

    async def stop(self) -> None:
        assert self._task is not None, "it was started"
        self.server.stop()
        await self._task

    async def watches(self, peer: Peer, conversation: str = "c1", **more: Any) -> Socket:
        """The peer watches it. Its socket, as the feed knows it."""
        joins = len(self.feeds.joins)
        peer.says(type="watch", conversation=conversation, **more)
        await eventually(lambda: len(self.feeds.joins) > joins)
        socket = self.feeds.joins[-1][1]
        assert isinstance(socket, Socket)
        return socket

    async def is_shown(self, peer: Peer, conversation: str = "c1") -> Socket:
        """The peer watches it, and the log has said yes."""
        socket = await self.watches(peer, conversation)
        assert socket.show(Key(ACME, ConversationId(conversation)), snapshot(conversation), reset=False)
        await peer.sees("watched")
        return socket

    # -- who comes -----------------------------------------------------------------------------------------------------

    def peer(self) -> Peer:
        return Peer(self.port)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        return await ask(f"http://127.0.0.1:{self.port}", method, path, body, **headers)

    async def renew(self, token: str, body: bytes = b"{}") -> Reply:
        return await self.ask("POST", SAME, body, authorization=f"Bearer {token}")

    def token(self, name: str, role: Role | None = None, *, lasts: float = HOUR) -> str:
        """Of a visitor, or, with a role, of an agent."""
        return self.tokens.make(self.principal(name, role), self.clock.now() / 1000 + lasts)

    def token_of(self, principal: Principal) -> str:
        return self.tokens.make(principal, self.clock.now() / 1000 + HOUR)

    def principal(self, name: str, role: Role | None = None) -> Principal:
        id = name.lower()
        if role is None:
            return Visitor(organisation=ACME, contact=Contact(id=ContactId(id), name=name))
        return Staff(organisation=ACME, agent=Agent(id=AgentId(id), name=name), role=role)

    @property
    def agent_token(self) -> str:
        return self.token("Anna", Role.AGENT)

    @property
    def visitor_token(self) -> str:
        return self.token("Clara")


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with Edge() as edge:
        yield edge


@pytest.fixture
async def peer(edge: Edge) -> AsyncIterator[Peer]:
    """Connected, nothing said."""
    async with edge.peer() as peer:
        yield peer


@pytest.fixture
async def clara(edge: Edge) -> AsyncIterator[Peer]:
    """A customer who joined."""
    async with edge.peer() as peer:
        await peer.joins(edge.visitor_token)
        yield peer


@pytest.fixture
async def anna(edge: Edge) -> AsyncIterator[Peer]:
    """An agent who joined."""
    async with edge.peer() as peer:
        await peer.joins(edge.agent_token)
        yield peer
