"""What one socket may say and when: bytes go in, what is to be done comes out."""

import json
from collections.abc import Iterator
from itertools import count
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core import features
from intervene.core.access import Principal, Staff, Visitor, may_watch, same_person
from intervene.core.actors import Agent, Bot, Contact, Role
from intervene.core.codes import CloseCode, ErrorCode, may_come_back
from intervene.core.conversation import commands
from intervene.core.errors import (
    Busy,
    Forbidden,
    InterveneError,
    NotHolder,
    OutOfOrder,
    Stale,
    StaleView,
    Taken,
    Unavailable,
)  # fmt: skip
from intervene.core.ids import AgentId, CommandId, ContactId, ConversationId, Key, MessageId, OrganisationId
from intervene.core.limits import (
    AGENT_BURST,
    AGENT_PER_SECOND,
    CONTACT_BURST,
    CONTACT_PER_SECOND,
    CONTACT_READ_BURST,
    FRAME_BYTES,
    ID_CHARS,
    OFFENCES,
    PAGE_EVENTS,
    TEXT_BYTES,
    WATCHED_BY_AGENT,
    WATCHED_BY_CONTACT,
)  # fmt: skip
from intervene.core.session import (
    Act,
    Close,
    GetPage,
    KeepRead,
    NoteSeen,
    Nothing,
    OpenMine,
    Purse,
    Send,
    Session,
    Submit,
    Unwatch,
    Verify,
    Watch,
    Whisper,
)  # fmt: skip
from intervene.core.text import message_text
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactError, ContactIn, ContactWelcome
from intervene.edge.allowances import Allowances
from tests.unit.core.play import ACME, CLARA, ECHO, Play

ANNA = Agent(id=AgentId("anna"), name="Anna")
C1 = Key(ACME, ConversationId("c1"))

as_anna = Staff(organisation=ACME, agent=ANNA, role=Role.AGENT, expires=1000.5)
as_clara = Visitor(organisation=ACME, contact=CLARA, expires=1000.5)


NOW = 1_000_000_000_000


class Peer:
    """The client of a session. Time stands still unless it waits."""

    def __init__(self, inbound: Bot | None = ECHO, purse: Purse | None = None) -> None:
        numbers: Iterator[int] = count(1)
        self.session = Session(lambda: f"m{next(numbers)}", inbound, purse or Allowances(None), "192.0.2.7")
        self.now = 100.0

    def sends(self, data: bytes) -> Act:
        return self.session.receive(data, self.now)

    def says(self, type: str, **fields: object) -> Act:
        return self.sends(json.dumps({"type": type, **fields}).encode())

    def joins(self, principal: Principal) -> "Peer":
        assert isinstance(self.says("hello", token="t"), Verify)
        assert isinstance(self.session.joined(principal, NOW), Send)
        return self


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def anna(peer: Peer) -> Peer:
    return peer.joins(as_anna)


@pytest.fixture
def clara() -> Peer:
    return Peer().joins(as_clara)


def error(act: Act) -> staff.Error | ContactError:
    assert isinstance(act, Send), act
    assert isinstance(act.frame, staff.Error | ContactError), act.frame
    return act.frame


def is_alive(peer: Peer) -> bool:
    return peer.says("ping") == Send(common.Pong())


# -- hello -------------------------------------------------------------------------------------------------------------


def test_the_first_frame_is_hello_and_its_token_is_verified(peer: Peer) -> None:
    assert peer.says("hello", token="abc", client="test 1.0") == Verify("abc", is_refresh=False)
    assert peer.session.principal is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"ping"}',
        b'{"type":"watch","conversation":"c1"}',
        b'{"type":"refresh","token":"t"}',
        b'{"type":"hello"}',
        b'{"type":"hello","token":7}',
        b'{"type":"hello","token":"t","role":"supervisor"}',
        b'{"type":"hello","token":"' + b"t" * 8193 + b'"}',
        b"[" * 10_000,
        b"hello",
        b"",
        b"\xff\xfe",
        b'{"type":"hello","token":"\\ud83d"}',
    ],
)
def test_whatever_else_comes_first_closes_the_session_for_good(peer: Peer, data: bytes) -> None:
    act = peer.sends(data)
    assert act == Close(CloseCode.BAD_HELLO, "the first frame must be hello")
    assert not may_come_back(CloseCode.BAD_HELLO)


