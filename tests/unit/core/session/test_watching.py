"""What a session watches, and what that permits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervene.core.access import Principal
from intervene.core.codes import ErrorCode
from intervene.core.errors import (
    OutOfOrder,
)
from intervene.core.ids import ConversationId, Key
from intervene.core.limits import (
    OFFENCES,
    WATCHED_BY_AGENT,
    WATCHED_BY_CONTACT,
)
from intervene.core.session import (
    Act,
    Close,
    KeepRead,
    NoteSeen,
    Nothing,
    ShowTyping,
    Unwatch,
    Watch,
)
from intervene.core.wire import common
from tests.unit.core.cast import ACME
from tests.unit.core.session.peer import C1, Peer, as_anna, as_clara, error


def test_a_session_watches_and_unwatches(anna: Peer) -> None:
    position = {"n": 7, "id": "e7"}
    assert anna.says("watch", conversation="c1") == Watch(C1, None)
    assert anna.says("watch", conversation="c1", after=position) == Watch(C1, common.Position(n=7, id="e7"))
    assert list(anna.session.watched) == [C1]
    assert anna.says("unwatch", conversation="c1") == Unwatch(C1)
    assert not anna.session.watched
    assert anna.says("unwatch", conversation="c1") == Unwatch(C1)


def test_all_who_watch_a_conversation_keep_one_key(anna: Peer) -> None:
    anna.says("watch", conversation="c0")
    anna.says("watch", conversation="c1")
    key = Key(ACME, ConversationId("c1"))
    anna.session.shown(key)
    assert [watched is key for watched in anna.session.watched] == [False, True]


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
        ({"type": "set_typing", "on": True}, ShowTyping(C1, True)),
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
