"""Organisations above, below and beside one's own, each with one of everything, whose names are its canary."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from itertools import count
from typing import Any

import msgspec

from tests.integration.matrix.table import ADMIN, SETTINGS
from tests.kit.limits import eventually
from tests.kit.peer import PING, PONG, TEXT, Frame, Peer, frame
from tests.kit.server import Reply, ServerProcess

OWN, PARENT, CHILD, SISTER, OTHER = "own", "parent", "child", "sister", "other"
PLACES = (OWN, PARENT, CHILD, SISTER, OTHER)


class World:
    """`ids`: of each organisation, by the name of what they are of. `customers` and `watchers` are connected, and see
    what those of an organisation see."""

    def __init__(self, server: ServerProcess, stack: AsyncExitStack) -> None:
        self.server = server
        self._stack = stack
        self.organisations = {PARENT: "group", OTHER: "other"}
        self.ids: dict[str, dict[str, str]] = {}
        self.customers: dict[str, Listener] = {}
        self.watchers: dict[str, Listener] = {}
        self._people = count(1)
        self._keys = count(1)

    # -- who asks ------------------------------------------------------------------------------------------------------

    def token(self, role: str, place: str = OWN) -> str:
        """Of somebody new, so that nobody's allowance ends."""
        name = f"{canary(place) if place == OWN else place} {next(self._people)}"
        return self.server.agent_token(name, role, organisation=self.organisations[place])

    async def asks(self, method: str, path: str, token: str, body: Any = None, version: int = 0) -> Reply:
        headers = {"idempotency-key": f"key-{next(self._keys)}", "if-match": f'"{version}"'}
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = b"" if body is None else msgspec.json.encode(body)
        return await self.server.ask(method, path, data, **headers)

    # -- what there is -------------------------------------------------------------------------------------------------

    async def is_made(self) -> None:
        for place, parent in ((OWN, PARENT), (SISTER, PARENT), (CHILD, OWN)):
            row = await self._made("organisations", parent, {"name": canary(place)})
            self.organisations[place] = row["id"]
        for n, place in enumerate(PLACES, start=10):
            self.ids[place] = {"organisation": self.organisations[place], "device": "d-none"}
            for path, (name, _, more) in SETTINGS.items():
                self.ids[place][name] = (await self._made(path, place, {"name": canary(place), **more}))["id"]
            key = {
                "name": canary(place),
                "purpose": "contacts",
                "key": f"a key of {place} with 32 characters and more".replace(" ", "-"),
            }
            self.ids[place]["signing_key"] = (await self._made("signing-keys", place, key))["id"]
            person = {"name": canary(place), "email": f"{place}@acme.test"}
            self.ids[place]["person"] = (await self._made("people", place, person))["person"]["id"]
            contact = {"name": canary(place), "addresses": [{"channel": "webchat", "address": f"+49309018{n}"}]}
            self.ids[place]["contact"] = (await self._made("contacts", place, contact))["id"]
            self.ids[place]["address"] = f"+49309018{n}"
            await self._converses(place)
        await eventually(self._is_calm)

    def _is_calm(self) -> bool:
        """No bot is at work."""
        with closing(sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True)) as connection:
            ((count,),) = connection.execute("SELECT count(*) FROM conversation WHERE runner <> ''")
            return bool(count == 0)

    async def _made(self, path: str, place: str, body: Any) -> Any:
        reply = await self.asks("POST", f"/v1/{path}", self.token(ADMIN, place), body)
        assert reply.status == 201, reply
        return reply.json

    async def _converses(self, place: str) -> None:
        """A customer writes, and two of the staff read it."""
        customer = self.customers[place] = await self._listens(
            self.server.visitor_token(f"v {canary(place)}", organisation=self.organisations[place])
        )
        customer.peer.says(type="open")
        opened = await customer.hears(b'"type":"opened"')
        conversation = self.ids[place]["conversation"] = msgspec.json.decode(opened)["conversation"]
        watcher = self.watchers[place] = await self._listens(self.token("supervisor", place))
        for each in (customer, watcher):
            each.peer.says(type="watch", conversation=conversation)
        customer.peer.says(type="say", id="s1", conversation=conversation, text=canary(place))
        await customer.hears(b"You said")

    async def _listens(self, token: str) -> "Listener":
        peer = await self._stack.enter_async_context(Peer(self.server.port))
        await peer.joins(token)
        listener = Listener(peer)
        self._stack.callback(listener.stops)
        return listener


class Listener:
    """Reads all the time, and answers the server's pings, however long nobody asks what came."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.frames: list[bytes] = []
        self._task = asyncio.create_task(self._listens())

    def stops(self) -> None:
        self._task.cancel()

    async def _listens(self) -> None:
        while True:
            self.frames.append((await next_text(self.peer)).data)

    async def hears(self, text: bytes) -> bytes:
        """The first frame with it."""
        await eventually(lambda: any(text in data for data in self.frames))
        return next(data for data in self.frames if text in data)

    async def received(self) -> list[bytes]:
        """All that came before the answer to a ping."""
        self.peer.says(type="ping")
        await self.hears(PONGED)
        found, self.frames = [data for data in self.frames if data != PONGED], []
        return found


PONGED = b'{"type":"pong"}'


async def next_text(peer: Peer) -> Frame:
    while (got := await peer.reads()).opcode != TEXT:
        if got.opcode == PING:
            peer.writes(frame(PONG))
    return got


def canary(place: str) -> str:
    return f"canary of {place}"


async def received(peer: Peer, *answers: str) -> list[bytes]:
    """All that came before the answer to a ping, and until one of these has come, if there are any."""
    peer.says(type="ping")
    found: list[bytes] = []
    has_pong, has_answer = False, not answers
    while not (has_pong and has_answer):
        data = (await next_text(peer)).data
        kind = msgspec.json.decode(data)["type"]
        has_pong, has_answer = has_pong or kind == "pong", has_answer or kind in answers
        found += [data] if kind != "pong" else []
    return found


def filled(body: dict[str, Any] | None, ids: dict[str, str], fresh: str) -> dict[str, Any] | None:
    """The body for a target."""
    if body is None:
        return None
    text = msgspec.json.encode(body).decode()
    for name, id in {**ids, "fresh": fresh}.items():
        text = text.replace("{" + name + "}", id)
    return dict(msgspec.json.decode(text))
