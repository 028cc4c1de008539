"""Which conversations are to come back: the counting, without a node. Nobody who types loses one."""

import pytest
from msgspec.structs import replace

from intervene.core.conversation.lapses import Why
from intervene.core.ids import AgentId, QueueId
from intervene.core.policy import Queue
from intervene.core.presence import beats
from intervene.core.timing import PRODUCTION
from intervene.housekeeping.due_lapses import TYPING_BEATS, WATCHED_BEATS, DueLapses
from intervene.ports.attendance import Held
from tests.unit.core.play import Person, Play

ANNA = AgentId("anna")
LIMIT = 300
QUEUE = Queue(id=QueueId("default"), name="Default", absent_seconds=LIMIT)
SILENT = Queue(id=QueueId("default"), name="Default", absent_seconds=0, silent_seconds=LIMIT)


class Node:
    """A node that looks with each of its heartbeats at the one conversation, which Anna holds."""

    def __init__(self, queue: Queue) -> None:
        self.play = Play()
        self.play.agent("Anna").intervenes()
        self.queue = queue
        self.beat = self.absent_since = 0
        self.is_absent = False
        self.is_disabled = False
        self.receives_typing = True
        self.due = DueLapses(self.absent_beats)

    @property
    def anna(self) -> Person:
        return self.play.agent("Anna")

    def absent_beats(self, person: AgentId) -> int:
        return self.beat - self.absent_since if self.is_absent else 0

    def leaves(self) -> None:
        self.is_absent, self.absent_since = True, self.beat

    def beats(self, count: int = 1, *, seconds: float | None = None) -> Why | None:
        """Answers why the conversation comes back, if it does. `seconds`: that pass with each heartbeat."""
        for _ in range(count):
            self.beat += 1
            self.play.passes(seconds=PRODUCTION.heartbeat if seconds is None else seconds)
            if why := self.looks():
                return why
        return None

    def looks(self) -> Why | None:
        held = Held(self.play.state, self.is_disabled)
        why = self.due.look(
            held, self.queue, beat=self.beat, now=self.play.now, receives_typing=self.receives_typing
        )  # fmt: skip
        self.due.end_round()
        return why


@pytest.fixture
def node() -> Node:
    return Node(QUEUE)


@pytest.fixture
def silent() -> Node:
    return Node(SILENT)


def test_a_conversation_comes_back_once_its_holder_was_absent_for_the_limit(node: Node) -> None:
    node.play.customer.says("hello?")
    node.leaves()
    assert node.beats(beats(LIMIT) - 1) is None
    assert node.due.watched == set()
    assert node.beats(WATCHED_BEATS) is None
    assert node.due.watched == {node.play.state.key}
    assert node.beats() is Why.ABSENT


def test_the_customer_must_have_been_unanswered_for_as_long(node: Node) -> None:
    node.leaves()
    assert node.beats(10 * beats(LIMIT)) is None, "all is answered"
    node.play.customer.says("hello?")
    assert node.beats(beats(LIMIT) - 1) is None
    assert node.beats(WATCHED_BEATS + 1) is Why.ABSENT


def test_a_holder_who_is_there_loses_nothing_for_absence(node: Node) -> None:
    node.play.customer.says("hello?")
    assert node.beats(10 * beats(LIMIT)) is None


def test_a_limit_of_zero_is_none(node: Node) -> None:
    node.queue = replace(QUEUE, absent_seconds=0)
    node.play.customer.says("hello?")
    node.leaves()
    assert node.beats(10 * beats(LIMIT)) is None


def test_an_outage_of_the_database_counts_for_nobody(node: Node) -> None:
    """[P5] However long it lasts by the clock: not one heartbeat was written."""
    node.play.customer.says("hello?")
    node.leaves()
    node.beats(3)
    for _ in range(300):
        node.play.passes(seconds=600)
        assert node.looks() is None
    assert node.due.watched == set()


