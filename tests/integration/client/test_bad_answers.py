"""The client against a server that answers what no server should: numbers, order and sizes without sense."""

import asyncio

import anyio
import msgspec
import pytest

from intervene.client import AgentClient, Closed, CustomerClient, OutboxFull, exchange, screen
from intervene.client import connection as connections
from intervene.core.codes import CloseCode, ErrorCode
from intervene.core.wire import common, staff
from intervene.core.wire.common import Away, Pong
from intervene.core.wire.staff import StaffWatched
from tests.integration.client.peer import (
    CUSTOMER,
    OTHER,
    QUICK,
    STAFF,
    ack,
    client,
    error,
    event,
    peer,
    piece,
    watched,
    watching,
)
from tests.kit.limits import eventually
from tests.unit.core.golden import EVENTS, HERE

FAST = msgspec.structs.replace(QUICK, refresh=0.01)


# -- before and with welcome -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [Pong(), common.Refreshed(expires=1), event(1), error("x", ErrorCode.BUSY)])
async def test_what_does_not_begin_with_welcome_is_an_outage(first: msgspec.Struct) -> None:
    """[R11] [R3]"""
    async with peer(None) as server:
        server.first = [first, first, STAFF]
        async with client(server) as ana:
            assert server.connections == 3
            assert ana.joins == 1


@pytest.mark.parametrize("first", [b"", b"[]", b"{}", b"\xff", b"null", b"[" * 5000, b'{"type": "welcome"}'])
async def test_a_first_frame_that_is_none_is_an_outage(first: bytes) -> None:
    async with peer(None) as server:
        server.first = [first, STAFF]
        async with client(server):
            assert server.connections == 2


async def test_a_client_that_is_sent_away_before_its_welcome_comes_back() -> None:
    """[R82] The server began to stop while it came."""
    async with peer(None) as server:
        server.first = [Away(after_ms=1), STAFF]
        async with client(server):
            assert server.connections == 2


async def test_a_second_welcome_changes_nothing() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        await line.says(STAFF, event(4))
        await eventually(lambda: conversation.state.seq == 4)
        assert ana.joins == 1


@pytest.mark.parametrize(("kind", "welcome"), [(AgentClient, CUSTOMER), (CustomerClient, STAFF)])
async def test_a_token_of_the_other_side_stops_a_client(
    kind: type[AgentClient | CustomerClient], welcome: staff.StaffWelcome
) -> None:
    async with peer(welcome) as server:
        with pytest.raises(Closed, match="other side") as closed:
            async with kind(server.url, server.tokens, pace=QUICK):
                pytest.fail("it entered")
        assert closed.value.code == CloseCode.BAD_TOKEN


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ping_seconds", [0.0, -1.0, 1e-9])
async def test_a_welcome_cannot_make_a_client_ping_without_pause(ping_seconds: float) -> None:
    """[P7]"""
    hasty = msgspec.structs.replace(STAFF, ping_seconds=ping_seconds)
    async with peer(hasty) as server, client(server):
        line = await server.next_line()
        await line.hears_nothing()


async def test_a_welcome_cannot_make_a_client_wait_for_ever_on_a_dead_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PING_SECONDS", (0.01, 0.02))
    sluggish = msgspec.structs.replace(STAFF, ping_seconds=1e300)
    async with peer(sluggish) as server, client(server):
        await (await server.next_line()).hears(common.Ping)


@pytest.mark.parametrize("expires", [0, -1, -(2**53), 1, 2**53])
async def test_a_token_whose_end_makes_no_sense_is_not_replaced_again_and_again(expires: int) -> None:
    """[P7] Of a server whose clock is another than ours each token seems to have ended, or never to end."""
    strange = msgspec.structs.replace(STAFF, expires=expires)
    async with peer(strange) as server, client(server, pace=FAST) as ana:
        line = await server.next_line()
        with anyio.move_on_after(100 * FAST.refresh):
            while True:
                await line.hears(common.Refresh)
                await line.says(common.Refreshed(expires=expires))
        assert server.tokens_given < 10, "each time after twice as long"
        assert ana.joins == 1


async def test_advice_to_stay_away_for_ever_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """[R81]"""
    monkeypatch.setattr("intervene.client.answers.LONGEST_ADVICE", 0.01)
    async with peer() as server, client(server) as ana:
        await (await server.next_line()).says(Away(after_ms=2**53))
        await eventually(lambda: ana.joins == 2)