def test_who_does_not_wait_for_the_welcome_is_closed(peer: Peer) -> None:
    """[P7] One token is verified at a time: a second hello, or a command, before the answer to the first."""
    for early in ("hello", "say"):
        peer = Peer()
        peer.says("hello", token="t")
        act = peer.says(early, token="t")
        assert act == Close(CloseCode.BAD_HELLO, "wait for welcome")


def test_an_agent_is_welcomed_with_what_the_token_says(peer: Peer) -> None:
    peer.says("hello", token="t")
    act = peer.session.joined(as_anna, NOW)
    assert isinstance(act, Send)
    assert act.frame == staff.StaffWelcome(
        agent=ANNA, role=Role.AGENT, expires=1_000_500, ping_seconds=20.0, features=list(features.STAFF), now=NOW
    )
    assert peer.session.is_staff


def test_a_customer_is_welcomed_with_their_name_and_nothing_of_the_staff(peer: Peer) -> None:
    """[P6]"""
    peer.says("hello", token="t")
    act = peer.session.joined(as_clara, NOW)
    assert act == Send(
        ContactWelcome(name="Clara", expires=1_000_500, ping_seconds=20.0, features=list(features.CONTACT), now=NOW)
    )
    assert not peer.session.is_staff


def test_a_second_hello_in_a_session_is_a_bad_frame(anna: Peer) -> None:
    assert error(anna.says("hello", token="t")).code is ErrorCode.BAD_FRAME
    assert is_alive(anna)


def test_a_token_that_has_expired_and_one_that_is_wrong_are_told_apart(peer: Peer) -> None:
    """The client gets a new token for the one and stops at the other."""
    expired = peer.session.refused("the token has expired", is_final=False)
    wrong = peer.session.refused("the token is not valid here", is_final=True)
    assert isinstance(expired, Close)
    assert isinstance(wrong, Close)
    assert (expired.code, may_come_back(expired.code)) == (CloseCode.TOKEN_EXPIRED, True)
    assert (wrong.code, may_come_back(wrong.code)) == (CloseCode.BAD_TOKEN, False)


# -- refresh -----------------------------------------------------------------------------------------------------------


def test_a_token_is_refreshed_for_the_same_person(anna: Peer) -> None:
    """Rights and end are the new token's."""
    assert anna.says("refresh", token="new") == Verify("new", is_refresh=True)
    promoted = Staff(organisation=ACME, agent=ANNA, role=Role.SUPERVISOR, expires=2000.0)
    assert anna.session.refreshed(promoted) == Send(common.Refreshed(expires=2_000_000))
    assert anna.session.principal == promoted
    act = anna.says("intervene", id="k", conversation="c1", epoch=1)
    assert isinstance(act, Submit)
    assert act.command == commands.Intervene(id=CommandId("k"), author=ANNA, role=Role.SUPERVISOR, epoch=1)


