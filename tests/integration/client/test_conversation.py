"""What agents and customers do through the client, and what a program is told, over real sockets."""

import asyncio

import msgspec
import pytest
from msgspec.structs import replace

import intervene.client.conversation
from intervene.client import (
    Behind,
    Change,
    Continued,
    CustomerClient,
    Refused,
)  # fmt: skip
from intervene.core.access import Unseen
from intervene.core.actors import Nobody
from intervene.core.codes import ErrorCode
from intervene.core.errors import BadFrame
from intervene.core.events import Event
from intervene.core.ids import CommandId, ConversationId
from intervene.core.wire import common, staff
from intervene.core.wire.common import Position
from intervene.core.wire.contact import (
    ContactAck,
    ContactContinued,
    ContactError,
    ContactSay,
    ContactState,
    ContactWatched,
    Open,
    OpenedConversation,
    Party,
)
from intervene.core.wire.staff import Error
from tests.integration.client.peer import (
    CUSTOMER,
    OTHER,
    QUICK,
    back,
    client,
    error,
    event,
    numbers,
    peer,
    piece,
    pieces_of,
    read,
    watched,
    watching,
)
from tests.kit.limits import eventually
from tests.unit.core.golden import ANA, BEN, EVENTS, HERE, SHOWN, STATE

# -- what an agent does ------------------------------------------------------------------------------------------------


async def test_an_agent_speaks_in_the_epoch_and_up_to_the_number_on_the_screen() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana, upto=6)
        await line.says(event(7))
        await eventually(lambda: conversation.state.seq == 7)
        say = asyncio.create_task(conversation.say("Hi"))
        said = await line.hears(staff.StaffSay)
        assert (said.text, said.epoch, said.seen, said.confirmed) == ("Hi", STATE.epoch, 7, False)
        await line.says(error(said.id, ErrorCode.STALE_VIEW, asked=8))
        with pytest.raises(Refused, match="stale_view") as refused:
            await say
        assert isinstance(refused.value.facts, Error)
        assert refused.value.facts.asked == 8


async def test_control_changes_the_state_on_the_screen_and_is_confirmed_as_seen() -> None:
    """[P8]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana, upto=5)
        assert await line.hears(staff.StaffSeen) == staff.StaffSeen(conversation=HERE, n=2)
        await line.says(event(6))
        assert await line.hears(staff.StaffSeen) == staff.StaffSeen(conversation=HERE, n=6)
        state = conversation.state
        assert (state.holder, state.epoch, state.reply_enabled) == (ANA, 2, True)


async def test_an_agent_who_was_too_late_is_told_who_was_not() -> None:
    """[P3]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        taking = asyncio.create_task(conversation.intervene())
        click = await line.hears(staff.Intervene)
        await line.says(error(click.id, ErrorCode.TAKEN, by=BEN, at=7, epoch=2))
        with pytest.raises(Refused) as refused:
            await taking
        assert refused.value.code is ErrorCode.TAKEN
        assert isinstance(refused.value.facts, Error)
        assert refused.value.facts.by == BEN
        await line.hears_nothing()


async def test_an_intervene_is_tried_once_more_when_nobody_took_control() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        taking = asyncio.create_task(conversation.intervene())
        click = await line.hears(staff.Intervene)
        await line.says(error(click.id, ErrorCode.STALE, holder=Nobody(), epoch=5))
        again = await line.hears(staff.Intervene)
        assert again == msgspec.structs.replace(click, epoch=5)
        await line.says(error(click.id, ErrorCode.STALE, holder=Nobody(), epoch=6))
        with pytest.raises(Refused, match="stale"):
            await taking
        await line.hears_nothing()


