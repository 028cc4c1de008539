"""How boards are fed by other nodes, and what this node publishes for theirs."""

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.actors import Agent
from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import AgentId, ConversationId, Key, NodeId
from intervene.core.timing import PRODUCTION
from intervene.inbox.boards import Boards, Held
from intervene.inbox.positions import Positions
from intervene.ports.messages import ListedRow, Message, Rows
from tests.contract.build import ACME, Talk
from tests.unit.inbox.lists import BEN, row_of

OTHER = NodeId("other")


class Wire:
    """The hub, and the clock."""

    node = NodeId("this")

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.now = 0.0

    def publish(self, message: Message) -> None:
        self.sent.append(message)

    def subscribe(self, topic: object) -> None:
        pass

    unsubscribe = subscribe

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def amiss() -> list[Held]:
    return []


@pytest.fixture
def boards(wire: Any, amiss: list[Held]) -> Boards:
    made = Boards(hub=wire, has_hub=True, clock=wire, reply=lambda key: None)
    made.amiss = amiss.append
    return made


def rows(n: int, *listed: ListedRow, node: NodeId = OTHER) -> Rows:
    return Rows(node, ACME, n, listed)


def listed(id: str, version: int = 1, tail: str = "") -> ListedRow:
    return ListedRow(ConversationId(id), version, replace(row_of(Random(version), id), is_open=True), tail)


@pytest.mark.parametrize(
    ("numbers", "is_amiss"),
    [([1, 2, 3], False), ([1, 2, 2, 1, 3], False), ([1, 3], True), ([2], True), ([1, 2, 4, 3], True)],
)
def test_number_that_is_left_out_is_a_gap(
    boards: Boards, amiss: list[Held], numbers: list[int], is_amiss: bool
) -> None:
    """[P5] A message that comes twice or late is none by itself."""
    held = boards.hold(ACME)
    for n in numbers:
        boards.receive(rows(n))
    assert amiss == ([held] if is_amiss else [])


def test_each_node_counts_by_itself(boards: Boards, amiss: list[Held]) -> None:
    boards.hold(ACME)
    for node in (OTHER, NodeId("third")):
        boards.receive(rows(1, node=node))
        boards.receive(rows(2, node=node))
    assert not amiss


def test_last_number_is_published_once_more(boards: Boards, wire: Wire) -> None:
    """[P5] A lost last message shows too."""
    talk = Talk()
    talk.begins()
    boards.take(talk.customer_says())
    boards.drain()
    [first] = wire.sent
    assert isinstance(first, Rows)
    assert (first.n, [it.version for it in first.rows]) == (1, [talk.state.version])
    boards.drain()
    wire.now += PRODUCTION.rows_again
    boards.drain()
    boards.drain()
    assert wire.sent[1:] == [Rows(wire.node, ACME, 1)]
    assert not boards.is_waiting


def test_one_message_has_what_was_committed_since_the_last(boards: Boards, wire: Wire) -> None:
    """However often a conversation changed."""
    talk = Talk()
    talk.begins()
    held = boards.hold(ACME)
    for _ in range(3):
        boards.take(talk.customer_says())
    boards.note_read(talk.key, BEN.id, 2)
    boards.drain()
    [sent] = wire.sent
    assert isinstance(sent, Rows)
    assert (len(sent.rows), sent.reads) == (1, ((talk.state.id, BEN.id, 2),))
    assert held.board.versions() == {talk.state.id: talk.state.version}
    assert talk.state.format == FORMAT


def test_tail_comes_without_a_row_and_goes_with_the_next(boards: Boards) -> None:
    held = boards.hold(ACME)
    boards.receive(rows(1, listed("c")))
    boards.receive(rows(2, ListedRow(ConversationId("c"), 2, None, "Your bill")))
    assert held.tails == {"c": "Your bill"}
    assert held.board.versions() == {"c": 1}, "what else was in that version is not known"
    boards.receive(rows(3, listed("c", version=3)))
    changes, tailed = held.take_changes()
    assert (held.tails, tailed, len(changes)) == ({}, {"c"}, 2)


def test_positions_never_fall_whatever_is_read_meanwhile() -> None:
    positions, key, ana = Positions(), Key(ACME, ConversationId("c")), Agent(id=AgentId("ana"), name="Ana").id
    assert positions.unknown([key]) == [key]
    assert positions.unknown([key]) == [], "it is being read"
    assert positions.move(key, ana, 5)
    positions.load([key], {key: {ana: 3, BEN.id: 4}})
    assert (positions.of(key, ana), positions.of(key, BEN.id)) == (5, 4)
    assert not positions.move(key, ana, 4)
    positions.give_up([key])
    assert positions.of(key, ana) == 5


def test_what_agents_read_while_no_board_is_held_is_read_anew(boards: Boards, wire: Wire) -> None:
    """Without a board the hub brings no positions, so those from before may be too low."""
    positions, key = Positions(), Key(ACME, ConversationId("c"))
    boards.dropped = positions.forget_of
    held = boards.hold(ACME)
    [asked] = positions.unknown([key])
    positions.load([asked], {key: {BEN.id: 4}})
    boards.release(held)
    boards.drop(held)
    assert positions.unknown([key]) == [key]


def test_what_was_asked_for_before_a_board_was_dropped_counts_for_nothing() -> None:
    positions, key = Positions(), Key(ACME, ConversationId("c"))
    asked = positions.unknown([key])
    positions.forget_of(ACME)
    positions.load(asked, {key: {BEN.id: 4}})
    assert positions.of(key, BEN.id) == 0
    assert positions.unknown([key]) == [key]
