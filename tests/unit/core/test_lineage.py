"""Whose a conversation is, what opens it again, and where it goes on: pure rules."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.access import Staff, Visitor, can_see
from intervene.core.actors import Agent, Contact, Role
from intervene.core.blocks import FOR_GOOD
from intervene.core.conversation.blocking import Block
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import Owner, decide, open_conversation
from intervene.core.conversation.joins import Continue, ContinueFrom, Identify
from intervene.core.conversation.moves import AskForPerson, Begin, Close, Open, Reopen
from intervene.core.conversation.packing import unpack
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Blocked, Busy, Continued, Forbidden, Over
from intervene.core.events import Event
from intervene.core.ids import (
    WEBCHAT,
    Address,
    AgentId,
    CommandId,
    ContactId,
    ConversationId,
    IdentityId,
    MessageId,
    QueueId,
)
from intervene.core.policy import Policy, Stored, policy_of
from intervene.core.settings import ChannelSettings, Kind, QueueSettings
from intervene.core.settings import Row as SettingRow
from intervene.core.text import message_text, piece_text
from tests.unit.core.cast import ACME, CLARA, ECHO, NOON, as_staff, as_visitor
from tests.unit.core.test_packing import row

HOUR = 3_600_000
ANNA = Agent(id=AgentId("anna"), name="Anna")
LATER = ConversationId("later")


class Told:
    """One conversation, and what is decided on it."""

    def __init__(self, policy: Policy | None = None, *, begun: bool = False) -> None:
        self.policy = policy or Policy(bot=ECHO)
        self.now = NOON
        self.latest = ""
        self.blocked_until = 0
        command = begin() if begun else _opening()
        owner = Owner.of(command.address)
        self.state: Conversation = open_conversation(command, ACME, owner, self.context).state

    @property
    def context(self) -> Context:
        self.now += 1
        latest = ConversationId(self.latest)
        return Context(
            now=self.now, nonce=f"n{self.now}-", node=None, policy=self.policy, latest=latest,
            blocked_until=self.blocked_until,
        )  # fmt: skip

    def does(self, command: Any) -> list[str]:
        """The kinds of the events that follow."""
        change = decide(self.state.next(), command, self.context)
        if change.facts:
            self.state = change.state
        return [str(fact.body.__struct_config__.tag) for fact in change.facts if isinstance(fact, Event)]

    def says(self, text: str = "hi") -> list[str]:
        id = f"k{self.now}"
        return self.does(
            ContactSay(id=CommandId(id), by=as_visitor(CLARA), message=MessageId(id), text=message_text(text))
        )

    def closes(self) -> None:
        by = as_staff(ANNA, Role.SUPERVISOR)
        self.does(Close(id=CommandId("close"), by=by, epoch=self.state.epoch, seen=self.state.seq))


def _holder(told: Told) -> str:
    return getattr(told.state.holder, "name", "")


def _opening() -> Open:
    return Open(conversation=ConversationId("c1"), contact=CLARA, address=Address(WEBCHAT, CLARA.id))


def begin(by: Staff | None = None, queue: str = "") -> Begin:
    return Begin(
        id=CommandId("b1"), by=by or as_staff(ANNA), conversation=ConversationId("c1"), contact=CLARA,
        address=Address(WEBCHAT, CLARA.id), queue=QueueId(queue),
    )  # fmt: skip


# -- what opens it again -----------------------------------------------------------------------------------------------


def test_a_customer_s_message_reopens_a_conversation_that_closed_lately() -> None:
    """[R150]"""
    told = Told()
    told.closes()
    told.now += 23 * HOUR
    assert told.says() == ["control", "message"]
    assert told.state.holder == ECHO


@pytest.mark.parametrize("asks", [False, True])
def test_what_closed_too_long_ago_is_over_for_the_customer(asks: bool) -> None:
    """[R150] Staff reopen it all the same."""
    told = Told()
    told.closes()
    told.now += 25 * HOUR
    with pytest.raises(Over):
        told.does(AskForPerson(id=CommandId("a"), by=as_visitor(CLARA))) if asks else told.says()
    assert told.does(Reopen(id=CommandId("r"), by=as_staff(ANNA), epoch=told.state.epoch)) == ["control"]


@pytest.mark.parametrize(("hours", "is_over"), [(1, True), (0, False), (100, False)])
def test_the_channel_says_how_long_a_conversation_is_reopened(hours: int, is_over: bool) -> None:
    """[R150]"""
    values = ChannelSettings(name="Web chat", reopen_hours=hours)
    setting = SettingRow(kind=Kind.CHANNEL, id=WEBCHAT, values=values)
    told = Told(policy_of(Stored(rows=(setting,)), ECHO, {ECHO.id: ECHO}))
    told.closes()
    told.now += 50 * HOUR
    if is_over:
        with pytest.raises(Over):
            told.says()
    else:
        assert told.says() == ["control", "message"]


@pytest.mark.parametrize("who", ["customer", "customer asks", "agent"])
def test_nobody_opens_a_conversation_while_the_identity_has_a_later_one(who: str) -> None:
    """[R152] [P5] And before it is over."""
    told = Told()
    told.closes()
    told.now += 100 * HOUR
    told.latest = LATER
    acts: dict[str, Callable[[], object]] = {
        "customer": told.says,
        "customer asks": lambda: told.does(AskForPerson(id=CommandId("a"), by=as_visitor(CLARA))),
        "agent": lambda: told.does(Reopen(id=CommandId("r"), by=as_staff(ANNA), epoch=told.state.epoch)),
    }
    with pytest.raises(Continued) as refused:
        acts[who]()
    assert refused.value.facts == {"to": LATER}


def test_the_latest_conversation_itself_is_reopened() -> None:
    told = Told()
    told.closes()
    told.latest = told.state.id
    assert told.says() == ["control", "message"]


# -- what an agent begins ----------------------------------------------------------------------------------------------


def test_an_agent_holds_what_they_begin_and_no_bot_takes_it_up_by_itself() -> None:
    """[R153] Not after a close either: the customer's answer waits in the queue."""
    told = Told(begun=True)
    assert _holder(told) == "Anna"
    assert (told.state.seq, told.state.epoch) == (2, 1)
    told.closes()
    assert told.says() == ["control", "message"]
    assert _holder(told) == ""
    assert told.state.waiting_since > 0
    told.closes()
    assert told.does(AskForPerson(id=CommandId("a"), by=as_visitor(CLARA))) == ["control"]
    assert _holder(told) == ""


