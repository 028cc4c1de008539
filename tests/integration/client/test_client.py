"""The client against a server that drops, doubles, skips and resets, over real sockets."""

import asyncio
import time

import msgspec

from intervene.client import (
    Reset,
)  # fmt: skip
from intervene.core.bucket import Bucket
from intervene.core.codes import ErrorCode
from intervene.core.limits import AGENT_BURST, AGENT_PER_SECOND
from intervene.core.wire import common, staff
from intervene.core.wire.common import PieceAdded, Position
from tests.integration.client.peer import (
    OTHER,
    QUICK,
    STAFF,
    ack,
    back,
    client,
    error,
    event,
    numbers,
    peer,
    piece,
    pieces_of,
    watched,
    watching,
)
from tests.kit.limits import LONG_WAIT, eventually
from tests.unit.core.golden import ANA, EVENTS, HERE, STREAM

# -- coming back -------------------------------------------------------------------------------------------------------


async def test_a_client_says_hello_with_a_token() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        assert line.hello.token == "token 1"
        assert line.socket.subprotocol == common.SUBPROTOCOL
        assert ana.agent == ANA


async def test_a_client_says_what_the_server_can_do_and_what_time_it_is_there() -> None:
    """[R16] An older server says neither."""
    async with peer() as server, client(server) as ana:
        await server.next_line()
        assert ana.features == frozenset()
        assert abs(ana.server_now() - time.time() * 1000) < LONG_WAIT * 1000
    ahead = int(time.time() * 1000) + 3_600_000
    newer = msgspec.structs.replace(STAFF, features=["read", "later"], now=ahead)
    async with peer(newer) as server, client(server) as ana:
        await server.next_line()
        assert ana.features == {"read", "later"}
        assert 0 <= ana.server_now() - ahead < LONG_WAIT * 1000


async def test_read_positions_are_shown_as_they_rise_and_kept_over_a_lost_connection() -> None:
    """[R39]"""
    async with peer() as server, client(server, history=100) as ana:
        line, conversation = await watching(server, ana)
        for n in (2, 1, 3):
            await line.says(common.ReadUpTo(conversation=HERE, n=n))
        await eventually(lambda: conversation.read_up_to == 3)
        shown = [one.change.n for one in conversation.history if isinstance(one.change, common.ReadUpTo)]
        assert shown == [2, 3]
        await line.drops()
        await back(server, 6, after=3)
        await eventually(lambda: conversation.is_live)
        assert conversation.read_up_to == 3


async def test_a_client_resumes_from_the_last_event_it_has() -> None:
    """[P5]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        await line.drops()
        await back(server, 6, after=3)
        await eventually(lambda: conversation.is_live)
        assert numbers(conversation) == [1, 2, 3, 4, 5, 6]
        assert conversation.state.seq == 6
        assert ana.joins == 2


async def test_a_client_goes_on_with_the_open_stream_where_it_was() -> None:
    """[P2]"""
    async with peer() as server, client(server, history=100) as ana:
        line, conversation = await watching(server, ana, upto=4)
        await line.says(piece(1, "Hello "), piece(2, "Maria! "))
        await eventually(lambda: pieces_of(conversation) == 2)
        await line.drops()
        line = await server.next_line()
        await line.hears(common.Watch)
        longer = msgspec.structs.replace(STREAM, n=4, text="Hello Maria! Your bill of")
        await line.says(watched(4, after=4, stream=longer), piece(5, " May"))
        await eventually(lambda: pieces_of(conversation) == 5)
        shown = [recorded.change.text for recorded in conversation.history if isinstance(recorded.change, PieceAdded)]
        assert shown == ["Hello ", "Maria! ", "Your bill of", " May"]


async def test_a_command_whose_ack_was_lost_is_sent_again_with_its_id() -> None:
    """[P5]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        saying = asyncio.create_task(conversation.note("secret"))
        first = await line.hears(staff.AddNote)
        await line.drops()
        line = await back(server, 4, after=3)
        assert await line.hears(staff.AddNote) == first
        await line.says(ack(first.id, 4))
        assert await saying == ack(first.id, 4)


