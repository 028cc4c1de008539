"""The roster: who of the staff can be reached, and who is absent, counted in a node's own heartbeats."""

from collections.abc import Sequence
from random import Random

import pytest

from intervene.core.ids import AgentId, NodeId
from intervene.core.presence import AWAY_BEATS, OFFLINE_BEATS, Availability
from intervene.directory.roster import Roster, Shown
from intervene.ports.attendance import Chosen, Sighting
from intervene.ports.nodes import Member
from tests.unit.core.cast import ACME

ANNA, BEN = AgentId("anna"), AgentId("ben")
ONE, TWO = NodeId("one"), NodeId("two")
AVAILABLE, BUSY, AWAY, OFFLINE = Availability


def seen(agent: AgentId, idle: int = 0, *, at: NodeId = ONE, is_available: bool = True) -> Sighting:
    return Sighting(at, Member(ACME, agent), idle, Chosen(agent.title(), is_available))


def said(changed: Sequence[Shown]) -> list[str]:
    return [f"{shown.name}: {shown.availability}" for shown in changed]


def test_only_what_changes_is_shown() -> None:
    roster = Roster()
    assert said(roster.read([seen(ANNA)], 1)) == ["Anna: available"]
    assert said(roster.read([seen(ANNA)], 2)) == []
    assert said(roster.read([seen(ANNA, is_available=False), seen(BEN)], 3)) == ["Anna: busy", "Ben: available"]
    assert [shown.availability for shown in roster.of(ACME)] == [BUSY, AVAILABLE]


def test_a_person_is_away_after_five_minutes_without_input_and_back_with_the_next() -> None:
    roster = Roster()
    roster.read([seen(ANNA)], 1)
    assert said(roster.read([seen(ANNA, AWAY_BEATS - 1)], AWAY_BEATS)) == []
    assert said(roster.read([seen(ANNA, AWAY_BEATS, is_available=False)], AWAY_BEATS + 1)) == ["Anna: away"]
    assert said(roster.read([seen(ANNA, 0, is_available=False)], AWAY_BEATS + 2)) == ["Anna: busy"]


def test_a_person_without_a_session_is_offline_after_twenty_seconds() -> None:
    """A page that is loaded anew shows nobody a colleague who comes and goes."""
    roster = Roster()
    roster.read([seen(ANNA)], 1)
    assert said(roster.read([], OFFLINE_BEATS)) == []
    assert said(roster.read([seen(ANNA)], OFFLINE_BEATS + 1)) == []
    assert said(roster.read([], 2 * OFFLINE_BEATS + 1)) == ["Anna: offline"]
    assert roster.of(ACME) == []
    assert said(roster.read([seen(ANNA)], 2 * OFFLINE_BEATS + 2)) == ["Anna: available"]


def test_several_windows_and_nodes_are_one_person_and_the_latest_input_counts() -> None:
    roster = Roster()
    for sightings in ([seen(ANNA, 3), seen(ANNA, 500, at=TWO)], [seen(ANNA, 500, at=TWO), seen(ANNA, 4)]):
        assert said(roster.read(sightings, 600)) in (["Anna: available"], [])
        assert roster.absent_beats(ANNA) == 0
    assert len(roster.of(ACME)) == 1


def test_input_of_another_window_counts_after_that_one_was_closed() -> None:
    roster = Roster()
    roster.read([seen(ANNA, 0), seen(ANNA, 500, at=TWO)], 600)
    assert said(roster.read([seen(ANNA, 501, at=TWO)], 601)) == []
    assert roster.idle(ANNA) == 1
    assert roster.idle(BEN) is None


# -- absence -----------------------------------------------------------------------------------------------------------


def test_absence_is_counted_from_the_first_heartbeat_without_a_session() -> None:
    """At once: what is shown only after 20 s is for people, who blink."""
    roster = Roster()
    roster.read([seen(ANNA)], 10)
    roster.read([], 11)
    roster.read([], 50)
    assert roster.absent_beats(ANNA) == 39
    roster.read([], 500)
    assert roster.absent_beats(ANNA) == 489, "also after the person is offline"