def test_an_agent_begins_in_their_own_queues_and_a_supervisor_in_all() -> None:
    rows = (
        SettingRow(kind=Kind.QUEUE, id="q", values=QueueSettings(name="Bills")),
        SettingRow(kind=Kind.QUEUE, id="closed", values=QueueSettings(name="Closed", is_active=False)),
    )
    policy = policy_of(Stored(rows=rows), None, {})
    context = Context(now=NOON, nonce="n", node=None, policy=policy)
    owner = Owner.of(Address(WEBCHAT, CLARA.id))
    with pytest.raises(Forbidden, match="none of yours"):
        open_conversation(begin(queue="q"), ACME, owner, context)
    lead = as_staff(ANNA, Role.SUPERVISOR)
    assert open_conversation(begin(lead, "q"), ACME, owner, context).state.card.queue == "q"
    with pytest.raises(Forbidden, match="no active queue"):
        open_conversation(begin(lead, "closed"), ACME, owner, context)


def test_nothing_is_begun_beside_nodes_that_cannot_keep_it() -> None:
    context = Context(now=NOON, nonce="n", node=None, policy=Policy(), format=2)
    with pytest.raises(Busy):
        open_conversation(begin(), ACME, Owner.of(Address(WEBCHAT, CLARA.id)), context)
    other = Owner(IdentityId("i-1"), ContactId("c-1"))
    with pytest.raises(Busy):
        open_conversation(_opening(), ACME, other, context)


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_a_conversation_is_shown_to_the_identity_that_it_is_of_and_to_no_other() -> None:
    """[P6] An author's id is that of an address, whoever has it now."""
    told = Told()
    clara = Visitor(organisation=ACME, contact=CLARA)
    user = Contact(id=ContactId("u-1"), name="Clara", vouched=True)
    vera = Visitor(organisation=ACME, contact=user)
    assert [can_see(by, told.state, told.policy) for by in (clara, vera)] == [True, False]
    assert told.does(identify("u-1")) == ["identified"]
    assert [can_see(by, told.state, told.policy) for by in (clara, vera)] == [False, True]
    joined = replace(clara, identity=IdentityId("u-1"))
    elsewhere = replace(vera, address=Address("sms", "u-1"))
    assert [can_see(by, told.state, told.policy) for by in (joined, elsewhere)] == [True, False]


def test_a_conversation_of_an_identity_with_several_addresses_keeps_whose_it_is() -> None:
    owner = Owner(IdentityId("i-1"), ContactId("c-1"))
    change = open_conversation(_opening(), ACME, owner, Told().context)
    assert (change.state.identity, change.state.contact.id) == ("i-1", "c-1")
    [event, *_] = change.facts
    assert isinstance(event, Event)
    assert event.author == CLARA, "the author is the address"
    again = unpack(row(change.state))
    assert again.lineage == change.state.lineage


