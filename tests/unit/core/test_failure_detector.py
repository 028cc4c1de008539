"""Who is dead, judged from counts: never by a clock of another, and never while nobody could have counted."""

from intervene.cluster.failure_detector import FailureDetector
from intervene.core.ids import NodeId
from intervene.core.timing import PRODUCTION

ME, OTHER, THIRD = NodeId("me"), NodeId("other"), NodeId("third")


class Reader:
    """A node that beats and reads every two seconds."""

    def __init__(self) -> None:
        self.detector = FailureDetector(ME)
        self.now = 1000.0
        self.counts = {ME: 0, OTHER: 1, THIRD: 1}
        self.reads()

    def reads(self, *beating: NodeId, after: float = PRODUCTION.heartbeat) -> None:
        self.now += after
        for node in (ME, *beating):
            self.counts[node] += 1
        self.detector.read(self.counts, self.now)

    def reads_for(self, seconds: float, *beating: NodeId) -> None:
        for _ in range(int(seconds / PRODUCTION.heartbeat)):
            self.reads(*beating)


def test_a_node_whose_count_stands_still_is_dead_after_eight_seconds() -> None:
    """[P5]"""
    reader = Reader()
    reader.reads_for(PRODUCTION.dead_after - PRODUCTION.heartbeat, THIRD)
    assert not reader.detector.is_dead(OTHER)
    reader.reads(THIRD)
    assert reader.detector.is_dead(OTHER)
    assert reader.detector.alive == [THIRD]


def test_a_reading_that_comes_a_little_early_does_not_cost_another_beat() -> None:
    """[P5] A death is noticed 8 s after the last reading that saw the node alive, not 10 s."""
    reader = Reader()
    for after in (2.0, 1.99, 2.01, 1.99):
        assert not reader.detector.is_dead(OTHER)
        reader.reads(THIRD, after=after)
    assert reader.detector.is_dead(OTHER)


def test_a_node_that_counts_on_is_alive_however_slowly() -> None:
    reader = Reader()
    for _ in range(10):
        reader.reads_for(6.0)
        reader.reads(OTHER)
        assert not reader.detector.is_dead(OTHER)


def test_a_dead_node_that_counts_again_is_alive() -> None:
    reader = Reader()
    reader.reads_for(10.0)
    assert reader.detector.is_dead(OTHER)
    reader.reads(OTHER)
    assert not reader.detector.is_dead(OTHER)


def test_a_database_that_was_away_kills_nobody() -> None:
    """[P5] Nobody could count meanwhile; who comes back first must not bury the others."""
    reader = Reader()
    for _ in range(5):
        reader.reads(after=60.0)
        assert not reader.detector.is_dead(OTHER)
    reader.reads_for(PRODUCTION.dead_after)
    assert reader.detector.is_dead(OTHER)


def test_a_reader_that_was_frozen_buries_nobody_when_it_wakes() -> None:
    reader = Reader()
    reader.reads(OTHER, THIRD)
    reader.reads(after=120.0)
    assert not reader.detector.is_dead(OTHER)


def test_a_node_without_a_row_is_dead_only_after_it_was_missed_as_long() -> None:
    """[P5] After a restore rows are gone of nodes that live; with their next beat they are back."""
    reader = Reader()
    stranger = NodeId("stranger")
    assert not reader.detector.is_dead(stranger)
    reader.reads_for(PRODUCTION.dead_after - PRODUCTION.heartbeat)
    assert not reader.detector.is_dead(stranger)
    reader.reads()
    assert reader.detector.is_dead(stranger)
    assert stranger not in reader.detector.alive


def test_a_node_that_left_is_not_among_the_living() -> None:
    reader = Reader()
    del reader.counts[OTHER]
    reader.reads(THIRD)
    assert reader.detector.alive == [THIRD]


def test_a_node_is_never_dead_to_itself() -> None:
    reader = Reader()
    reader.detector.read({}, reader.now + 1)
    reader.reads_for(100.0)
    assert not reader.detector.is_dead(ME)


def test_the_long_dead_are_told_with_their_counts() -> None:
    reader = Reader()
    reader.reads_for(PRODUCTION.dead_after + 50.0, THIRD)
    assert reader.detector.dead_for(60.0) == {}
    reader.reads_for(20.0, THIRD)
    assert reader.detector.dead_for(60.0) == {OTHER: 1}


def test_who_was_asked_about_and_never_came_is_forgotten() -> None:
    """[P7]"""
    reader = Reader()
    for number in range(100):
        reader.detector.is_dead(NodeId(f"stranger {number}"))
    reader.reads_for(10 * PRODUCTION.dead_after, OTHER, THIRD)
    assert len(reader.detector._seen) == 3


def test_counts_of_another_history_are_forgotten() -> None:
    reader = Reader()
    reader.reads_for(10.0)
    assert reader.detector.is_dead(OTHER)
    reader.detector.forget()
    reader.reads()
    assert not reader.detector.is_dead(OTHER)


def test_who_is_known_to_have_ended_is_dead_at_once_and_its_count_is_told_no_sooner() -> None:
    reader = Reader()
    reader.reads(OTHER, THIRD)
    reader.detector.mark_dead(OTHER)
    reader.reads(THIRD)
    assert reader.detector.is_dead(OTHER)
    assert reader.detector.alive == [THIRD]
    assert reader.detector.dead_for(0.0) == {}
    reader.counts.pop(OTHER)  # its row is swept
    reader.reads_for(4 * PRODUCTION.dead_after, THIRD)
    assert not reader.detector._marked_dead