OTHERS: list[Principal] = [
    Staff(organisation=ACME, agent=Agent(id=AgentId("ben"), name="Anna"), role=Role.AGENT, expires=2000.0),
    Staff(organisation=OrganisationId("evil"), agent=ANNA, role=Role.AGENT, expires=2000.0),
    Visitor(organisation=ACME, contact=Contact(id=ContactId("anna"), name="Anna"), expires=2000.0),
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_token_of_another_person_closes_the_session(anna: Peer, other: Principal) -> None:
    """[P6] Tokens never change who a socket is."""
    anna.says("refresh", token="new")
    act = anna.session.refreshed(other)
    assert isinstance(act, Close)
    assert act.code is CloseCode.BAD_TOKEN
    assert anna.session.principal == as_anna
    assert not same_person(other, as_anna)


def test_a_refresh_that_overtakes_the_welcome_closes_the_session(peer: Peer) -> None:
    peer.says("hello", token="t")
    assert isinstance(peer.session.refreshed(as_anna), Close)


def test_a_customer_s_token_is_for_one_customer_of_one_organisation() -> None:
    """[P6]"""
    newer = Visitor(organisation=ACME, contact=Contact(id=CLARA.id, name="Clara Berg"), expires=2000.0)
    assert same_person(as_clara, newer)
    assert not same_person(as_clara, Visitor(organisation=OrganisationId("evil"), contact=CLARA, expires=2000.0))
    assert not same_person(
        as_clara, Visitor(organisation=ACME, contact=Contact(id=ContactId("c"), name="Clara"), expires=2000.0)
    )


def test_staff_may_watch_what_is_their_organisation_s_and_a_customer_what_is_theirs() -> None:
    """[P6]"""
    state = Play().state
    assert may_watch(as_anna, state)
    assert may_watch(as_clara, state)
    evil = OrganisationId("evil")
    assert not may_watch(Staff(organisation=evil, agent=ANNA, role=Role.SUPERVISOR, expires=2000.0), state)
    assert not may_watch(Visitor(organisation=evil, contact=CLARA, expires=2000.0), state)
    assert not may_watch(
        Visitor(organisation=ACME, contact=Contact(id=ContactId("mallory"), name="Clara"), expires=2000.0), state
    )


# -- commands ----------------------------------------------------------------------------------------------------------

K, M = CommandId("k1"), MessageId("m1")
SUPERVISOR = Role.SUPERVISOR


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        (
            {"type": "say", "text": "hi", "epoch": 2, "seen": 3, "confirmed": True},
            commands.AgentSay(id=K, author=ANNA, message=M, text=message_text("hi"), epoch=2, seen=3, confirmed=True),
        ),
        ({"type": "add_note", "text": "hm"}, commands.AddNote(id=K, author=ANNA, message=M, text=message_text("hm"))),
        ({"type": "intervene", "epoch": 2}, commands.Intervene(id=K, author=ANNA, role=SUPERVISOR, epoch=2)),
        ({"type": "hand_back", "epoch": 2}, commands.HandBack(id=K, author=ANNA, bot=ECHO, epoch=2)),
        ({"type": "hand_back", "epoch": 2, "bot": "echo"}, commands.HandBack(id=K, author=ANNA, bot=ECHO, epoch=2)),
        ({"type": "release", "epoch": 2}, commands.Release(id=K, author=ANNA, epoch=2)),
        (
            {"type": "close", "epoch": 2, "seen": 3},
            commands.Close(id=K, author=ANNA, role=SUPERVISOR, epoch=2, seen=3),
        ),
        ({"type": "reopen", "epoch": 2}, commands.Reopen(id=K, author=ANNA, role=SUPERVISOR, epoch=2)),
    ],
)
def test_what_an_agent_sends_becomes_a_command_in_their_name(
    peer: Peer, frame: dict[str, object], command: commands.Command
) -> None:
    """The author, the role and the organisation are the token's, never the frame's."""
    peer.joins(Staff(organisation=ACME, agent=ANNA, role=SUPERVISOR, expires=1000.0))
    data = json.dumps({"id": "k1", "conversation": "c1", **frame}).encode()
    assert peer.sends(data) == Submit(C1, command)


def test_what_a_customer_sends_becomes_a_command_in_their_name(clara: Peer) -> None:
    say = clara.says("say", id="k1", conversation="c1", text="hi")
    assert say == Submit(C1, commands.ContactSay(id=K, author=CLARA, message=M, text=message_text("hi")))
    ask = clara.says("ask_for_person", id="k2", conversation="c1")
    assert ask == Submit(C1, commands.AskForPerson(id=CommandId("k2"), author=CLARA))
    assert clara.says("open") == OpenMine()