# -- the steps of a join -----------------------------------------------------------------------------------------------


def identify(to: str) -> Identify:
    contact = Contact(id=ContactId(to), name="Clara")
    return Identify(id=CommandId("j-1"), identity=IdentityId(to), contact=contact, vouched=True)


def test_a_step_that_is_done_again_changes_nothing() -> None:
    told = Told()
    assert told.does(identify("u-1")) == ["identified"]
    assert told.does(identify("u-1")) == []
    assert told.does(Continue(id=CommandId("j-2"), to=LATER)) == ["control", "continued"]
    assert told.does(Continue(id=CommandId("j-2"), to=LATER)) == []


def test_what_was_continued_is_closed_for_good() -> None:
    """[R152]"""
    told = Told()
    told.does(Continue(id=CommandId("j-2"), to=LATER))
    assert (told.state.is_open, told.state.lineage.next) == (False, LATER)
    with pytest.raises(Continued) as refused:
        told.says()
    assert refused.value.facts == {"to": LATER}
    with pytest.raises(Continued):
        told.does(Reopen(id=CommandId("r"), by=as_staff(ANNA), epoch=told.state.epoch))
    closed = Told()
    closed.closes()
    assert closed.does(Continue(id=CommandId("j-2"), to=LATER)) == ["continued"]


def _from(unanswered: bool) -> ContinueFrom:
    return ContinueFrom(id=CommandId("j-3"), conversation=ConversationId("c0"), unanswered=unanswered)


@pytest.mark.parametrize("place", ["bot", "agent", "nobody", "closed"])
def test_what_the_customer_asked_in_the_other_conversation_is_answered_by_a_person(place: str) -> None:
    """[P5] A closed one is reopened into its queue; a bot has not heard it."""
    told = Told(begun=place == "agent")
    if place == "nobody":
        told.does(AskForPerson(id=CommandId("a"), by=as_visitor(CLARA)))
    if place == "closed":
        told.closes()
    kinds = told.does(_from(True))
    assert kinds == (["continued_from"] if place in ("agent", "nobody") else ["control", "continued_from"])
    assert _holder(told) == ("Anna" if place == "agent" else "")
    assert told.state.is_open
    assert told.state.counters.unanswered_since > 0


def test_where_nothing_was_left_unanswered_nothing_moves() -> None:
    told = Told()
    told.closes()
    assert told.does(_from(False)) == ["continued_from"]
    assert not told.state.is_open
    assert told.state.counters.unanswered_since == 0


def test_a_join_meets_a_later_conversation() -> None:
    """[R152]"""
    told = Told()
    told.closes()
    told.latest = LATER
    with pytest.raises(Continued):
        told.does(_from(True))


# -- blocks ------------------------------------------------------------------------------------------------------------


def test_nothing_opens_a_conversation_of_who_is_in_the_list() -> None:
    """[R190] Asked under the identity's lock: the block came over HTTP, or from another conversation."""
    told = Told()
    told.closes()
    told.blocked_until = FOR_GOOD
    reopen = Reopen(id=CommandId("r"), by=as_staff(ANNA, Role.SUPERVISOR), epoch=told.state.epoch)
    acts: list[Callable[[], object]] = [
        told.says,
        partial(told.does, reopen),
        lambda: open_conversation(_opening(), ACME, Owner.of(_opening().address), told.context),
        lambda: open_conversation(begin(), ACME, Owner.of(_opening().address), told.context),
    ]
    for act in acts:
        with pytest.raises(Blocked) as refused:
            act()
        assert refused.value.facts == {"until": 0}
    told.blocked_until = told.now
    assert "message" in told.says("it is over")


def test_a_customer_is_blocked_where_they_are() -> None:
    """[R190] Not in a conversation that goes on in another one, which would stay open."""
    told = Told()
    told.latest = LATER
    by = as_staff(ANNA, Role.SUPERVISOR)
    block = Block(id=CommandId("b"), by=by, epoch=told.state.epoch, until=0, why=piece_text(""), everywhere=False)
    with pytest.raises(Continued) as refused:
        told.does(block)
    assert refused.value.facts == {"to": LATER}


def test_a_join_reopens_nothing_of_who_is_blocked() -> None:
    """[R190] And ends: it would be tried for ever."""
    told = Told()
    told.closes()
    told.blocked_until = FOR_GOOD
    assert told.does(_from(True)) == ["continued_from"]
    assert not told.state.is_open
