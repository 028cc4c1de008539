"""What a session may spend, and what it is told of errors."""

import pytest

from intervene.core.access import Principal
from intervene.core.codes import CloseCode, ErrorCode, may_come_back
from intervene.core.errors import (
    Busy,
    Forbidden,
    InterveneError,
    NotHolder,
    Stale,
    StaleView,
    Taken,
    Unavailable,
)
from intervene.core.limits import (
    AGENT_BURST,
    AGENT_PER_SECOND,
    CONTACT_BURST,
    CONTACT_PER_SECOND,
    CONTACT_READ_BURST,
    OFFENCES,
)
from intervene.core.session import (
    Act,
    Close,
    Send,
    Submit,
)
from intervene.core.wire import staff
from intervene.core.wire.contact import ContactError
from intervene.edge.allowances import Allowances
from tests.unit.core.session.peer import ANNA, Peer, as_anna, as_clara, error, is_alive


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


def test_all_sessions_of_a_person_spend_from_one_allowance() -> None:
    """[P7] Neither many sessions nor coming back gives more."""
    allowance = Allowances(None)
    peers = [Peer(allowance=allowance).joins(as_clara) for _ in range(4)]
    for number in range(CONTACT_BURST):
        assert isinstance(says(peers[number % 4]), Submit)
    for peer in (*peers, Peer(allowance=allowance).joins(as_clara)):
        assert error(says(peer)).code is ErrorCode.TOO_FAST
    assert isinstance(says(Peer(allowance=allowance).joins(as_anna)), Submit)


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
    clara.session.refreshed(as_clara, 2000.0)
    assert error(says(clara)).code is ErrorCode.TOO_FAST


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