def test_every_message_gets_an_id_of_its_own_whatever_the_command_s_id(clara: Peer) -> None:
    made = [clara.says("say", id="same", conversation="c1", text="hi") for _ in range(3)]
    ids = {act.command.message for act in made if isinstance(act, Submit) and hasattr(act.command, "message")}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "add_note", "text": "hm"},
        {"type": "intervene", "epoch": 1},
        {"type": "hand_back", "epoch": 1},
        {"type": "release", "epoch": 1},
        {"type": "close", "epoch": 1, "seen": 1},
        {"type": "reopen", "epoch": 1},
        {"type": "say", "text": "hi", "epoch": 1, "seen": 1},
    ],
)
def test_a_customer_cannot_say_what_agents_say(clara: Peer, frame: dict[str, object]) -> None:
    """[P6] The unions are two; not even the names of agents' frames are known to a customer's."""
    data = json.dumps({"id": "k1", "conversation": "c1", **frame}).encode()
    assert error(clara.sends(data)).code is ErrorCode.BAD_FRAME
    assert is_alive(clara)


@pytest.mark.parametrize("frame", [{"type": "open"}, {"type": "ask_for_person", "id": "k", "conversation": "c1"}])
def test_an_agent_cannot_say_what_customers_say(anna: Peer, frame: dict[str, object]) -> None:
    assert error(anna.sends(json.dumps(frame).encode())).code is ErrorCode.BAD_FRAME


def test_an_agent_hands_back_to_a_bot_that_is_there(anna: Peer) -> None:
    refused = error(anna.says("hand_back", id="k1", conversation="c1", epoch=2, bot="other"))
    assert (refused.code, refused.id, refused.conversation) == (ErrorCode.FORBIDDEN, "k1", "c1")
    nobody = Peer(inbound=None).joins(as_anna)
    assert error(nobody.says("hand_back", id="k1", conversation="c1", epoch=2)).code is ErrorCode.FORBIDDEN


def test_a_conversation_is_looked_for_in_the_sender_s_own_organisation(peer: Peer) -> None:
    """[P6] A guessed id of another organisation simply misses."""
    peer.joins(Staff(organisation=OrganisationId("evil"), agent=ANNA, role=Role.AGENT, expires=1000.0))
    key = Key(OrganisationId("evil"), ConversationId("c1"))
    assert peer.says("watch", conversation="c1") == Watch(key, None)
    assert peer.says("get_page", conversation="c1", before=3) == GetPage(key, 3, 50)
    act = peer.says("intervene", id="k", conversation="c1", epoch=1)
    assert isinstance(act, Submit)
    assert act.key == key


# -- watching ----------------------------------------------------------------------------------------------------------


def test_a_session_watches_and_unwatches(anna: Peer) -> None:
    position = {"n": 7, "id": "e7"}
    assert anna.says("watch", conversation="c1") == Watch(C1, None)
    assert anna.says("watch", conversation="c1", after=position) == Watch(C1, common.Position(n=7, id="e7"))
    assert list(anna.session.watched) == [C1]
    assert anna.says("unwatch", conversation="c1") == Unwatch(C1)
    assert not anna.session.watched
    assert anna.says("unwatch", conversation="c1") == Unwatch(C1)


@pytest.mark.parametrize(("principal", "most"), [(as_anna, WATCHED_BY_AGENT), (as_clara, WATCHED_BY_CONTACT)])
def test_a_session_watches_so_many_conversations_and_no_more(peer: Peer, principal: Principal, most: int) -> None:
    """[P7]"""
    peer.joins(principal)
    for n in range(most):
        peer.now += 1
        assert isinstance(peer.says("watch", conversation=f"c{n}"), Watch)
    peer.now += 1
    refused = error(peer.says("watch", conversation="one-more"))
    assert (refused.code, refused.conversation) == (ErrorCode.TOO_MANY, "one-more")
    assert len(peer.session.watched) == most
    assert isinstance(peer.says("watch", conversation="c0"), Watch), "what is watched may be resumed"
    peer.says("unwatch", conversation="c0")
    assert isinstance(peer.says("watch", conversation="one-more"), Watch)


