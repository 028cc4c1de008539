"""Every operation and frame x every role x ids of one's own, a parent, a child, a sister and another organisation."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from itertools import product
from typing import Any, NamedTuple

import msgspec
import pytest

from tests.integration.matrix import table
from tests.integration.matrix.table import ROLES, Row
from tests.integration.matrix.world import CHILD, OWN, PLACES, World, canary, filled, received
from tests.kit.peer import Peer
from tests.kit.server import Reply, ServerProcess

ALLOWED, FORBIDDEN, NOT_FOUND = "allowed", "forbidden", "not_found"
CHANGES_ANYHOW = {"person", "subject", "audit", "node", "node_agent"}
"""Tables: people who ask get a row, and what they read is recorded."""


class Case(NamedTuple):
    operation: str
    row: Row
    role: str
    place: str
    is_named: bool
    """The URL or frame names the organisation; otherwise only the ids are another's."""

    @property
    def expected(self) -> str:
        if self.row.is_own and "{" in self.operation:
            return NOT_FOUND
        if not reaches(self.role, self.place if self.is_named else OWN):
            return NOT_FOUND
        if ROLES.index(self.role) < ROLES.index(self.row.least):
            return FORBIDDEN
        has_its_own_reach = "{organisation}" in self.operation and reaches(self.role, self.place)
        return ALLOWED if self.is_named or self.place == OWN or has_its_own_reach else NOT_FOUND


def reaches(role: str, place: str) -> bool:
    return place == OWN or (place == CHILD and role != table.AGENT)


def cases(rows: dict[str, Row], *, with_ids: str) -> list[Case]:
    return [
        Case(operation, row, role, place, is_named)
        for (operation, row), role, place, is_named in product(rows.items(), ROLES, PLACES, (True, False))
        if is_named or ((with_ids in operation or operation.endswith("/bulk")) and not row.is_own)
    ]


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = ServerProcess(tmp_path_factory.mktemp("matrix"), bot="echo")
    await server.start()
    async with AsyncExitStack() as stack:
        made = World(server, stack)
        await made.is_made()
        yield made
    await server.kill()
    assert not server.complaints


# -- over HTTP ---------------------------------------------------------------------------------------------------------


async def test_everything_is_for_those_whom_the_table_names(world: World) -> None:
    """[P6, R121] What is refused leaves no trace, those who watch there are shown nothing of it, and no answer holds
    anything of an organisation out of reach. One server for all of it."""
    listed = cases(table.OPERATIONS, with_ids="{")
    before = stored(world.server)
    await are_as_listed(world, [case for case in listed if case.expected != ALLOWED])
    await is_for_staff(world, "")
    await is_for_staff(world, world.server.visitor_token("Vera", organisation=world.organisations[OWN]))
    frames = cases(table.FRAMES, with_ids="")
    await are_answered_as_listed(world, [case for case in frames if case.expected != ALLOWED])
    for role in ROLES:
        await are_dropped(world, role)
    assert stored(world.server) == before
    await are_listed_within_reach(world)
    await reaches_nobody_else_as_a_customer(world)
    await is_left_alone(world)
    await are_as_listed(world, [case for case in listed if case.expected == ALLOWED])
    await are_answered_as_listed(world, [case for case in frames if case.expected == ALLOWED])


async def are_as_listed(world: World, listed: list[Case]) -> None:
    wrong = []
    for case in listed:
        reply = await asked(world, case)
        if (found := outcome(reply)) != case.expected or shows_others(reply.body, case.role):
            wrong.append(f"{case.role}, {case.place}, named: {case.is_named}: {case.operation}: {found} {reply.body!r}")
    assert not wrong, f"{len(wrong)} of {len(listed)}\n" + "\n".join(wrong[:20])


async def asked(world: World, case: Case) -> Reply:
    ids = world.ids[case.place]
    method, path = case.operation.split(" ")
    for name, id in ids.items():
        path = path.replace("{" + name + "}", id)
    path += f"?{case.row.query}"
    if case.is_named:
        path += f"&organisation={ids['organisation']}"
    token = world.token(case.role)
    return await world.asks(method, path, token, filled(case.row.body, ids, token[-12:].lower()))


def outcome(reply: Reply) -> str:
    """Allowed is also what was refused for what the conversation or row has become meanwhile."""
    if reply.status in (200, 201, 204, 409, 412):
        first = (reply.json.get("items") or [{}])[0] if reply.status == 200 else {}
        return str(first["refused"]["code"]) if "refused" in first else ALLOWED
    code: str = reply.json["code"]
    return code


def shows_others(body: bytes, role: str) -> bool:
    return any(canary(place).encode() in body for place in PLACES if not reaches(role, place))


def stored(server: ServerProcess) -> dict[str, list[Any]]:
    """All that a request may not have changed."""
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if name not in CHANGES_ANYHOW and not name.startswith("sqlite_")]
        found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in kept}
        found["invited"] = connection.execute("SELECT * FROM person WHERE email <> ''").fetchall()
        return found


