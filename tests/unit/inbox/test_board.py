"""Boards and what is shown of them: whatever is lost, doubled or late, state and updates are what a fresh read is."""

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from intervene.core.ids import ConversationId
from intervene.core.wire.inbox import Listed, Row, View, place
from intervene.inbox.board import Board, Change, Kind
from intervene.inbox.views import ClosedList, List, difference
from tests.kit.examples import examples
from tests.unit.inbox.lists import BEN, ECHO, NOBODY, PEOPLE, VIEWS, Node, Reader, World, policy_of, row_of

CONVERSATIONS, STEPS = 12, 60
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # another random life is no simpler one


def compare(node: Node, world: World) -> None:
    """As a node does it with its database, which may be written to at any moment."""
    board = node.board
    had = board.versions()
    found = {id: version for id, (version, _) in world.open.items()}
    for id in board.differing(had, found):
        node.take(board.take(*world.rows[id]) if id in world.rows else board.drop(id))


@settings(deadline=None, max_examples=examples(60), phases=PHASES)
@given(st.randoms(use_true_random=False))
def test_views_are_what_a_fresh_read_is_after_each_comparison(random: Random) -> None:
    """[P5] Messages are lost, doubled and swapped, the database goes back, settings change; for every role."""
    world = World(random, CONVERSATIONS)
    readers = [Reader(by, random.choice(VIEWS), random.choice([2, 5, 50])) for by in PEOPLE * 3]
    node = Node(policy_of(random), readers)
    late: list[tuple[int, Row]] = []
    backups = [dict(world.rows)]
    for _ in range(STEPS):
        match random.randrange(12):
            case 0:
                compare(node, world)
            case 1:
                node.start_over(policy_of(random), node.board)
            case 2 if random.random() < 0.3:
                world.rows = dict(random.choice(backups))
                late.clear()  # what was published of the other history does not count
                node.start_over(node.policy)
            case 3:
                backups.append(dict(world.rows))
            case 4:
                node.tick()
            case _:
                late += [world.write()] * random.choice([0, 1, 1, 1, 2])
                random.shuffle(late)
                while late and random.random() < 0.7:
                    node.take(node.board.take(*late.pop()))
    compare(node, world)
    node.tick()
    rows = [row for _, row in world.open.values()]
    assert sorted(node.board, key=place) == list(node.board) == sorted(rows, key=place)
    assert sum(node.board.sums.values()) == len(rows)
    for reader in readers:
        expected = reader.expected(rows, node.policy)
        assert reader.screen.shown == list(reader.page.rows) == expected, (reader.by, reader.view)


@settings(deadline=None, max_examples=examples(30), phases=PHASES)
@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_closed_conversations_come_and_go_as_in_the_log(random: Random, count: int) -> None:
    """The list has the newest; where it gets short it says so, and is read again."""
    world, board = World(random, CONVERSATIONS), Board()
    for version, row in world.open.values():
        board.take(version, row)
    view = View(list=Listed.CLOSED)

    closed = ClosedList(lambda row: not row.is_open)

    def happens(times: int) -> None:
        for _ in range(times):
            for change in board.take(*world.write()):
                closed.take(change)

    def read() -> None:
        closed.begin()
        rows = sorted((row for _, row in world.rows.values() if not row.is_open), key=place)
        happens(random.randrange(3))
        closed.load(rows[:count], place(rows[count - 1]) if len(rows) > count else None)

    read()
    page = closed.page(count)
    for _ in range(STEPS):
        happens(1)
        page = closed.page(count, page)
        while closed.is_short:
            read()
            page = closed.page(count, page)
        expected = sorted((row for _, row in world.rows.values() if not row.is_open), key=place)
        assert list(page.rows) == expected[:count]
        assert page.more or len(expected) <= count
    assert view.name == "list=closed"


def a_row(id: str, **more: object) -> Row:
    return replace(row_of(Random(1), id), **{"is_open": True, "holder": NOBODY, "waiting_since": 1, **more})


def test_late_row_of_a_conversation_that_was_closed_brings_it_not_back() -> None:
    board = Board()
    closed = a_row("c", is_open=False)
    assert board.take(5, closed) == [Change(None, None, closed)]
    assert board.take(4, a_row("c")) == []
    assert not len(board)


def test_what_was_before_is_what_the_board_had() -> None:
    """A message that comes too late says nothing, whatever it says was before."""
    board = Board()
    waiting, held = a_row("c"), a_row("c", holder=BEN, waiting_since=0)
    board.take(1, waiting)
    assert board.take(3, held) == [Change(waiting, held)]
    assert board.take(2, waiting) == []


def test_version_alone_changes_nothing_that_is_shown() -> None:
    """As each piece of a reply does."""
    board = Board()
    row = a_row("c")
    board.take(1, row)
    assert board.take(2, replace(row)) == []
    assert board.get(row.id) is row
    assert board.versions() == {row.id: 2}


def test_full_board_keeps_what_waits_and_what_agents_hold() -> None:
    """[P7] The bots' conversation that was silent longest leaves, and the board says so."""
    board = Board(limit=3)
    quiet, lively = (a_row(id, holder=ECHO, waiting_since=0, last_at=at) for id, at in (("q", 10), ("l", 20)))
    for row in (quiet, lively, a_row("w")):
        board.take(1, row)
    assert not board.is_truncated
    held = a_row("h", holder=BEN, waiting_since=0)
    assert board.take(1, held) == [Change(None, held), Change(quiet, None)]
    assert (board.is_truncated, len(board)) == (True, 3)
    assert board.take(1, a_row("older", holder=ECHO, waiting_since=0, last_at=15)) == []
    assert {row.id for row in board} == {"l", "w", "h"}


def test_comparison_of_a_full_board_reads_no_row_twice_that_had_no_room() -> None:
    board = Board(limit=1)
    board.take(1, a_row("w"))
    board.take(7, a_row("b", holder=ECHO, waiting_since=0))
    assert board.differing(board.versions(), {ConversationId("w"): 1, ConversationId("b"): 7}) == set()


def test_sums_are_those_of_the_rows() -> None:
    board = Board()
    for number in range(4):
        board.take(1, a_row(f"c{number}", queue="billing", status="new"))
    board.take(2, a_row("c0", is_open=False))
    board.take(2, a_row("c1", queue="billing", status="", holder=BEN))
    assert board.sums == {Kind("billing", Listed.WAITING, "new"): 2, Kind("billing", Listed.AGENT, ""): 1}  # type: ignore[arg-type]


def test_readers_with_the_same_page_get_the_same_difference() -> None:
    """One page for all peers, also where some have a page from before a change that undid itself."""
    board = Board()
    board.take(1, a_row("c"))
    shared = List(lambda row: True, board)
    one, other = shared.page(50), shared.page(50)
    assert one is other
    for change in board.take(2, a_row("d")):
        shared.take(change)
    after = shared.page(50, former=one)
    assert shared.page(50, former=other) is after
    assert [row.id for row in difference(one, after).entered] == ["d"]


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (View(), "list=all"),
        (View(list=Listed.WAITING, queue="a b&c", below=True), "list=waiting&queue=a+b%26c&below=true"),
    ],
)
def test_name_of_a_view_is_its_query(view: View, name: str) -> None:
    assert view.name == name
