"""What a session on a socket is shown, what it sends beside the log, and the pages that it asks for."""

from typing import Any

import pytest

from intervene.core.actors import Contact
from intervene.core.errors import NotFound, Unavailable
from intervene.core.ids import ContactId, EventId, OrganisationId
from intervene.core.limits import READS_OF_SESSION
from tests.integration.edge.conftest import Edge
from tests.integration.edge.stand_ins import ANNA, C1, CLARA, KEY, snapshot
from tests.kit.limits import eventually
from tests.kit.peer import TEXT, Peer, frame

BESIDE: list[dict[str, Any]] = [
    {"type": "set_typing", "conversation": "c1", "on": True},
    {"type": "set_read", "conversation": "c1", "n": 1},
    {"type": "seen", "conversation": "c1", "n": 1},
]
"""What a session sends beside the log."""


# -- watching ----------------------------------------------------------------------------------------------------------


async def test_an_agent_watches_from_a_position(edge: Edge, anna: Peer) -> None:
    socket = await edge.watches(anna, after={"n": 4, "id": "e4"})
    assert edge.feeds.joins == [(KEY, socket, (4, EventId("e4")))]
    assert socket.is_staff
    assert socket.agent == ANNA


async def test_staff_are_shown_the_conversation_with_its_notes(edge: Edge, anna: Peer) -> None:
    socket = await edge.watches(anna)
    assert socket.show(KEY, snapshot(texts=2), reset=False)
    shown = await anna.sees("watched")
    assert [event["body"]["kind"] for event in shown["events"]] == ["message", "message", "note"]
    assert shown["state"]["seq"] == 3


async def test_a_customer_is_shown_what_is_public(edge: Edge, clara: Peer) -> None:
    """[P6] Not even the number of private events."""
    socket = await edge.watches(clara)
    assert not socket.is_staff
    assert socket.agent is None
    assert socket.show(KEY, snapshot(texts=2), reset=True)
    shown = await clara.sees("watched")
    assert shown["state"] == {"pub": 2, "holder": {"kind": "nobody"}, "is_open": True}
    assert [event["event"]["text"] for event in shown["events"]] == ["text 1", "text 2"]
    assert shown["reset"] is True
    assert "private" not in str(shown)


async def test_what_is_another_s_looks_as_if_it_did_not_exist(edge: Edge, clara: Peer) -> None:
    """[P6]"""
    socket = await edge.watches(clara)
    assert not socket.show(KEY, snapshot(contact=Contact(id=ContactId("bob"), name="Bob")), reset=False)
    forbidden = await clara.sees("error")
    socket = await edge.watches(clara)
    socket.miss(KEY, NotFound("There is no such conversation."))
    assert await clara.sees("error") == forbidden
    assert forbidden["code"] == "not_found"


async def test_an_agent_of_another_organisation_is_shown_nothing(edge: Edge, anna: Peer) -> None:
    """[P6]"""
    socket = await edge.watches(anna)
    assert not socket.show(KEY, snapshot(organisation=OrganisationId("globex")), reset=False)
    assert (await anna.sees("error"))["code"] == "not_found"