def test_a_watch_that_came_to_nothing_does_not_count(clara: Peer) -> None:
    """The edge says so: there is no such conversation."""
    clara.says("watch", conversation="c1")
    clara.session.unwatched(C1)
    assert clara.session.watched == ()


@pytest.mark.parametrize(
    ("frame", "act"),
    [
        ({"type": "set_typing", "on": True}, Whisper(C1, True)),
        ({"type": "set_read", "n": 4}, KeepRead(C1, 4)),
        ({"type": "seen", "n": 4}, NoteSeen(C1, 4)),
    ],
)
@pytest.mark.parametrize("principal", [as_anna, as_clara])
def test_what_is_sent_beside_the_log_counts_only_of_a_session_that_was_shown_the_conversation(
    peer: Peer, principal: Principal, frame: dict[str, object], act: Act
) -> None:
    """[P6] Asking to watch is no permission. Of others these frames are dropped, without a word on whether the
    conversation exists."""
    peer.joins(principal)
    data = json.dumps({"conversation": "c1", **frame}).encode()
    assert peer.sends(data) == Nothing()
    peer.says("watch", conversation="c1")
    assert peer.sends(data) == Nothing()
    peer.session.shown(C1)
    assert peer.sends(data) == act
    peer.says("watch", conversation="c1")
    assert peer.sends(data) == act, "watching again takes nothing back"
    peer.says("unwatch", conversation="c1")
    assert peer.sends(data) == Nothing()
    peer.says("watch", conversation="c1")
    assert peer.sends(data) == Nothing(), "what was shown before does not count again"


def test_a_page_that_comes_after_the_session_has_unwatched_permits_nothing(clara: Peer) -> None:
    """[P6]"""
    clara.says("watch", conversation="c1")
    clara.says("unwatch", conversation="c1")
    clara.session.shown(C1)
    clara.says("watch", conversation="c1")
    assert clara.says("set_typing", conversation="c1", on=True) == Nothing()


@given(st.lists(st.tuples(st.sampled_from(["watch", "unwatch", "shown", "missed"]), st.integers(1, 4))))
def test_permission_is_exactly_what_was_shown_and_is_still_watched(steps: list[tuple[str, int]]) -> None:
    """[P6] In whatever order requests, pages and refusals come."""
    anna = Peer().joins(as_anna)
    asked: set[int] = set()
    shown: set[int] = set()
    for step, number in steps:
        key = Key(ACME, ConversationId(f"c{number}"))
        anna.now += 1
        match step:
            case "shown":
                anna.session.shown(key)
                shown |= asked & {number}
            case "missed":
                anna.session.unwatched(key)
            case _:
                anna.says(step, conversation=f"c{number}")
        if step == "watch":
            asked.add(number)
        elif step != "shown":
            asked.discard(number)
            shown.discard(number)
        for other in range(1, 5):
            act = anna.says("seen", conversation=f"c{other}", n=1)
            assert isinstance(act, NoteSeen) == (other in shown)


def test_a_session_that_refuses_what_breaks_a_rule_elsewhere_counts_it_as_an_offence(clara: Peer) -> None:
    """[P7] The edge finds numbers that no event has."""
    for _ in range(OFFENCES):
        assert error(clara.session.refuse(OutOfOrder("No."), conversation="c1")).code is ErrorCode.OUT_OF_ORDER
    assert isinstance(clara.session.refuse(OutOfOrder("No."), conversation="c1"), Close)


# -- limits ------------------------------------------------------------------------------------------------------------