async def test_unanswered_commands_are_sent_again_in_their_order_and_answered_ones_are_not() -> None:
    """[P5]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        notes = [asyncio.create_task(conversation.note(f"note {n}")) for n in range(4)]
        sent = [await line.hears(staff.AddNote) for _ in notes]
        await line.says(ack(sent[1].id))
        await notes[1]
        await line.drops()
        last = asyncio.create_task(conversation.note("note 4"))
        line = await back(server, 3, after=3)
        again = [await line.hears(staff.AddNote) for _ in range(4)]
        assert again[:3] == [sent[0], sent[2], sent[3]]
        assert again[3].text == "note 4"
        await line.says(*(ack(frame.id) for frame in again))
        await asyncio.gather(*notes, last)


async def test_a_conversation_with_something_to_be_answered_is_watched_again_before_the_others() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        watch = asyncio.create_task(ana.watch(OTHER))
        await line.hears(common.Watch)
        await line.says(watched(conversation=OTHER))
        note = asyncio.create_task((await watch).note("secret"))
        await line.hears(staff.AddNote)
        await line.drops()
        line = await server.next_line()
        assert (await line.hears(common.Watch)).conversation == OTHER
        await line.says(ack((await line.hears(staff.AddNote)).id))
        assert (await line.hears(common.Watch)).conversation == HERE
        await note
        assert not conversation.is_live


async def test_a_command_that_nobody_waits_for_any_more_is_not_sent_again() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        note = asyncio.create_task(conversation.note("secret"))
        await line.hears(staff.AddNote)
        note.cancel()
        await line.drops()
        line = await back(server, 3, after=3)
        await line.hears_nothing()


async def test_what_the_server_could_not_take_is_said_again_later_and_nothing_overtakes() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        notes = [asyncio.create_task(conversation.note(f"note {n}")) for n in range(2)]
        sent = [await line.hears(staff.AddNote) for _ in notes]
        await line.says(*(error(frame.id, ErrorCode.UNAVAILABLE, retry_after=0.05) for frame in sent))
        await asyncio.sleep(0)
        notes.append(asyncio.create_task(conversation.note("note 2")))
        heard = [(await line.hears(staff.AddNote)).text for _ in range(3)]
        assert heard == ["note 0", "note 1", "note 2"]
        await line.says(*(ack(command) for command in [*(frame.id for frame in sent), line.heard[-1].id]))  # type: ignore[attr-defined]
        await asyncio.gather(*notes)


# -- what comes badly --------------------------------------------------------------------------------------------------


async def test_an_event_that_comes_twice_is_shown_once() -> None:
    """[P5]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        await line.says(event(4), event(4), event(3), event(5))
        await eventually(lambda: conversation.state.seq == 5)
        assert numbers(conversation) == [1, 2, 3, 4, 5]
        assert conversation.screen.doubled == 2


async def test_a_skipped_number_makes_the_client_watch_again_from_what_it_has() -> None:
    """[P5]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        await line.says(event(5), event(6))
        watch = await line.hears(common.Watch)
        assert watch.after == Position(n=3, id=EVENTS[2].id)
        assert numbers(conversation) == [1, 2, 3]
        assert conversation.screen.gaps == 1, "and then only once"
        await line.says(event(6), watched(6, after=3), event(7))
        await eventually(lambda: conversation.state.seq == 7)
        assert numbers(conversation) == [1, 2, 3, 4, 5, 6, 7]
        assert ana.joins == 1, "the line itself was good"


async def test_a_skipped_piece_makes_the_client_watch_again() -> None:
    """[P2]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana, upto=4)
        await line.says(piece(1, "Hello "), piece(3, "Your bill of"))
        await line.hears(common.Watch)
        assert conversation.stream is not None
        assert conversation.stream.text == "Hello "
        await line.says(
            watched(4, after=4, stream=msgspec.structs.replace(STREAM, n=3, text="Hello Maria! Your bill of"))
        )
        await eventually(lambda: pieces_of(conversation) == 3)


async def test_an_ack_of_something_not_shown_makes_the_client_watch_again() -> None:
    """[P5]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        note = asyncio.create_task(conversation.note("secret"))
        await line.says(ack((await line.hears(staff.AddNote)).id, 4))
        await note
        await line.hears(common.Watch)
        await line.says(watched(4, after=3))
        await eventually(lambda: conversation.state.seq == 4)


async def test_a_reset_replaces_what_was_shown() -> None:
    async with peer() as server, client(server, history=100) as ana:
        line, conversation = await watching(server, ana)
        await line.drops()
        line = await server.next_line()
        await line.hears(common.Watch)
        await line.says(watched(8, after=6, reset=True, more=True))
        await eventually(lambda: conversation.is_live)
        assert numbers(conversation) == [7, 8]
        assert [recorded.change for recorded in conversation.history][3:] == [Reset(), EVENTS[6], EVENTS[7]]


async def test_a_frame_of_a_type_that_came_later_is_passed_over() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        await line.says_raw(b'{"type":"fireworks","conversation":"c-5kQ2vT"}')
        await line.says(event(4))
        await eventually(lambda: conversation.state.seq == 4)


async def test_a_server_that_goes_silent_is_left_for_another() -> None:
    pace = msgspec.structs.replace(QUICK, silence=0.05)
    async with peer() as server, client(server, pace=pace) as ana:
        line, _ = await watching(server, ana)
        await line.hears(common.Ping)
        await line.says(common.Pong())
        await line.hears(common.Ping)
        assert ana.joins == 1, "it had answered"
        await eventually(lambda: server.connections == 2)


async def test_a_server_that_does_not_welcome_is_left_for_another() -> None:
    pace = msgspec.structs.replace(QUICK, join=0.05)
    async with peer(None) as server:
        entering = asyncio.create_task(client(server, pace=pace).__aenter__())
        await server.next_line()
        await server.next_line()
        entering.cancel()
        await asyncio.wait([entering])


async def test_a_client_with_much_to_watch_is_never_too_fast_for_the_server() -> None:
    """[P7] A resume of all conversations at once would be refused, and then closed, for ever."""
    allowed = Bucket(AGENT_BURST, AGENT_PER_SECOND)
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        watches = [asyncio.create_task(ana.watch(f"c{n}")) for n in range(AGENT_BURST + 10)]
        for _ in watches:
            await line.hears(common.Watch)
            assert not allowed.take(time.monotonic())
        for watch in watches:
            watch.cancel()
