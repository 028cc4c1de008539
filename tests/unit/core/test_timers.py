"""Timers as durations: the end of each is fixed by the first reading."""

import math

import pytest

from intervene.core import timers
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.timers import Timers, seconds_left

ACME = OrganisationId("acme")
C1, C2 = Key(ACME, ConversationId("c1")), Key(ACME, ConversationId("c2"))
NOON, DAY = 1_800_000_000_000, 86_400_000


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (NOON, 6.0),
        (NOON + 2_000, 4.0),
        (NOON + 6_000, 0.0),
        (NOON + DAY, 0.0),
        (NOON - DAY, 6.0),
        (NOON - 1, 6.0),
    ],
)
def test_what_is_left_is_never_more_than_the_duration(now: int, left: float) -> None:
    assert seconds_left(due=NOON + 6_000, since=NOON, now=now) == left


def test_the_first_reading_fixes_the_end() -> None:
    kept = Timers()
    kept.note(C1, 1, NOON, 6.0, now=100.0)
    for left in (86_400.0, 0.0):  # the clock was set back, and forward
        kept.note(C1, 1, NOON, left, now=103.0)
        assert not kept.is_over(C1, NOON, 105.9)
        assert kept.next_end == 106.0
    assert list(kept.over(106.0)) == [C1]
    assert kept.next_end == math.inf
    assert list(kept.over(107.0)) == [C1], "until it is forgotten"
    kept.forget(C1)
    assert not kept.over(108.0)


def test_another_timer_of_the_conversation_replaces_the_one_before() -> None:
    kept = Timers()
    kept.note(C1, 1, NOON, 6.0, now=100.0)
    kept.note(C1, 2, NOON + 1, 60.0, now=101.0)
    assert not kept.over(110.0)
    assert kept.next_end == 161.0
    assert kept.over(161.0)[C1].epoch == 2


def test_a_timer_that_is_not_known_is_over_when_the_database_says_so() -> None:
    kept = Timers()
    kept.note(C1, 1, NOON, 6.0, now=100.0)
    assert kept.is_over(C2, NOON, 100.0)
    assert kept.is_over(C1, NOON + 5, 100.0)


def test_what_a_whole_reading_does_not_have_is_forgotten() -> None:
    kept = Timers()
    kept.note(C1, 1, NOON, 6.0, now=100.0)
    kept.note(C2, 1, NOON, 6.0, now=100.0)
    kept.note(C2, 1, NOON, 6.0, now=102.0)
    kept.forget_unseen(since=101.0)
    assert list(kept.over(200.0)) == [C2]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Timers that were cancelled too."""
    monkeypatch.setattr(timers, "MOST_TIMERS", 10)
    monkeypatch.setattr(timers, "MOST_STALE", 10)
    kept = Timers()
    for number in range(20):
        kept.note(Key(ACME, ConversationId(f"k{number}")), 1, NOON, 6.0, now=100.0)
    assert len(kept.over(200.0)) == 10
    for number in range(1000):
        kept.note(Key(ACME, ConversationId("k1")), 1, NOON + number, 1e6, now=100.0)
    assert len(kept._ends) < 50