def says(peer: Peer) -> Act:
    if peer.session.is_staff:
        return peer.says("add_note", id="k1", conversation="c1", text="hm")
    return peer.says("say", id="k1", conversation="c1", text="hi")


@pytest.mark.parametrize(
    ("principal", "burst", "rate"),
    [(as_anna, AGENT_BURST, AGENT_PER_SECOND), (as_clara, CONTACT_BURST, CONTACT_PER_SECOND)],
)
def test_who_is_too_fast_is_told_when_to_try_again(peer: Peer, principal: Principal, burst: int, rate: float) -> None:
    """[P7]"""
    peer.joins(principal)
    for _ in range(burst):
        assert isinstance(says(peer), Submit)
    refused = error(says(peer))
    assert (refused.code, refused.id, refused.conversation) == (ErrorCode.TOO_FAST, "k1", "c1")
    assert refused.retry_after == pytest.approx(1 / rate)
    peer.now += refused.retry_after + 1e-6
    assert isinstance(says(peer), Submit)
    assert error(says(peer)).code is ErrorCode.TOO_FAST


@pytest.mark.parametrize("what", ["watch", "get_page", "open", "refresh"])
def test_whatever_costs_a_read_is_counted(clara: Peer, what: str) -> None:
    """[P7]"""
    fields: dict[str, object] = {"conversation": "c1"} if what in ("watch", "get_page") else {}
    if what == "refresh":
        fields["token"] = "t"
    if what == "get_page":
        fields["before"] = 9
    for _ in range(CONTACT_READ_BURST):
        assert not isinstance(clara.says(what, **fields), Send)
    assert isinstance(says(clara), Submit), "messages are counted apart"
    refused = error(clara.says(what, **fields))
    assert (refused.code, refused.conversation) == (ErrorCode.TOO_FAST, fields.get("conversation", ""))


def test_all_sessions_of_a_person_spend_from_one_purse() -> None:
    """[P7] Neither many sessions nor coming back gives more."""
    purse = Allowances(None)
    peers = [Peer(purse=purse).joins(as_clara) for _ in range(4)]
    for number in range(CONTACT_BURST):
        assert isinstance(says(peers[number % 4]), Submit)
    for peer in (*peers, Peer(purse=purse).joins(as_clara)):
        assert error(says(peer)).code is ErrorCode.TOO_FAST
    assert isinstance(says(Peer(purse=purse).joins(as_anna)), Submit)


def test_who_goes_on_too_fast_is_closed_and_may_come_back(clara: Peer) -> None:
    """[P7]"""
    for _ in range(CONTACT_BURST):
        says(clara)
    for _ in range(OFFENCES):
        assert error(says(clara)).code is ErrorCode.TOO_FAST
    act = says(clara)
    assert isinstance(act, Close)
    assert act.code is CloseCode.TOO_FAST
    assert may_come_back(act.code)


def test_who_sends_one_bad_frame_after_another_is_closed(anna: Peer) -> None:
    """[P7]"""
    for _ in range(OFFENCES):
        assert error(anna.sends(b"{}")).code is ErrorCode.BAD_FRAME
    assert isinstance(anna.sends(b"{}"), Close)


def test_offences_are_forgotten_after_a_good_frame(clara: Peer) -> None:
    for _ in range(3):
        for _ in range(OFFENCES):
            clara.sends(b"{}")
        clara.now += 1
        assert isinstance(says(clara), Submit)
    assert error(clara.sends(b"{}")).code is ErrorCode.BAD_FRAME


def test_pings_do_not_make_offences_forgotten(clara: Peer) -> None:
    """[P7] Nor do they cost anything."""
    for _ in range(OFFENCES):
        clara.sends(b"{}")
        assert is_alive(clara)
    assert isinstance(clara.sends(b"{}"), Close)


