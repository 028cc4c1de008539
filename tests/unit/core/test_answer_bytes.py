"""[P7] What an answer can have at most: one event always fits, and no frame is larger than `MOST_FRAME_BYTES`."""

import msgspec
import pytest
from msgspec.structs import astuple

from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.packing import pack
from intervene.core.conversation.state import Control, Conversation, Counters, Run, Running, Stream
from intervene.core.events import Event, Message, Opened, Piece
from intervene.core.ids import (
    AgentId,
    BotId,
    CommandId,
    ContactId,
    ConversationId,
    EventId,
    MessageId,
    NodeId,
    OrganisationId,
)
from intervene.core.limits import (
    ANSWER_BYTES,
    BACKLOG_BYTES,
    CURSOR_BYTES,
    EVENT_MARGIN,
    ID_CHARS,
    MOST_FRAME_BYTES,
    NAME_CHARS,
    PAGE_EVENTS,
    PERSON_CHARS,
    REPLY_BYTES,
    TEXT_BYTES,
)  # fmt: skip
from intervene.core.wire import framing, staff, views
from intervene.edge.http import lists
from intervene.ports.log import Snapshot
from tests.unit.core.golden import EVENTS

NAME = "\U0001f600" * NAME_CHARS
ID = "~" * ID_CHARS
PERSON = "\U0001f600" * PERSON_CHARS
ANA, ARIA = Agent(id=AgentId(PERSON), name=NAME), Bot(id=BotId(ID), name=NAME)
MARIA = Contact(id=ContactId(PERSON), name=NAME)
CONVERSATION = ConversationId(ID)
WORST = {
    "control characters": "\x01",
    "quotes": '"',
    "characters of two bytes": "\x7f\x80",
    "characters of four bytes": "\U0001f600",
}
"""What grows when it is encoded, or is large by itself."""


def largest(text: str, seq: int = 2**53) -> Event:
    return Event(
        seq=seq, pub=seq, id=EventId(ID), at=2**53, epoch=2**53, author=ARIA,
        body=Message(message=MessageId(ID), text=text, interrupted=True), command=CommandId(ID), turn=2**53,
    )  # fmt: skip


def filled(worst: str, size: int) -> str:
    return worst * (size // len(worst.encode()))


@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
def test_the_largest_event_fits_into_an_answer(worst: str) -> None:
    """[P5] So paging and resuming always go on."""
    assert len(framing.encode_event(largest(filled(worst, REPLY_BYTES)))) + EVENT_MARGIN < ANSWER_BYTES


def test_a_frame_adds_no_more_to_an_event_than_is_counted() -> None:
    """Neither for staff nor for customers, whose projection is another one than what the log has."""
    for event in [*EVENTS, largest("x")]:
        stored = len(framing.encode_event(event))
        shown, _ = framing.encode_facts(CONVERSATION, [event])
        assert len(shown.staff) <= stored + EVENT_MARGIN, event
        assert len(shown.contacts) <= stored + EVENT_MARGIN, event


@pytest.mark.parametrize("is_staff", [True, False])
@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
def test_no_answer_is_larger_than_a_frame_may_be(is_staff: bool, worst: str) -> None:
    """As many events as fit, the longest open reply, the longest names."""
    one = largest(filled(worst, TEXT_BYTES))
    count = min(PAGE_EVENTS, ANSWER_BYTES // (len(framing.encode_event(one)) + EVENT_MARGIN))
    stream = Stream(message=MessageId(ID), pieces=2**31, size=REPLY_BYTES)
    run = Run(turn=Running(node=NodeId(ID), number=1, stream=stream), answered=0)
    state = Conversation(
        organisation=OrganisationId(ID), id=CONVERSATION, contact=MARIA, channel="webchat",
        control=Control(epoch=2**53, holder=ARIA), counters=Counters(version=2**53, seq=2**53, pub=2**53), run=run,
    )  # fmt: skip
    pieces = (Piece(message=MessageId(ID), n=1, text=filled(worst, REPLY_BYTES)),)
    snapshot = Snapshot(state=state, pieces=pieces, events=(one,) * count, more=True, reset=True)
    watched = framing.encode(views.watched(is_staff, snapshot, reset=True))
    page = framing.encode(views.page(is_staff, snapshot))
    assert len(page) < len(watched) < MOST_FRAME_BYTES
    assert 2 * MOST_FRAME_BYTES <= BACKLOG_BYTES, "a socket that is a little behind can be answered"


def test_the_smallest_events_of_a_page_fit_too() -> None:
    """[P7] 500 of them, and the list around them."""
    small = Event(seq=1, id=EventId("e"), at=1, epoch=0, author=MARIA, body=Opened(contact=MARIA, channel="webchat"))
    events = [small] * PAGE_EVENTS
    page = msgspec.json.encode(staff.StaffPage(conversation=CONVERSATION, events=events, more=True))
    counted = PAGE_EVENTS * (len(framing.encode_event(small)) + EVENT_MARGIN)
    assert len(page) <= counted


def test_a_list_of_conversations_fits_too() -> None:
    """[P7] By its number: what a line has is bounded, and so is what is read for it."""
    turn = Running(node=NodeId(ID), number=2**53, finished=ID)
    run = Run(turn=turn, answered=2**53, ended=2**53, cursor=filled("\x01", CURSOR_BYTES), due=2**53)
    state = Conversation(
        organisation=OrganisationId(ID), id=CONVERSATION, contact=MARIA, channel="webchat",
        control=Control(epoch=2**53, holder=ARIA, held_since=2**53),
        counters=Counters(version=2**53, seq=2**53, pub=2**53, asked=2**53, answered=2**53, last_at=2**53), run=run,
    )  # fmt: skip
    lines = lists.Conversations(items=[views.row(state)] * lists.LISTED, read={CONVERSATION: 2**53})
    assert len(msgspec.json.encode(lines)) < ANSWER_BYTES
    assert sum(len(column or b"") for column in astuple(pack(state))) * lists.LISTED < 2 * ANSWER_BYTES
