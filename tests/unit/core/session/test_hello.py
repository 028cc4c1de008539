"""How a session begins, and goes on with a newer token."""

import pytest

from intervene.core import features
from intervene.core.access import Principal, Staff, Visitor, can_see, same_person
from intervene.core.actors import Agent, Contact, Role
from intervene.core.codes import CloseCode, ErrorCode, may_come_back
from intervene.core.conversation import moves
from intervene.core.ids import AgentId, CommandId, ContactId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.session import (
    Close,
    Send,
    Submit,
    Verify,
)
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactWelcome
from tests.unit.core.cast import ACME, CLARA
from tests.unit.core.play import Play
from tests.unit.core.session.peer import ANNA, EXPIRES, NOW, Peer, as_anna, as_clara, error, is_alive


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
    act = peer.session.joined(as_anna, EXPIRES, NOW)
    assert isinstance(act, Send)
    assert act.frame == staff.StaffWelcome(
        agent=ANNA, role=Role.AGENT, expires=1_000_500, ping_seconds=20.0, features=list(features.STAFF), now=NOW
    )
    assert peer.session.is_staff


def test_a_customer_is_welcomed_with_their_name_and_nothing_of_the_staff(peer: Peer) -> None:
    """[P6]"""
    peer.says("hello", token="t")
    act = peer.session.joined(as_clara, EXPIRES, NOW)
    assert act == Send(
        ContactWelcome(name="Clara", expires=1_000_500, ping_seconds=20.0, features=list(features.CONTACT), now=NOW)
    )
    assert not peer.session.is_staff


def test_a_second_hello_in_a_session_is_a_bad_frame(anna: Peer) -> None:
    assert error(anna.says("hello", token="t")).code is ErrorCode.BAD_FRAME
    assert is_alive(anna)


def test_a_token_that_has_expired_and_one_that_is_wrong_are_told_apart(peer: Peer) -> None:
    """The client gets a new token for the one and stops at the other."""
    expired = peer.session.refused("the token has expired", CloseCode.TOKEN_EXPIRED)
    wrong = peer.session.refused("the token is not valid here", CloseCode.BAD_TOKEN)
    assert isinstance(expired, Close)
    assert isinstance(wrong, Close)
    assert (expired.code, may_come_back(expired.code)) == (CloseCode.TOKEN_EXPIRED, True)
    assert (wrong.code, may_come_back(wrong.code)) == (CloseCode.BAD_TOKEN, False)


def test_a_token_is_refreshed_for_the_same_person(anna: Peer) -> None:
    """Rights and end are the new token's."""
    assert anna.says("refresh", token="new") == Verify("new", is_refresh=True)
    promoted = Staff(organisation=ACME, agent=ANNA, role=Role.SUPERVISOR)
    assert anna.session.refreshed(promoted, 2000.0) == Send(common.Refreshed(expires=2_000_000))
    assert anna.session.principal == promoted
    act = anna.says("intervene", id="k", conversation="c1", epoch=1)
    assert isinstance(act, Submit)
    assert act.command == moves.Intervene(id=CommandId("k"), by=promoted, epoch=1)


OTHERS: list[Principal] = [
    Staff(organisation=ACME, agent=Agent(id=AgentId("ben"), name="Anna"), role=Role.AGENT),
    Staff(organisation=OrganisationId("evil"), agent=ANNA, role=Role.AGENT),
    Visitor(organisation=ACME, contact=Contact(id=ContactId("anna"), name="Anna")),
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_token_of_another_person_closes_the_session(anna: Peer, other: Principal) -> None:
    """[P6] Tokens never change who a socket is."""
    anna.says("refresh", token="new")
    act = anna.session.refreshed(other, 2000.0)
    assert isinstance(act, Close)
    assert act.code is CloseCode.BAD_TOKEN
    assert anna.session.principal == as_anna
    assert not same_person(other, as_anna)


def test_a_refresh_that_overtakes_the_welcome_closes_the_session(peer: Peer) -> None:
    peer.says("hello", token="t")
    assert isinstance(peer.session.refreshed(as_anna, 2000.0), Close)


def test_a_customer_s_token_is_for_one_customer_of_one_organisation() -> None:
    """[P6]"""
    newer = Visitor(organisation=ACME, contact=Contact(id=CLARA.id, name="Clara Berg"))
    assert same_person(as_clara, newer)
    assert not same_person(as_clara, Visitor(organisation=OrganisationId("evil"), contact=CLARA))
    assert not same_person(as_clara, Visitor(organisation=ACME, contact=Contact(id=ContactId("c"), name="Clara")))


def test_staff_may_watch_what_is_their_organisation_s_and_a_customer_what_is_theirs() -> None:
    """[P6]"""
    state = Play().state
    assert can_see(as_anna, state, Policy())
    assert can_see(as_clara, state, Policy())
    evil = OrganisationId("evil")
    assert not can_see(Staff(organisation=evil, agent=ANNA, role=Role.SUPERVISOR), state, Policy())
    assert not can_see(Visitor(organisation=evil, contact=CLARA), state, Policy())
    assert not can_see(
        Visitor(organisation=ACME, contact=Contact(id=ContactId("mallory"), name="Clara")),
        state,
        Policy(),
    )


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_who_leads_sees_what_is_below_their_organisation_and_an_agent_does_not(role: Role) -> None:
    """[P6]"""
    state, group, bank = Play().state, OrganisationId("group"), OrganisationId("bank")
    below = Policy(ancestors=(bank, group))
    for home in (group, bank):
        assert can_see(Staff(organisation=home, agent=ANNA, role=role), state, below)
        assert not can_see(Staff(organisation=home, agent=ANNA, role=role), state, Policy())
        assert not can_see(Staff(organisation=home, agent=ANNA, role=Role.AGENT), state, below)
    assert not can_see(Staff(organisation=OrganisationId("evil"), agent=ANNA, role=role), state, below)
    assert not can_see(Visitor(organisation=group, contact=CLARA), state, below)