async def test_a_server_that_sends_everybody_away_at_once_makes_no_tight_loop() -> None:
    """[R81] The first time it is believed; then the delays grow all the same."""
    patient = msgspec.structs.replace(QUICK, first_delay=1000.0, longest_delay=1000.0)
    async with peer(None) as server:
        server.first = [Away(after_ms=0)] * 1000
        entering = asyncio.create_task(client(server, pace=patient).__aenter__())
        await server.no_connection_after(2)
        entering.cancel()
        await asyncio.wait([entering])


@pytest.mark.parametrize("retry_after", [-1e300, -0.0])
async def test_a_refusal_cannot_make_a_client_repeat_without_pause(retry_after: float) -> None:
    """[P7]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        note = asyncio.create_task(conversation.note("secret"))
        sent = await line.hears(staff.AddNote)
        await line.says(error(sent.id, ErrorCode.BUSY, retry_after=retry_after))
        await line.hears_nothing()
        await line.says(ack((await line.hears(staff.AddNote)).id))
        await note


async def test_a_refusal_cannot_hold_a_client_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LONGEST_ADVICE", 0.01)
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        note = asyncio.create_task(conversation.note("secret"))
        sent = await line.hears(staff.AddNote)
        await line.says(error(sent.id, ErrorCode.TOO_FAST, retry_after=1e300))
        await line.says(ack((await line.hears(staff.AddNote)).id))
        await note


# -- what was not asked for --------------------------------------------------------------------------------------------


async def test_frames_about_what_is_not_watched_are_dropped() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        others: list[msgspec.Struct] = [
            event(4),
            piece(1, "x"),
            watched(3),
            error("", ErrorCode.NOT_FOUND),
            ack("x", 9),
        ]
        await line.says(*(msgspec.structs.replace(frame, conversation=OTHER) for frame in others))
        await line.says(*(error(f"n{n}", ErrorCode.BUSY, conversation=OTHER) for n in range(100)))
        await line.says(staff.StaffPage(conversation=OTHER, events=EVENTS[:1], more=False))
        await line.says(error("", ErrorCode.BUSY, conversation=OTHER), event(4))
        await eventually(lambda: conversation.state.seq == 4)
        assert list(ana.conversations) == [HERE]
        await line.hears(common.Seen)
        await line.hears_nothing()


@pytest.mark.parametrize("bad", [b"{", b"\xff\xfe", b'{"type":"event","conversation":7}', b"[" * 5000 + b"]" * 5000])
async def test_a_frame_that_cannot_be_read_is_an_outage(bad: bytes) -> None:
    async with peer() as server, client(server) as ana:
        await (await server.next_line()).says_raw(bad)
        await eventually(lambda: ana.joins == 2)


async def test_a_frame_larger_than_any_answer_is_an_outage() -> None:
    """[P7]"""
    async with peer() as server, client(server) as ana:
        await (await server.next_line()).says_raw(b" " * (connections.MOST_BYTES + 1))
        await eventually(lambda: ana.joins == 2)


# -- bounds of the client's own ----------------------------------------------------------------------------------------


async def test_what_waits_to_be_sent_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(exchange, "OUTBOX_BYTES", 50_000)
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        notes = [asyncio.create_task(conversation.note("x" * 16_000)) for _ in range(4)]
        with pytest.raises(OutboxFull):
            await notes[3]
        for _ in range(3):
            await line.says(ack((await line.hears(staff.AddNote)).id))
        await asyncio.gather(*notes[:3])
        another = asyncio.create_task(conversation.note("x" * 16_000))
        await line.says(ack((await line.hears(staff.AddNote)).id))
        await another


async def test_a_reply_without_end_is_watched_again_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(screen, "REPLY_CHARS", 10)
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana, upto=4)
        await line.says(piece(1, "12345"), piece(2, "123456"))
        await line.hears(common.Watch)
        assert conversation.stream is not None
        assert conversation.stream.text == "12345"


async def test_a_screen_keeps_no_more_text_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] What is forgotten can be paged back to, up to the bound."""
    monkeypatch.setattr(screen, "KEPT_CHARS", 100)
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        watch = asyncio.create_task(ana.watch(HERE))
        await line.hears(common.Watch)
        long = [
            msgspec.structs.replace(EVENTS[2], seq=n, id=f"e{n}", body=_longer(EVENTS[2].body)) for n in (1, 2, 3, 4)
        ]
        state = msgspec.structs.replace(watched(3).state, seq=4)
        await line.says(StaffWatched(conversation=HERE, events=long, state=state, more=False, reset=False))
        conversation = await watch
        assert len(conversation.events) == 2
        assert conversation.more
        assert not await conversation.page_back(), "there is no room for more"
        assert conversation.state.seq == 4


def _longer(body: object) -> object:
    return msgspec.structs.replace(body, text="x" * 50)  # type: ignore[type-var]