async def test_a_conversation_that_was_not_found_is_not_watched(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    socket.miss(KEY, NotFound("There is no such conversation."))
    await clara.sees("error")
    clara.says(type="set_typing", conversation="c1", on=True)
    clara.says(type="ping")
    await clara.sees("pong")
    assert not edge.feeds.typing


async def test_a_session_that_ends_leaves_what_it_watched(edge: Edge) -> None:
    async with edge.peer() as anna:
        await anna.joins(edge.agent_token)
        for conversation in ("c1", "c2", "c3"):
            await edge.watches(anna, conversation)
        anna.says(type="unwatch", conversation="c2")
        await eventually(lambda: bool(edge.feeds.leaves))
    await eventually(lambda: not any(edge.feeds.watchers.values()))
    assert [key.conversation for key in edge.feeds.leaves] == ["c2", "c1", "c3"]


async def test_a_session_that_is_closed_leaves_at_once_and_is_told_nothing_more(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    clara.closes()
    assert await clara.is_closed() == 1000
    await eventually(lambda: not edge.feeds.watchers[KEY])
    socket.send(frame(TEXT, b"late", masked=False), 1)
    assert not socket.show(KEY, snapshot(), reset=False)


# -- beside the log ----------------------------------------------------------------------------------------------------


async def test_typing_goes_to_the_feed(edge: Edge, clara: Peer) -> None:
    await edge.is_shown(clara)
    clara.says(type="set_typing", conversation="c1", on=True)
    await eventually(lambda: bool(edge.feeds.typing))
    assert edge.feeds.typing == [(KEY, CLARA, True)]


async def test_read_positions_are_gathered(edge: Edge, clara: Peer, anna: Peer) -> None:
    await edge.is_shown(clara)
    await edge.is_shown(anna)
    for n in (1, 5, 3):
        clara.says(type="set_read", conversation="c1", n=n)
    anna.says(type="set_read", conversation="c1", n=9)
    await eventually(lambda: len(edge.positions.kept) == 2)
    assert set(edge.positions.kept) == {(KEY, "contact:clara", 5), (KEY, "agent:anna", 9)}


async def test_what_is_on_a_screen_is_noted(edge: Edge, clara: Peer, anna: Peer) -> None:
    for peer in (clara, anna):
        await edge.is_shown(peer)
        peer.says(type="seen", conversation="c1", n=4)
        peer.says(type="ping")
        await peer.sees("pong")
    (_, first, _, _), (_, second, _, _) = edge.takeovers.noted
    assert first != second
    assert [(key, is_staff, n) for key, _, is_staff, n in edge.takeovers.noted] == [(KEY, False, 4), (KEY, True, 4)]


@pytest.mark.parametrize("kind", ["set_read", "seen"])
async def test_a_number_that_no_event_has_is_refused(edge: Edge, clara: Peer, anna: Peer, kind: str) -> None:
    """[P7] Each audience by its own count: a customer learns nothing of the other."""
    edge.feeds.lasts[KEY] = (9, 4)
    for peer, last in ((clara, 4), (anna, 9)):
        await edge.is_shown(peer)
        for n in (last + 1, 2**53):
            peer.says(type=kind, conversation="c1", n=n)
            error = await peer.sees("error")
            assert (error["code"], error["conversation"]) == ("out_of_order", "c1")
            assert error["message"] == f"The last event of this conversation is number {last}. Send a number up to it."
        peer.says(type=kind, conversation="c1", n=last)
    found = edge.positions.kept if kind == "set_read" else edge.takeovers.noted
    await eventually(lambda: len(found) == 2)
    assert {each[-1] for each in found} == {4, 9}


@pytest.mark.parametrize("is_another_s", [True, False])
async def test_nothing_is_done_for_a_session_before_it_is_shown_the_conversation(
    edge: Edge, clara: Peer, is_another_s: bool
) -> None:
    """[P6] A packet of `watch` and what is sent beside the log: the log has not said yes yet, or says no."""
    bob = Contact(id=ContactId("bob"), name="Bob")
    socket = await edge.watches(clara)
    for fields in BESIDE:
        clara.says(**fields)
    clara.says(type="ping")
    await clara.sees("pong")
    assert socket.show(KEY, snapshot(contact=bob if is_another_s else CLARA), reset=False) is not is_another_s
    await clara.sees("error" if is_another_s else "watched")
    assert not edge.feeds.typing
    assert not edge.takeovers.noted
    for fields in BESIDE:
        clara.says(**fields)
    clara.says(type="ping")
    await clara.sees("pong")
    assert bool(edge.feeds.typing) is bool(edge.takeovers.noted) is not is_another_s
    assert bool(edge.sockets.reads._waiting) is not is_another_s


async def test_a_customer_opens_their_conversation(edge: Edge, clara: Peer) -> None:
    clara.says(type="open")
    assert await clara.sees() == {"type": "opened", "conversation": "of-clara"}


# -- pages -------------------------------------------------------------------------------------------------------------


async def test_a_page_is_read_for_its_audience(edge: Edge, clara: Peer, anna: Peer) -> None:
    edge.log.snapshots[C1] = snapshot(texts=2)
    for peer, count in ((clara, 2), (anna, 3)):
        peer.says(type="get_page", conversation="c1", before=9, limit=7)
        page = await peer.sees("page")
        assert len(page["events"]) == count
    assert [(range.is_staff, range.before, range.limit) for _, range in edge.log.reads] == [
        (False, 9, 7),
        (True, 9, 7),
    ]


@pytest.mark.parametrize("conversation", ["c1", "nowhere"])
async def test_a_page_of_what_is_another_s_looks_as_if_it_did_not_exist(
    edge: Edge, clara: Peer, conversation: str
) -> None:
    """[P6]"""
    edge.log.snapshots[C1] = snapshot(contact=Contact(id=ContactId("bob"), name="Bob"))
    clara.says(type="get_page", conversation=conversation, before=9)
    error = await clara.sees("error")
    assert (error["code"], error["message"]) == ("not_found", "There is no such conversation.")


async def test_few_pages_are_read_at_once(edge: Edge, anna: Peer) -> None:
    """[P7]"""
    edge.log.snapshots[C1] = snapshot()
    edge.log.may_read.clear()
    for _ in range(READS_OF_SESSION + 1):
        anna.says(type="get_page", conversation="c1", before=9)
    assert (await anna.sees("error"))["code"] == "too_many"
    edge.log.may_read.set()
    for _ in range(READS_OF_SESSION):
        await anna.sees("page")
    anna.says(type="get_page", conversation="c1", before=9)
    await anna.sees("page")


async def test_nothing_is_read_for_a_session_that_has_left(edge: Edge, anna: Peer) -> None:
    """[P7] Of pages and `open`s alike; what runs already is not cut off."""
    edge.log.snapshots[C1] = snapshot()
    edge.engine.opening.clear()
    async with edge.peer() as clara:
        await clara.joins(edge.visitor_token)
        others = [edge.peer() for _ in range(2)]
        for other in others:
            await other.__aenter__()
            await other.joins(edge.visitor_token)
        edge.log.may_read.clear()
        for other in others:  # of the same customer: all their reads are under way
            other.says(type="get_page", conversation="c1", before=9)
        await eventually(lambda: len(edge.log.reads) == 2)
        clara.says(type="open")
        clara.says(type="get_page", conversation="c1", before=9)
        await eventually(lambda: edge.readers.waiting == 2)
    await eventually(lambda: edge.readers.waiting == 0)
    edge.log.may_read.set()
    for other in others:
        await other.sees("page")
        await other.__aexit__()
    assert edge.readers.running == 0
    assert len(edge.log.reads) == 2
    assert not edge.engine.opened


async def test_an_open_that_is_under_way_is_not_cut_off(edge: Edge) -> None:
    """[P5] It may have been committed."""
    edge.engine.opening.clear()
    async with edge.peer() as clara:
        await clara.joins(edge.visitor_token)
        clara.says(type="open")
        await eventually(lambda: edge.readers.running == 1)
    await eventually(lambda: not len(edge.sockets))
    edge.engine.opening.set()
    await eventually(lambda: edge.engine.opened == ["of-clara"])


async def test_a_log_that_is_away_is_said_to_be_so(edge: Edge, anna: Peer) -> None:
    async def read(*_: object) -> None:
        raise Unavailable("The log cannot be reached.")

    edge.log.read = read  # type: ignore[method-assign, assignment]
    anna.says(type="get_page", conversation="c1", before=9)
    assert (await anna.sees("error"))["code"] == "unavailable"
    anna.says(type="ping")
    await anna.sees("pong")
