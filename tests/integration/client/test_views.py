"""Lists of conversations as an agent's program follows them, over real sockets."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.client import AgentClient, Closed, Refused
from intervene.client.views import OpenedView
from intervene.core.actors import Contact, Nobody
from intervene.core.codes import ErrorCode
from intervene.core.ids import ContactId, ConversationId, OrganisationId, QueueId
from intervene.core.wire.common import ReadUpTo
from intervene.core.wire.inbox import (
    CloseView,
    Counts,
    Listed,
    Look,
    MoreRows,
    OpenView,
    Row,
    RowsChanged,
    Tails,
    View,
    ViewShown,
)
from intervene.core.wire.staff import Error
from tests.integration.client.peer import Line, Server, client, peer
from tests.kit.limits import eventually

WAITING = View(list=Listed.WAITING)
ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")


def row(id: str, waiting_since: int) -> Row:
    return Row(
        organisation=ACME, id=ConversationId(id), epoch=1, seq=1, contact=Contact(id=ContactId("clara"), name="Clara"),
        channel="webchat", holder=Nobody(), is_open=True, since=1, asked=1, answered=0, last_at=1,
        queue=QueueId("general"), waiting_since=waiting_since,
    )  # fmt: skip


C1, C2, C3 = (row(f"c{n}", n) for n in (1, 2, 3))
SHOWN = ViewShown(view=WAITING.name, filter=WAITING, rows=[C1, C2], read={C1.id: 4}, more=True)


async def following(server: Server, ana: AgentClient, shown: ViewShown = SHOWN) -> tuple[Line, OpenedView]:
    """A view that is shown."""
    line = await server.next_line()
    opening = asyncio.create_task(ana.open_view(WAITING))
    assert await line.hears(OpenView) == OpenView(view=WAITING)
    await line.says(shown)
    return line, await opening


async def test_a_view_is_kept_as_the_server_says() -> None:
    async with peer() as server, client(server) as ana:
        line, view = await following(server, ana)
        assert (view.rows, view.read, view.more, view.is_live) == ([C1, C2], {C1.id: 4}, True, True)
        view.load_more()
        assert await line.hears(MoreRows) == MoreRows(view=WAITING.name)
        await line.says(replace(SHOWN, rows=[C3], read={C3.id: 1}, continued=True, more=False, complete=False))
        await eventually(lambda: view.rows == [C1, C2, C3])
        assert (view.read, view.more, view.complete) == ({C1.id: 4, C3.id: 1}, False, False)
        later = replace(C2, waiting_since=9)
        await line.says(RowsChanged(view=WAITING.name, changed=[later], left=[C1.id], more=True))
        await eventually(lambda: view.rows == [C3, later])
        assert (view.read, view.more) == ({C3.id: 1}, True)


async def test_of_a_row_is_known_what_was_read_and_what_is_being_written_while_it_is_looked_at() -> None:
    async with peer() as server, client(server) as ana:
        line, view = await following(server, ana)
        told: list[Any] = []
        stop = view.on(told.append)
        view.look_at(C1.id)
        assert await line.hears(Look) == Look(view=WAITING.name, conversations=[C1.id])
        await line.says(ReadUpTo(conversation=C1.id, n=3), ReadUpTo(conversation=C2.id, n=7))
        await line.says(ReadUpTo(conversation=C3.id, n=1), Tails(tails={C1.id: "I can", C2.id: "not on the screen"}))
        await eventually(lambda: view.tails == {C1.id: "I can"})
        assert view.read == {C1.id: 4, C2.id: 7}, "up to the greatest, and of its rows"
        await line.says(Tails(tails={C1.id: ""}))
        await eventually(lambda: not view.tails)
        assert [type(frame) for frame in told] == [ReadUpTo, ReadUpTo, Tails, Tails]
        stop()
        await line.says(ReadUpTo(conversation=C2.id, n=8))
        await eventually(lambda: view.read[C2.id] == 8)
        assert len(told) == 4


async def test_counts_are_those_of_the_view_s_organisations() -> None:
    async with peer() as server, client(server) as ana:
        line, view = await following(server, ana)
        below = Counts(organisation=ACME, below=True, waiting=9)
        of_acme = Counts(organisation=ACME, waiting=2)
        await line.says(of_acme, below)
        await eventually(lambda: view.counts == of_acme)
        other = View(organisation=GLOBEX)
        opening = asyncio.create_task(ana.open_view(other))
        await line.hears(OpenView)
        await line.says(ViewShown(view=other.name, filter=other, rows=[]), of_acme)
        of_globex = Counts(organisation=GLOBEX, mine=1)
        await line.says(of_globex)
        second = await opening
        await eventually(lambda: second.counts == of_globex)


async def test_a_view_is_asked_for_again_after_a_reconnect_with_what_is_looked_at() -> None:
    async with peer() as server, client(server) as ana:
        line, view = await following(server, ana)
        view.look_at(C2.id)
        await line.hears(Look)
        await line.drops()
        line = await server.next_line()
        assert await line.hears(OpenView) == OpenView(view=WAITING)
        assert not view.is_live
        assert view.rows == [C1, C2], "what is known is shown meanwhile"
        assert await line.hears(Look) == Look(view=WAITING.name, conversations=[C2.id])
        await line.says(RowsChanged(view=WAITING.name, left=[C2.id]), replace(SHOWN, rows=[C3], read={}))
        await eventually(lambda: view.is_live)
        assert (view.rows, view.read) == ([C3], {})


async def test_a_view_that_cannot_be_shown_yet_is_asked_for_again() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        opening = asyncio.create_task(ana.open_view(WAITING))
        await line.hears(OpenView)
        busy = Error(code=ErrorCode.UNAVAILABLE, message="Away.", view=WAITING.name, retry_after=0.02)
        await line.says(busy)
        await line.hears(OpenView)
        await line.says(SHOWN)
        view = await opening
        await line.says(busy)  # about the rows behind those: what is shown stays
        await line.hears_nothing()
        assert view.rows == [C1, C2]


async def test_a_view_that_is_refused_says_so_and_is_not_asked_for_again() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        opening = asyncio.create_task(ana.open_view(WAITING))
        await line.hears(OpenView)
        await line.says(Error(code=ErrorCode.NOT_FOUND, message="There is no such queue.", view=WAITING.name))
        with pytest.raises(Refused, match="not_found"):
            await opening
        await line.drops()
        await (await server.next_line()).hears_nothing()


async def test_a_view_is_one_however_often_it_is_asked_for_and_ends_when_it_is_closed() -> None:
    async with peer() as server, client(server) as ana:
        line, view = await following(server, ana)
        assert await ana.open_view(WAITING) is view
        view.close()
        assert await line.hears(CloseView) == CloseView(view=WAITING.name)
        view.close()
        await line.says(RowsChanged(view=WAITING.name, changed=[C3]))
        await line.drops()
        await (await server.next_line()).hears_nothing()
        assert view.rows == [C1, C2]


async def test_a_view_that_is_closed_before_it_is_shown_is_waited_for_no_longer() -> None:
    async with peer() as server:
        ana = client(server)
        async with ana:
            line = await server.next_line()
            opening = asyncio.create_task(ana.open_view(WAITING))
            await line.hears(OpenView)
        with pytest.raises(Closed):
            await opening