def test_a_session_s_bucket_is_not_filled_by_a_new_token(clara: Peer) -> None:
    """[P7]"""
    for _ in range(CONTACT_BURST):
        says(clara)
    clara.says("refresh", token="new")
    clara.session.refreshed(as_clara)
    assert error(says(clara)).code is ErrorCode.TOO_FAST


# -- errors ------------------------------------------------------------------------------------------------------------

PROBLEMS: list[InterveneError] = [
    Taken("Anna holds control.", by=ANNA, at=5, epoch=3),
    Stale("Control changed.", holder=ANNA, epoch=3),
    StaleView("The customer wrote since.", asked=17),
    NotHolder("You do not hold control.", holder=ANNA, epoch=3),
    Forbidden("No.", move="release", place="agent"),
    Busy("Busy.", retry_after=1.5),
    Unavailable("The log did not answer."),
]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_staff_are_told_the_facts_of_an_error(anna: Peer, problem: InterveneError) -> None:
    """[P3] A loser learns who won and when."""
    told = anna.session.error(problem, id="k1", conversation="c1")
    assert isinstance(told, staff.Error)
    assert (told.code, told.message, told.id, told.conversation) == (problem.code, problem.sentence, "k1", "c1")
    for name, fact in problem.facts.items():
        assert getattr(told, name) == fact


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_customer_is_told_no_fact_of_the_staff(clara: Peer, problem: InterveneError) -> None:
    """[P6] Only the sentence and when to retry."""
    told = clara.session.error(problem, id="k1", conversation="c1")
    assert isinstance(told, ContactError)
    assert {name for name in told.__struct_fields__ if name in problem.facts} <= {"retry_after"}
    assert told.retry_after == problem.facts.get("retry_after", 0.0)
    assert (told.code, told.message, told.id, told.conversation) == (problem.code, problem.sentence, "k1", "c1")


# -- bad input ---------------------------------------------------------------------------------------------------------

