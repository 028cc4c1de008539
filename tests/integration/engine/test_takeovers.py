"""[P8] The times of a takeover: measured where it was committed, told to the staff who watch, kept beside the log."""

import asyncio
from collections.abc import Sequence

import pytest

from intervene import takeovers
from intervene.adapters.sql.takeover_times import SqlTakeoverTimes
from intervene.bots.api import Turn
from intervene.core.conversation.turns import Outcome
from intervene.core.errors import Taken, Unavailable
from intervene.core.ids import Key
from intervene.core.wire.staff import TakeoverTimes
from intervene.ports.messages import TakeoverReport
from intervene.ports.takeover_times import Takeover
from intervene.takeovers import Takeovers
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import LONG_WAIT, eventually


class Away(SqlTakeoverTimes):
    """A database that can be away."""

    is_away = False

    async def keep(self, takeovers: Sequence[tuple[Key, Takeover]]) -> None:
        if self.is_away:
            raise Unavailable("The log is away.")
        await super().keep(takeovers)


@pytest.fixture
def kept_times(cluster: Cluster) -> Away:
    return Away(cluster.database)


@pytest.fixture
def measured() -> list[str]:
    """The names of what was measured, in order."""
    return []


@pytest.fixture
def times(cluster: Cluster, n1: Node, kept_times: Away, measured: list[str]) -> Takeovers:
    n1.times = Takeovers(
        node=n1.id,
        hub=n1.side,
        feeds=n1.feeds,
        times=kept_times,
        clock=cluster.clock,
        measured=lambda name, ms: measured.append(name),
    )
    return n1.times


def number(whose: Person | Customer) -> int:
    """Of the session."""
    assert whose.screen.session is not None, "they watch"
    return whose.screen.session.number


def told(person: Person) -> list[TakeoverTimes]:
    return [frame for frame in person.screen.beside if isinstance(frame, TakeoverTimes)]


async def test_a_takeover_is_measured_told_and_kept(cluster: Cluster, kept_times: Away, measured: list[str]) -> None:
    async def bot(turn: Turn) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    node = cluster.node("n3", {"echo": bot})
    node.times = Takeovers(
        node=node.id,
        hub=node.side,
        feeds=node.feeds,
        times=kept_times,
        clock=cluster.clock,
        measured=lambda name, ms: measured.append(name),
    )
    room = await cluster.opens(node)
    clara, anna = room.customer(node), room.agent("Anna", node)
    await clara.watches()
    await anna.watches()
    taken = await anna.intervenes()
    await eventually(lambda: "bot_stopped" in measured)
    node.times.seen(room.key, number(anna), True, taken.seq)
    node.times.seen(room.key, number(clara), False, taken.pub)
    await node.times.flush()
    (kept,) = await kept_times.of(room.key)
    assert (kept.epoch, kept.by, kept.at, kept.written, kept.seen) == (2, anna.who, taken.at, 2, 2)
    assert 0 <= kept.committed_ms <= kept.written_ms <= kept.seen_ms
    assert kept.committed_ms <= kept.bot_stopped_ms
    await eventually(lambda: told(anna)[-1:] != [] and told(anna)[-1].seen == 2)
    assert sorted(measured) == ["bot_stopped", "committed", "seen", "seen", "written"]
    assert not any(isinstance(frame, TakeoverTimes) for frame in clara.screen.beside)


async def test_seen_is_what_a_session_confirmed_once_and_of_this_event(
    room: Room, times: Takeovers, kept_times: Away, clara: Customer, anna: Person
) -> None:
    taken = await anna.intervenes()
    for _ in range(2):
        times.seen(room.key, number(anna), True, taken.seq)
    times.seen(room.key, number(clara), True, taken.seq - 1)
    times.seen(room.key, number(clara), False, taken.seq)  # a customer counts otherwise
    times.seen(Key(room.key.organisation, type(room.key.conversation)("c2")), number(clara), True, taken.seq)
    await times.flush()
    assert [kept.seen for kept in await kept_times.of(room.key)] == [1]


async def test_only_sessions_that_it_was_shown_to_are_counted(
    room: Room, n1: Node, times: Takeovers, kept_times: Away, anna: Person, clara: Customer
) -> None:
    """[P8] Neither one that joined later, also in place of one that left, nor one that never watched."""
    taken = await anna.intervenes()
    left, later = number(clara), room.agent("Ben", n1)
    clara.screen.leaves()
    await later.watches()
    for session in (number(later), left + 1000, 0):
        times.seen(room.key, session, True, taken.seq)
        times.seen(room.key, session, False, taken.pub)
    await times.flush()
    assert [(kept.written, kept.seen) for kept in await kept_times.of(room.key)] == [(2, 0)]
    times.seen(room.key, left, False, taken.pub)
    times.seen(room.key, number(anna), True, taken.seq)
    await times.flush()
    assert [(kept.written, kept.seen) for kept in await kept_times.of(room.key)] == [(2, 2)]


async def test_what_cannot_be_kept_now_is_kept_later(
    room: Room, times: Takeovers, kept_times: Away, clara: Customer, anna: Person
) -> None:
    taken = await anna.intervenes()
    kept_times.is_away = True
    await times.flush()
    times.seen(room.key, number(anna), True, taken.seq)
    kept_times.is_away = False
    await times.flush()
    await times.flush()
    assert [kept.seen for kept in await kept_times.of(room.key)] == [1]