def test_a_disabled_persons_conversation_comes_back_at_once(node: Node) -> None:
    """Answered or not, absent or not."""
    node.is_disabled = True
    assert node.beats() is Why.DISABLED


def test_a_holder_who_comes_back_keeps_the_conversation(node: Node) -> None:
    node.play.customer.says("hello?")
    node.leaves()
    assert node.beats(beats(LIMIT) + WATCHED_BEATS - 1) is None
    node.is_absent = False
    assert node.beats() is None
    assert node.due.watched == set()
    node.leaves()
    assert node.beats(beats(LIMIT) + WATCHED_BEATS - 1) is None, "all is counted anew"


# -- silence -----------------------------------------------------------------------------------------------------------


def test_a_conversation_comes_back_from_a_holder_who_is_there_and_silent(silent: Node) -> None:
    silent.play.customer.says("hello?")
    assert silent.beats(beats(LIMIT)) is None
    assert silent.beats(WATCHED_BEATS + 1) is Why.SILENT


def test_silence_is_counted_from_the_first_message_that_is_unanswered(silent: Node) -> None:
    """One who writes again waits no less."""
    silent.play.customer.says("hello?")
    assert silent.beats(beats(LIMIT) - 1) is None
    silent.play.customer.says("anybody?")
    assert silent.beats(WATCHED_BEATS + 2) is Why.SILENT


@pytest.mark.parametrize("ends", ["answered", "taken over", "left to another node"])
def test_silence_ends(silent: Node, ends: str) -> None:
    silent.play.customer.says("hello?")
    silent.beats(beats(LIMIT) - 1)
    if ends == "answered":
        silent.anna.says("hi")
        silent.play.customer.says("and now?")
    elif ends == "taken over":
        silent.play.supervisor("Sara").intervenes()
    else:
        silent.due.forget()
    assert silent.beats(beats(LIMIT) - 2) is None


def test_one_who_types_keeps_the_conversation_until_they_stop(silent: Node) -> None:
    """[P5] However late they began."""
    key = silent.play.state.key
    silent.play.customer.says("hello?")
    silent.beats(beats(LIMIT) + WATCHED_BEATS - 1)
    for _ in range(100):
        silent.due.typed(key, ANNA, silent.beat)
        assert silent.beats() is None
    assert silent.beats(TYPING_BEATS - 1) is None
    assert silent.beats(2) is Why.SILENT


def test_one_who_types_while_they_count_as_absent_keeps_the_conversation(node: Node) -> None:
    """[P5] The first word after a long absence may not have reached the database yet."""
    node.play.customer.says("hello?")
    node.leaves()
    node.beats(beats(LIMIT) + WATCHED_BEATS - 1)
    node.due.typed(node.play.state.key, ANNA, node.beat)
    assert node.beats() is None


def test_that_somebody_else_types_changes_nothing(silent: Node) -> None:
    silent.play.customer.says("hello?")
    silent.beats(beats(LIMIT) + WATCHED_BEATS - 1)
    silent.due.typed(silent.play.state.key, AgentId("ben"), silent.beat)
    assert silent.beats(2) is Why.SILENT


def test_while_what_is_typed_elsewhere_does_not_arrive_silence_takes_nothing(silent: Node) -> None:
    """[P5] The hub is down: who is silent cannot be told. Absence stands in the database."""
    silent.receives_typing = False
    silent.play.customer.says("hello?")
    assert silent.beats(2 * beats(LIMIT)) is None
    silent.receives_typing = True
    assert silent.beats(WATCHED_BEATS) is None, "it is watched first"
    assert silent.beats() is Why.SILENT


def test_what_an_agent_holds_no_longer_is_forgotten_with_the_round(silent: Node) -> None:
    """[P7]"""
    silent.play.customer.says("hello?")
    silent.beats(beats(LIMIT) + 1)
    assert silent.due.watched
    silent.anna.releases()
    silent.beats()
    assert not silent.due.watched
    assert not silent.due._unanswered