def test_absence_is_counted_from_when_a_person_is_away() -> None:
    roster = Roster()
    roster.read([seen(ANNA, AWAY_BEATS - 1)], 1000)
    assert roster.absent_beats(ANNA) == 0
    roster.read([seen(ANNA, AWAY_BEATS)], 1001)
    roster.read([seen(ANNA, AWAY_BEATS + 9)], 1010)
    assert roster.absent_beats(ANNA) == 9


def test_one_input_ends_an_absence() -> None:
    """[P5] Nobody who types loses a conversation."""
    roster = Roster()
    roster.read([], 1)
    assert roster.absent_beats(ANNA) == 0
    roster.read([], 300)
    assert roster.absent_beats(ANNA) == 299
    roster.read([seen(ANNA)], 301)
    assert roster.absent_beats(ANNA) == 0
    roster.read([], 302)
    assert roster.absent_beats(ANNA) == 0


def test_heartbeats_that_were_not_written_count_for_nobody() -> None:
    """[P5] Ten minutes without a database: however often it is looked, the count stands still."""
    roster = Roster()
    roster.read([seen(ANNA, 5)], 100)
    for _ in range(300):
        assert said(roster.read([seen(ANNA, 5)], 100)) == []
    assert roster.absent_beats(ANNA) == 0
    roster.read([], 101)
    for _ in range(300):
        roster.read([], 101)
    assert roster.absent_beats(ANNA) == 0


def test_a_holder_whom_this_node_never_saw_is_absent_from_when_it_is_asked() -> None:
    """It has just begun, and others know more."""
    roster = Roster()
    roster.read([], 1000)
    assert roster.absent_beats(BEN) == 0
    roster.read([], 1020)
    assert roster.absent_beats(BEN) == 20


# -- heartbeats that find nothing new ----------------------------------------------------------------------------------


def test_a_heartbeat_that_finds_nothing_new_looks_at_nobody_until_somebody_is_away_or_offline() -> None:
    roster = Roster()
    roster.read([seen(ANNA), seen(BEN, 10)], 1)
    roster.read([seen(ANNA, 1)], 2)
    assert (roster.absences, roster.absent_beats(BEN)) == (1, 0)
    assert said(roster.read(None, OFFLINE_BEATS)) == []
    assert said(roster.read(None, OFFLINE_BEATS + 1)) == ["Ben: offline"]
    assert said(roster.read(None, AWAY_BEATS)) == []
    assert said(roster.read(None, AWAY_BEATS + 1)) == ["Anna: away"]
    assert (roster.absences, roster.absent_beats(BEN)) == (2, AWAY_BEATS - 1)


def test_one_who_left_while_no_heartbeat_was_written_is_absent_from_the_next_one_that_is() -> None:
    """[P5] Though it finds nothing new."""
    roster = Roster()
    roster.read([seen(ANNA)], 100)
    roster.read([], 100)
    assert (roster.absences, roster.absent_beats(ANNA)) == (0, 0)
    roster.read(None, 101)
    roster.read(None, 105)
    assert (roster.absences, roster.absent_beats(ANNA)) == (1, 4)


@pytest.mark.parametrize("seed", range(50))
def test_a_roster_that_is_read_only_what_is_new_says_what_one_says_that_is_read_all(seed: int) -> None:
    """[P5] Whoever comes, goes, chooses, gives input, and however many heartbeats pass, or are not written."""
    random = Random(seed)
    whole, sparing = Roster(), Roster()
    beat, active, chosen = 1, dict[AgentId, int](), {ANNA: True, BEN: True}
    for _ in range(300):
        is_new = random.random() < 0.3
        if is_new:
            who = random.choice((ANNA, BEN))
            match random.randrange(4):
                case 0:
                    active.pop(who, None)
                case 1:
                    chosen[who] = not chosen[who]
                case _:
                    active[who] = beat
        sightings = [seen(who, beat - at, is_available=chosen[who]) for who, at in active.items()]
        first, second = whole.read(sightings, beat), sparing.read(sightings if is_new else None, beat)
        assert sorted(said(first)) == sorted(said(second))
        assert (whole._absent, whole.absences) == (sparing._absent, sparing.absences)
        beat += random.choice((0, 1, 1, 1, 1, 5, OFFLINE_BEATS, AWAY_BEATS if random.random() < 0.2 else 1))