async def test_a_takeover_is_forgotten_after_a_while(
    room: Room, n1: Node, times: Takeovers, kept_times: Away, clara: Customer, anna: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """[P7] A session that sees it later is not counted."""
    monkeypatch.setattr(takeovers, "REMEMBER_SECONDS", 0.01)
    taken = await anna.intervenes()
    await eventually(lambda: not times._records)
    times.seen(room.key, number(anna), True, taken.seq)
    await times.flush()
    assert [kept.seen for kept in await kept_times.of(room.key)] == [0]


async def test_only_the_intervene_that_won_is_a_takeover(
    room: Room, n1: Node, times: Takeovers, kept_times: Away, anna: Person
) -> None:
    """Neither the one that lost, nor the winner's, repeated or clicked again."""
    ben = room.agent("Ben", n1)
    first, second = anna.intervenes(), ben.intervenes()
    await first
    assert isinstance(await second.refusal(), Taken)
    await anna.repeats(first)
    await anna.intervenes()
    await times.flush()
    assert [kept.by for kept in await kept_times.of(room.key)] == [anna.who]


async def test_where_no_turn_ran_the_bot_had_stopped_at_once(
    room: Room, n1: Node, times: Takeovers, kept_times: Away, anna: Person
) -> None:
    await room.bot(n1).ends()
    await anna.intervenes()
    await times.flush()
    (kept,) = await kept_times.of(room.key)
    assert kept.bot_stopped_ms == kept.committed_ms


# -- sessions and bots of other nodes ----------------------------------------------------------------------------------


@pytest.fixture
def both(cluster: Cluster, n1: Node, n2: Node, kept_times: Away, measured: list[str]) -> tuple[Takeovers, Takeovers]:
    """Of n1 and n2, which tell each other."""
    made = []
    for node in (n1, n2):
        node.times = Takeovers(
            node=node.id, hub=node.side, feeds=node.feeds, times=kept_times, clock=cluster.clock,
            measured=lambda name, ms: measured.append(name),
        )  # fmt: skip
        node.feeds.observers.append(node.times)
        made.append(node.times)
    return made[0], made[1]


async def test_what_other_nodes_know_of_a_takeover_is_counted_where_it_was_clicked(
    room: Room, n1: Node, n2: Node, both: tuple[Takeovers, Takeovers], kept_times: Away, clara: Customer, ben: Person
) -> None:
    """[P8] Clara and the bot are on n1, Ben clicks on n2."""
    there, here = both
    taken = await ben.intervenes()
    here.seen(room.key, number(ben), True, taken.seq)
    await eventually(lambda: told(ben) != [] and told(ben)[-1].written == 2)
    for _ in range(2):
        there.seen(room.key, number(clara), False, taken.pub)
    there.seen(room.key, number(ben), False, taken.pub)  # did not watch there
    there.seen(room.key, number(clara), False, taken.pub - 1)  # another event
    there.bot_stopped(room.key, 1)
    await eventually(lambda: told(ben)[-1].seen == 2 and told(ben)[-1].bot_stopped_ms >= 0)
    await here.flush()
    await there.flush()
    (kept,) = await kept_times.of(room.key)
    assert (kept.written, kept.seen, kept.by) == (2, 2, ben.who)
    assert 0 <= kept.committed_ms <= kept.bot_stopped_ms


async def test_the_node_of_the_click_reports_to_nobody(
    room: Room, n1: Node, n2: Node, both: tuple[Takeovers, Takeovers], clara: Customer, ben: Person
) -> None:
    """[P8] Nor is what it hears of a takeover that it knows nothing of kept."""
    there, here = both
    await ben.intervenes()
    await eventually(lambda: told(ben) != [] and told(ben)[-1].written == 2)
    assert here._witnesses == {}
    assert there._records == {}
    there.receive_report(TakeoverReport(room.key, n2.id, 2, 5, 5, True))
    assert there._dirty == {}


async def test_a_crowd_that_confirms_one_by_one_is_told_a_few_times(
    room: Room, n1: Node, times: Takeovers, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] Each of them used to cost a frame to each of them: the square of a crowd."""
    monkeypatch.setattr(takeovers, "TELL_SECONDS", 0.001)
    monkeypatch.setattr(takeovers, "LONGEST_TELL_SECONDS", LONG_WAIT)
    crowd = [room.agent(f"Agent {n}", n1) for n in range(100)]
    for agent in crowd:
        await agent.watches()
    taken = await anna.intervenes()
    for agent in (anna, *crowd):
        times.seen(room.key, number(agent), True, taken.seq)
        await asyncio.sleep(0.003)
    assert 1 <= len(told(anna)) <= 20


async def test_times_that_come_slowly_are_all_told(
    room: Room, times: Takeovers, clara: Customer, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P8] The delay has a bound, and the last of them is in a frame."""
    monkeypatch.setattr(takeovers, "LONGEST_TELL_SECONDS", 0.02)
    taken = await anna.intervenes()
    await eventually(lambda: len(told(anna)) == 1)
    times.seen(room.key, number(anna), True, taken.seq)
    await eventually(lambda: told(anna)[-1].seen == 1)
    times.seen(room.key, number(clara), False, taken.pub)
    await eventually(lambda: told(anna)[-1].seen == 2)
