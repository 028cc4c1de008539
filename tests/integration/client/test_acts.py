"""Each act of an agent and of a customer as it goes over the socket: in the epoch, and up to the number, shown."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from intervene.client import AgentConversation, CustomerClient
from intervene.core.ids import CommandId
from intervene.core.wire import common, staff
from intervene.core.wire.beginning import Begin
from intervene.core.wire.contact import AskForPerson, ContactAck, ContactState, ContactWatched, Party, Rate
from intervene.core.wire.staff import StaffTyping, TakeoverTimes
from intervene.core.wire.staff_words import Delete, Edit
from tests.integration.client.peer import CUSTOMER, OTHER, QUICK, ack, client, peer, watched, watching
from tests.kit.limits import eventually
from tests.unit.core.golden import ANA, BEN, HERE, SHOWN, STATE

ID = CommandId("made by the client")
EPOCH = STATE.epoch
ACTS: list[tuple[Callable[[AgentConversation], Awaitable[object]], staff.StaffCommand]] = [
    (lambda it: it.edit(3, "Hi"), Edit(id=ID, conversation=HERE, epoch=EPOCH, n=3, text="Hi")),
    (lambda it: it.delete(3), Delete(id=ID, conversation=HERE, epoch=EPOCH, n=3)),
    (
        lambda it: it.note("Look", ["ben"]),
        staff.AddNote(id=ID, conversation=HERE, text="Look", mentions=["ben"]),
    ),
    (lambda it: it.hand_back("aria"), staff.HandBack(id=ID, conversation=HERE, epoch=EPOCH, bot="aria")),
    (lambda it: it.release(), staff.Release(id=ID, conversation=HERE, epoch=EPOCH)),
    (
        lambda it: it.close("answered"),
        staff.CloseConversation(id=ID, conversation=HERE, epoch=EPOCH, seen=3, reason="answered"),
    ),
    (lambda it: it.reopen(), staff.Reopen(id=ID, conversation=HERE, epoch=EPOCH)),
]


@pytest.mark.parametrize(("act", "frame"), ACTS, ids=[type(frame).__name__ for _, frame in ACTS])
async def test_an_act_of_an_agent_is_one_command_and_is_answered(
    act: Callable[[AgentConversation], Awaitable[object]], frame: staff.StaffCommand
) -> None:
    """[P1]"""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        acting = asyncio.ensure_future(act(conversation))
        said = await line.hears(type(frame))
        assert replace(said, id=ID) == frame
        answer = ack(said.id, 4)
        await line.says(answer)
        assert await acting == answer


async def test_a_conversation_that_an_agent_begins_is_followed() -> None:
    async with peer() as server, client(server) as ana:
        line = await server.next_line()
        beginning = asyncio.create_task(ana.begin("clara", channel="webchat", queue="payments"))
        begin = await line.hears(Begin)
        assert (begin.contact, begin.channel, begin.queue) == ("clara", "webchat", "payments")
        await line.says(replace(ack(begin.id), conversation=OTHER))
        assert (await line.hears(common.Watch)).conversation == OTHER
        await line.says(watched(0, conversation=OTHER))
        assert (await beginning).is_live


async def test_what_passes_in_a_conversation_is_told_and_not_kept() -> None:
    """Typing; and of the times of a takeover, which grow, the last."""
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        told: list[object] = []
        conversation.on(told.append)
        typing = StaffTyping(conversation=HERE, who=BEN, epoch=1, on=True)
        first = TakeoverTimes(conversation=HERE, epoch=2, by=ANA, committed_ms=3.0)
        seen = replace(first, seen=1, seen_ms=9.0)
        await line.says(typing, first, seen)
        await eventually(lambda: told == [typing, first, seen])
        assert conversation.takeovers == {2: seen}


async def test_what_a_customer_asks_and_rates_is_one_command() -> None:
    async with peer(CUSTOMER) as server, CustomerClient(server.url, server.tokens, pace=QUICK) as maria:
        line = await server.next_line()
        watch = asyncio.create_task(maria.watch(HERE))
        await line.hears(common.Watch)
        state = ContactState(pub=3, holder=Party(kind="bot", name="Aria"), is_open=True)
        await line.says(ContactWatched(conversation=HERE, events=SHOWN[:3], state=state, more=False, reset=False))
        conversation = await watch
        asking = asyncio.create_task(conversation.ask_for_person())
        asked = await line.hears(AskForPerson)
        await line.says(ContactAck(id=CommandId(asked.id), conversation=HERE, pub=3, at=1))
        await asking
        rating = asyncio.create_task(conversation.rate(4, "Quick"))
        rated = await line.hears(Rate)
        assert (rated.score, rated.comment) == (4, "Quick")
        await line.says(ContactAck(id=CommandId(rated.id), conversation=HERE, pub=3, at=1))
        await rating