async def test_nothing_else_is_tried_again_in_another_epoch() -> None:
    """[P1]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        say = asyncio.create_task(conversation.say("Hi"))
        await line.says(error((await line.hears(staff.StaffSay)).id, ErrorCode.STALE, holder=Nobody(), epoch=5))
        with pytest.raises(Refused, match="stale"):
            await say
        await line.hears_nothing()


async def test_what_the_server_would_not_understand_is_refused_here() -> None:
    async with peer() as server, client(server) as ana:
        _, conversation = await watching(server, ana)
        with pytest.raises(BadFrame):
            await ana.watch("no spaces, please")
        with pytest.raises(BadFrame):
            await conversation.note("x" * 70_000)


async def test_a_conversation_that_may_not_be_watched_is_refused() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        watch = asyncio.create_task(ana.watch(OTHER))
        await line.hears(common.Watch)
        await line.says(Error(code=ErrorCode.NOT_FOUND, message="There is none.", conversation=OTHER))
        with pytest.raises(Refused, match="not_found"):
            await watch
        assert not ana.conversations


async def test_a_conversation_that_may_not_be_seen_any_more_ends() -> None:
    """[R141] And is not watched again after a reconnect."""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        await line.says(staff.Gone(conversation=HERE, why=Unseen.HELD))
        with pytest.raises(Refused, match=r"not_found.*held"):
            async for _ in conversation:
                pass
        assert not ana.conversations


async def test_a_watch_that_the_server_could_not_take_is_repeated() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        watch = asyncio.create_task(ana.watch(HERE))
        await line.hears(common.Watch)
        busy = Error(code=ErrorCode.TOO_FAST, message="Too fast.", conversation=HERE, retry_after=0.02)
        await line.says(busy)
        await line.hears(common.Watch)
        await line.says(watched())
        assert (await watch).is_live


async def test_an_agent_pages_back_through_history_also_over_a_reconnect() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        watch = asyncio.create_task(ana.watch(HERE))
        await line.hears(common.Watch)
        await line.says(watched(6, after=4, more=True))
        conversation = await watch
        paging = asyncio.create_task(conversation.page_back(limit=2))
        asked = await line.hears(common.GetPage)
        assert (asked.before, asked.limit) == (5, 2)
        await line.drops()
        line = await back(server, 6, after=6)
        assert await line.hears(common.GetPage) == asked
        await line.says(staff.StaffPage(conversation=HERE, events=EVENTS[2:4], more=True))
        assert await paging is True
        assert numbers(conversation) == [3, 4, 5, 6]


async def test_an_agent_unwatches_and_hears_no_more() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        conversation.unwatch()
        await line.hears(common.Unwatch)
        await line.says(event(4))
        await line.drops()
        await (await server.next_line()).hears_nothing()
        assert numbers(conversation) == [1, 2, 3]


# -- what a program is told --------------------------------------------------------------------------------------------


async def test_reading_a_conversation_begins_with_what_is_shown() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana, upto=4)
        await line.says(piece(1, "Hello "), piece(2, "Maria!"))
        await eventually(lambda: pieces_of(conversation) == 2)
        reading = asyncio.create_task(read(conversation, 6))
        await asyncio.sleep(0)
        await line.says(event(5))
        assert await reading == [*EVENTS[:4], piece(2, "Hello Maria!"), EVENTS[4]]


async def test_a_reader_that_is_left_behind_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(intervene.client.conversation, "WAITING_CHANGES", 4)
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana, upto=2)
        changes = conversation.__aiter__()
        await anext(changes)
        await line.says(*(event(n) for n in range(3, 10)))
        await eventually(lambda: conversation.state.seq == 9)
        with pytest.raises(Behind):
            async for _ in changes:
                pass


async def test_callbacks_hear_each_change_until_they_are_taken_off() -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        heard: list[Change] = []
        take_off = conversation.on(heard.append)
        await line.says(event(4), event(4), staff.Here(conversation=HERE, agents=[ANA], contact=True))
        await eventually(lambda: len(heard) == 2)
        take_off()
        await line.says(event(5))
        await eventually(lambda: conversation.state.seq == 5)
        assert [type(change) for change in heard] == [Event, staff.Here]
        assert conversation.here is heard[1]


async def test_what_a_callback_raises_ends_the_client_and_is_raised() -> None:
    async with peer() as server:
        ana = await client(server).__aenter__()
        line, conversation = await watching(server, ana)
        conversation.on(lambda _: 1 // 0)  # type: ignore[arg-type]
        await line.says(event(4))
        assert isinstance(await ana.wait_ended(), ZeroDivisionError)
        with pytest.raises(ZeroDivisionError):
            await ana.__aexit__(None, None, None)


async def test_a_history_is_bounded_and_says_when_each_change_was_shown() -> None:
    """[P7]"""
    async with peer() as server, client(server, history=3) as ana:
        line, conversation = await watching(server, ana)
        await line.says(event(4), event(5))
        await eventually(lambda: conversation.state.seq == 5)
        assert [recorded.change for recorded in conversation.history] == EVENTS[2:5]
        times = [recorded.at for recorded in conversation.history]
        assert times == sorted(times)


# -- customers ---------------------------------------------------------------------------------------------------------


def shown(upto: int, after: int = 0) -> ContactWatched:
    state = ContactState(pub=upto, holder=Party(kind="bot", name="Aria"), is_open=True)
    return ContactWatched(conversation=HERE, events=SHOWN[after:upto], state=state, more=False, reset=False)


async def test_a_customer_opens_the_conversation_also_over_a_reconnect() -> None:
    async with peer(CUSTOMER) as server, CustomerClient(server.url, server.tokens, pace=QUICK) as maria:
        line = await server.next_line()
        opening = asyncio.create_task(maria.open())
        await line.hears(Open)
        await line.drops()
        line = await server.next_line()
        await line.hears(Open)
        await line.says(OpenedConversation(conversation=HERE))
        await line.hears(common.Watch)
        await line.says(shown(3))
        assert [one.pub for one in (await opening).events] == [1, 2, 3]


async def test_a_customer_s_client_leaves_a_conversation_that_is_shown_to_go_on_in_another() -> None:
    """[R152, R63] What was said is answered there first, in case it was committed; what it refuses goes along."""
    async with peer(CUSTOMER) as server, CustomerClient(server.url, server.tokens, pace=QUICK) as maria:
        line = await server.next_line()
        watch = asyncio.create_task(maria.watch(HERE))
        await line.hears(common.Watch)
        await line.says(shown(3))
        conversation = await watch
        say = asyncio.create_task(conversation.say("Hello?"))
        said = await line.hears(ContactSay)
        there = ConversationId("c-new")
        goes_on = replace(SHOWN[3], event=ContactContinued(to=there))
        refusal = ContactError(
            code=ErrorCode.CONTINUED, message="It goes on.", id=CommandId(said.id), conversation=HERE, to=there
        )
        await line.says(goes_on)
        await eventually(lambda: len(conversation.events) == 4)
        assert HERE in maria.conversations
        await line.says(refusal)
        again = await line.hears(ContactSay)
        assert (again.id, again.conversation) == (said.id, there)
        await line.says(ContactAck(id=CommandId(said.id), conversation=there, pub=6, at=1))
        await say
        with pytest.raises(Continued):
            await conversation.say("Are you there?")

        watch = asyncio.create_task(maria.watch(HERE))
        await line.hears(common.Watch)
        await line.says(shown(3))
        quiet = await watch
        await line.says(goes_on)
        with pytest.raises(Continued) as ended:
            async for _ in quiet:
                pass
        assert ended.value.conversation == there
        assert not maria.conversations


async def test_a_customer_counts_only_what_customers_see() -> None:
    """[P6]"""
    async with peer(CUSTOMER) as server, CustomerClient(server.url, server.tokens, pace=QUICK) as maria:
        line = await server.next_line()
        watch = asyncio.create_task(maria.watch(HERE))
        await line.hears(common.Watch)
        await line.says(shown(3))
        conversation = await watch
        say = asyncio.create_task(conversation.say("Hello?"))
        said = await line.hears(ContactSay)
        await line.says(*SHOWN[3:6], ContactAck(id=CommandId(said.id), conversation=HERE, pub=6, at=1))
        await say
        assert conversation.state.holder == Party(kind="agent", name="Ana")
        await line.drops()
        watch_again = await (await server.next_line()).hears(common.Watch)
        assert watch_again.after == Position(n=6, id=SHOWN[5].id)