SAY = b'{"type":"say","id":"k1","conversation":"c1","text":"hi"}'
BAD_FRAMES = {
    "nothing": b"",
    "not JSON": b"hi there",
    "half of a frame": SAY[:-1],
    "two frames": SAY + SAY,
    "not UTF-8": SAY.replace(b"hi", b"\xff\xfe"),
    "a surrogate as UTF-8": SAY.replace(b"hi", b"\xed\xa0\x80"),
    "a number": b"7",
    "a list": b"[" + SAY + b"]",
    "null": b"null",
    "no type": SAY.replace(b'"type":"say",', b""),
    "an unknown type": SAY.replace(b'"say"', b'"shout"'),
    "a type that is no text": SAY.replace(b'"say"', b"7"),
    "an unknown field": SAY.replace(b"{", b'{"author":"anna",'),
    "a field of the other side": SAY.replace(b"{", b'{"epoch":1,'),
    "a missing field": SAY.replace(b'"text":"hi"', b'"id":"k1"'),
    "a wrong type": SAY.replace(b'"hi"', b"7"),
    "null for text": SAY.replace(b'"hi"', b"null"),
    "an empty id": SAY.replace(b'"k1"', b'""'),
    "an id that is too long": SAY.replace(b"k1", b"k" * (ID_CHARS + 1)),
    "an id with a line break": SAY.replace(b"k1", b"k1\\n"),
    "an id with a space": SAY.replace(b"k1", b"k 1"),
    "an id with NUL": SAY.replace(b"k1", b"k\\u0000"),
    "an id that is not ASCII": SAY.replace(b"k1", "ké".encode()),
    "a conversation that is too long": SAY.replace(b"c1", b"c" * (ID_CHARS + 1)),
    "33 levels": SAY.replace(b'"hi"', b"[" * 32 + b"]" * 32),
    "10,000 levels": SAY.replace(b'"hi"', b"[" * 10_000),
    "10,000 levels of objects": SAY.replace(b'"hi"', b'{"a":' * 10_000),
    "a frame that is too long": SAY + b" " * FRAME_BYTES,
    "a negative number": b'{"type":"get_page","conversation":"c1","before":-1}',
    "a number that is too large": b'{"type":"get_page","conversation":"c1","before":9007199254740993}',
    "a number that is huge": b'{"type":"get_page","conversation":"c1","before":1e999}',
    "a fraction": b'{"type":"get_page","conversation":"c1","before":1.5}',
    "true for a number": b'{"type":"get_page","conversation":"c1","before":true}',
    "a page that is too long": b'{"type":"get_page","conversation":"c1","before":1,"limit":%d}' % (PAGE_EVENTS + 1),
    "an empty page": b'{"type":"get_page","conversation":"c1","before":1,"limit":0}',
    "an unknown field in a position": b'{"type":"watch","conversation":"c1","after":{"n":1,"id":"e","seq":1}}',
    "a position without an id": b'{"type":"watch","conversation":"c1","after":{"n":1}}',
}
BAD_TEXTS = {
    "empty": b"",
    "blank": b" \\n\\u2003",
    "NUL": b"a\\u0000b",
    "too long": b"a" * (TEXT_BYTES + 1),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
@pytest.mark.parametrize("principal", [as_anna, as_clara])
def test_a_bad_frame_gets_its_error_and_the_session_goes_on(peer: Peer, principal: Principal, what: str) -> None:
    """[P7] With a sentence that says what is wrong."""
    peer.joins(principal)
    told = error(peer.sends(BAD_FRAMES[what]))
    assert told.code is ErrorCode.BAD_FRAME
    assert told.message.endswith(".")
    assert "Traceback" not in told.message
    assert is_alive(peer)


@pytest.mark.parametrize("what", BAD_TEXTS)
def test_a_bad_text_gets_its_error_and_the_session_goes_on(clara: Peer, what: str) -> None:
    """[P7]"""
    told = error(clara.sends(SAY.replace(b"hi", BAD_TEXTS[what])))
    assert (told.code, told.id, told.conversation) == (ErrorCode.BAD_TEXT, "k1", "c1")
    assert isinstance(clara.sends(SAY), Submit)


def test_brackets_in_a_text_are_no_nesting(clara: Peer) -> None:
    text = '[{"\\' * 1000 + '"' * 10 + "[" * 1000
    act = clara.says("say", id="k1", conversation="c1", text=text)
    assert isinstance(act, Submit)
    assert isinstance(act.command, commands.ContactSay)
    assert act.command.text == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
types = st.sampled_from(
    [member.__struct_config__.tag for member in (*get_args(staff.StaffIn), *get_args(ContactIn), common.Hello)]
)
fields = {name for member in get_args(staff.StaffIn) for name in member.__struct_fields__}
names = st.sampled_from([*sorted(fields), "other"])
ids = st.sampled_from(["k1", "c1", "", "é"])
almost_frames = st.builds(
    lambda type, fields: json.dumps({"type": type, **fields}).encode(),
    types,
    st.dictionaries(names, ids | st.integers(-1, 3) | json_values, max_size=6),
)


@settings(deadline=None)
@given(
    principal=st.sampled_from([as_anna, as_clara, None]),
    sent=st.lists(st.binary(max_size=50) | json_values.map(lambda v: json.dumps(v).encode()) | almost_frames),
)
def test_whatever_is_sent_something_sensible_is_done(principal: Principal | None, sent: list[bytes]) -> None:
    """[P7] No exception leaves the session, and a stranger gets no further than hello."""
    peer = Peer()
    if principal:
        peer.joins(principal)
    for data in sent:
        act = peer.sends(data)
        if principal is None:
            assert isinstance(act, Verify | Close)
        if isinstance(act, Submit) and isinstance(principal, Visitor):
            assert isinstance(act.command, commands.ContactSay | commands.AskForPerson)
        if isinstance(act, Submit):
            assert act.key.organisation == ACME
        if isinstance(act, Close):
            return
        peer.now += 1