async def is_left_alone(world: World) -> None:
    """Those who watch were shown nothing but what their own organisation has said."""
    for place, listener in (*world.customers.items(), *world.watchers.items()):
        frames = [data for data in await listener.received() if b'"bot"' not in data]
        assert not [data for data in frames if b"by another" in data or b'"typing"' in data]
        others = {canary(each).encode() for each in PLACES if each != place}
        assert not [data for data in frames if any(each in data for each in others)]


async def is_for_staff(world: World, token: str) -> None:
    for operation, row in table.OPERATIONS.items():
        method, path = operation.split(" ")
        reply = await world.asks(method, path.format(**world.ids[OWN]), token, row.body)
        assert (reply.status, reply.json["code"]) == (401, "bad_token"), operation


# -- by socket ---------------------------------------------------------------------------------------------------------


async def are_answered_as_listed(world: World, listed: list[Case]) -> None:
    """Each role at each place by a person of its own: one alone would be too fast."""
    for role, place in product(ROLES, PLACES):
        async with Peer(world.server.port) as peer:
            await peer.joins(world.token(role))
            for case in listed:
                if (case.role, case.place) == (role, place):
                    frames = await said(world, peer, case.operation, case.row.body, place, case.is_named, *ANSWERS)
                    assert of_frames(frames) == case.expected, (case, frames)
                    assert not any(shows_others(frame, role) for frame in frames), case


async def are_dropped(world: World, role: str) -> None:
    async with Peer(world.server.port) as peer:
        await peer.joins(world.token(role))
        for (name, body), place, is_named in product(table.SILENT.items(), PLACES, (True, False)):
            frames = await said(world, peer, name, body, place, is_named)
            is_out_of_reach = is_named and not reaches(role, place)
            assert not any(shows_others(frame, role) for frame in frames), (name, place, frames)
            answers = [frame for frame in frames if b'"type":"presence"' not in frame]
            assert of_frames(answers) == NOT_FOUND if is_out_of_reach else not answers, (name, place, frames)


async def are_listed_within_reach(world: World) -> None:
    """Also those below, for who asks for them too."""
    for role, (name, body), place, below in product(ROLES, table.OF_LISTS.items(), PLACES, (True, False)):
        view = filled(body, world.ids[place], "") or {}
        async with Peer(world.server.port) as peer:
            await peer.joins(world.token(role))
            peer.says(type=name, view=view["view"] | {"below": below})
            frames = [frame for frame in await received(peer, "error", "view") if b'"type":"presence"' not in frame]
            assert of_frames(frames) == (ALLOWED if reaches(role, place) else NOT_FOUND), (role, place, frames)
            assert not any(shows_others(frame, role) for frame in frames), (role, place)
            rows = {canary(each) for each in PLACES for frame in frames if canary(each).encode() in frame}
            wanted = {place, CHILD} if below and place == OWN and role != table.AGENT else {place}
            assert rows == ({canary(each) for each in wanted} if reaches(role, place) else set()), (role, place, rows)


async def reaches_nobody_else_as_a_customer(world: World) -> None:
    """Also not another customer of the same organisation."""
    vera = world.server.visitor_token("Vera", organisation=world.organisations[OWN])
    async with Peer(world.server.port) as peer:
        await peer.joins(vera)
        peer.says(type="open")
        await received(peer, "opened")
        for (name, body), place in product(table.OF_CUSTOMERS.items(), PLACES):
            frames = await said(world, peer, name, body, place, False, *ANSWERS)
            assert of_frames(frames) == NOT_FOUND, (name, place, frames)
        for (name, body), place in product(table.SILENT.items(), PLACES):
            assert not await said(world, peer, name, body, place, is_named=False), (name, place)


MEANWHILE = {"illegal_move", "not_holder", "out_of_order", "stale", "stale_view", "taken", "too_late"}
"""What says nothing of rights, but of what the conversation has become."""
ANSWERS = ("ack", "error", "watched", "page")


async def said(
    world: World, peer: Peer, name: str, body: dict[str, Any] | None, place: str, is_named: bool, *answers: str
) -> list[bytes]:
    ids = world.ids[place]
    about = {} if name == "begin" else {"conversation": ids["conversation"]}
    if name not in {"watch", "get_page", *table.SILENT}:
        about["id"] = f"{place}-{is_named}-{name}"
    if is_named:
        about["organisation"] = ids["organisation"]
    peer.says(type=name, **about, **(filled(body, ids, "") or {}))
    return await received(peer, *answers)


def of_frames(frames: list[bytes]) -> str:
    errors = [msgspec.json.decode(frame)["code"] for frame in frames if b'"type":"error"' in frame]
    return errors[0] if errors and errors[0] not in MEANWHILE else ALLOWED
