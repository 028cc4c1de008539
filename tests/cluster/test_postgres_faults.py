"""PostgreSQL goes wrong: for one node, for all of them, in time. Nothing that was acknowledged is lost, nobody waits
for ever, and no turn changes hands because the database was away.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import asyncpg
import pytest

from tests.cluster.bench import Bench, Node
from tests.cluster.clock import HOUR
from tests.cluster.town import Town
from tests.kit.limits import BACK, FACTOR, LONG_WAIT, MOVED, POLLED, TOLD, WAIT
from tests.kit.oracles.screen import Shown
from tests.kit.people import Agent, Customer, accepted, all_leave, refused
from tests.kit.person import Person
from tests.kit.postgres import Postgres
from tests.kit.proxy import Mode
from tests.kit.server import until

AWAY = (
    "the database failed",
    "an append failed",
    "a decision failed",
    "the database did not answer in time",
    "this node has lost the database",
)
"""What nodes complain of while there is no database."""


def says(text: str) -> Callable[[Shown], bool]:
    return lambda event: event.text == text


def is_taken(event: Shown) -> bool:
    return event.holder == "agent"


async def is_ready(node: Node) -> bool:
    return (await node.ask("GET", "/readyz")).status == 200


async def is_not_ready(node: Node) -> bool:
    return not await is_ready(node)


async def is_acked(person: Person, kind: str, c: str, **fields: str) -> None:
    """Given until it is acknowledged, as a client does: the same id again when nobody knows."""
    id = await person.gives(kind, c, **fields)
    answer = await person.answer(id)
    with anyio.fail_after(LONG_WAIT):
        while answer.get("code") in ("unavailable", "busy"):
            await anyio.sleep(0.2)
            answer = await person.repeats(id)
    accepted(answer)


# -- one node has lost it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.RESET, Mode.HALF_OPEN], ids=["cut off", "half-open"])
async def test_a_node_that_alone_has_lost_the_database_sends_its_sessions_to_one_that_has_it(
    bench: Bench, mode: Mode
) -> None:
    """[P1, P4, P5] The bot streams on it; a takeover elsewhere is not kept waiting, and the bot stops by the hub."""
    bench.may_complain(*AWAY)
    a, b = await bench.starts("a", "b")
    async with Customer(a).knows(b) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Why is my bill so high?")
        await ana.sees_the_bot_write(c)
        a.postgres_line.mode = mode
        await ana.intervenes(c)
        await maria.sees(c, is_taken)
        await ana.says(c, "The bot's machine has lost its database.")
        with anyio.fail_after(MOVED):
            assert await maria.is_gone() == 1013
            await until(lambda: is_not_ready(a))
        assert await is_ready(b)
        await maria.comes_back()
        await maria.sees(c, says("The bot's machine has lost its database."))
        await maria.says("I am here now.")
        await ana.sees(c, says("I am here now."))

        a.postgres_line.mode = Mode.PASS
        a.postgres_line.reset()
        with anyio.fail_after(BACK):
            await until(lambda: is_ready(a))
        await maria.goes_to(a)
        await maria.says("And back.")
        await bench.is_in_order(maria, ana)


async def test_a_node_without_a_database_acknowledges_nothing_and_says_so_in_time(bench: Bench) -> None:
    """[P5, P7] Half-open, the worst case: every byte is taken and nothing comes back. Repeated, the command is there
    once."""
    bench.may_complain(*AWAY)
    (a,) = await bench.starts("a", bot="none")
    async with Customer(a) as maria:
        c = (await maria.opens()).conversation
        a.postgres_line.mode = Mode.HALF_OPEN
        id = await maria.gives("say", c, text="Does anybody hear me?")
        with anyio.fail_after(TOLD):
            refused(await maria.answer(id), "unavailable")
        a.postgres_line.mode = Mode.PASS
        a.postgres_line.reset()
        await until(lambda: is_ready(a))
        accepted(await maria.repeats(id))
        await bench.is_in_order(maria)


async def test_one_that_was_answered_nothing_moves_on_and_finds_its_words_said_once(bench: Bench) -> None:
    """[P3, P5] The answer of COMMIT is swallowed: the command was written, and nobody knows."""
    bench.may_complain(*AWAY)
    a, b = await bench.starts("a", "b")
    async with Customer(a).knows(b) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ana.intervenes(c)
        await maria.sees(c, is_taken)
        await maria.says("This prepares the statement.")
        a.postgres_line.mode = Mode.ONE_WAY_UP
        await maria.gives("say", c, text="once")
        with anyio.fail_after(POLLED + WAIT):
            await ana.sees(c, says("once"))
        await maria.drops()
        await maria.comes_back()
        a.postgres_line.mode = Mode.PASS
        a.postgres_line.reset()
        await maria.finds(lambda: not maria.unanswered)
        await bench.is_in_order(maria, ana)


# -- all have lost it --------------------------------------------------------------------------------------------------


async def test_a_restart_under_load_loses_nothing(own_bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P5] Three restarts, one of them as a crash; nobody has to come again."""
    own_bench.may_complain(*AWAY)
    town = Town(own_bench, seed)
    await town.opens()
    async with town.is_busy():
        for end in (own_bench.postgres.stop, own_bench.postgres.kill, own_bench.postgres.stop):
            await town.takes_over(3)
            await asyncio.to_thread(end)
            await asyncio.to_thread(own_bench.postgres.start)
            with anyio.fail_after(BACK):
                for node in town.nodes:
                    await until(lambda node=node: is_ready(node))  # type: ignore[misc]
        await town.takes_over(3)
    await town.settles()
    await town.is_in_order()
    await town.leaves()


@pytest.mark.parametrize(("how", "seconds"), [("away", 15.0), ("hung", 30.0)])
async def test_a_database_that_was_away_kills_no_node_and_moves_no_turn(
    own_bench: Bench, how: str, seconds: float
) -> None:
    """[P5] A bot is in the middle of a long thought. Nobody could count meanwhile, so nobody is dead: the turn is the
    one that it was. Whoever asks for something is told in time that nobody knows; sessions stay where they are."""
    own_bench.may_complain(*AWAY)
    postgres = own_bench.postgres
    a, b = await own_bench.starts("a", "b", hostile="silent")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Think about it.")
        await ana.hears("typing")  # its coroutine runs
        before = await turn(own_bench)
        await asyncio.to_thread(postgres.stop if how == "away" else postgres.hang)
        note = await ana.gives("add_note", c, text="Does it hang?")
        with anyio.fail_after(TOLD):
            refused(await ana.answer(note), "unavailable")
        with anyio.fail_after(TOLD):
            await until(lambda: is_not_ready(b))
        await anyio.sleep(FACTOR * seconds)
        await asyncio.to_thread(postgres.start if how == "away" else postgres.resume)
        with anyio.fail_after(BACK):
            await until(lambda: is_ready(a))
            await until(lambda: is_ready(b))
        await anyio.sleep(FACTOR * 6.0)  # three beats more, in which somebody could be buried
        assert await turn(own_bench) == before
        assert await runs(a)
        assert not await runs(b)
        await is_acked(ana, "intervene", c)
        await maria.sees(c, is_taken)
        assert maria.close_code == ana.close_code == 0
        await own_bench.is_in_order(maria, ana)


async def runs(node: Node) -> bool:
    return await node.metric("intervene_turns") > 0


async def turn(bench: Bench) -> list[object]:
    """Who runs what, as the rows say."""
    return [tuple(row) for row in await bench.sql("SELECT runner, epoch, version FROM conversation")]


# -- rows and time -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def locked(bench: Bench, conversation: str) -> AsyncIterator[None]:
    """A stranger's transaction has the row."""
    connection = await asyncpg.connect(bench.url, timeout=WAIT)
    await connection.execute("BEGIN")
    await connection.execute("SELECT FROM conversation WHERE id = $1 FOR UPDATE", conversation)
    yield
    await connection.execute("ROLLBACK")
    await connection.close()


async def test_a_row_that_a_stranger_has_locked_for_long_holds_up_nobody_else(bench: Bench) -> None:
    """[P4, P7] Thirty seconds. Others of its group go on; whoever wants that very row is told in time."""
    bench.may_complain(*AWAY)
    a, b = await bench.starts("a", "b")
    people = [Customer((a, b)[number % 2], f"Customer-{number}") for number in range(6)]
    ana = Agent(b)
    for person in (*people, ana):
        await person.joins()
    for person in people:
        await person.opens()
        await ana.watches(person.c)
        await ana.intervenes(person.c)
    unlucky, *others = people
    async with locked(bench, unlucky.c):
        with anyio.move_on_after(FACTOR * 30.0):
            waiting = await unlucky.gives("say", unlucky.c, text="mine is locked")
            for number in range(100):
                await asyncio.gather(*(person.says(f"{number}") for person in others))
                await asyncio.gather(*(ana.says(person.c, f"answer {number}", confirmed=True) for person in others))
                await anyio.sleep(0.5)
        refused(unlucky.answers[waiting][0], "unavailable")
    accepted(await unlucky.repeats(waiting))
    assert min(len(person.screen.events) for person in others) > 40 * FACTOR**0.5
    await bench.is_in_order(*people, ana)
    await all_leave(*people, ana)


async def test_the_database_s_clock_jumps_by_an_hour(clocked_bench: Bench, seed: str) -> None:
    """[P1, P5] Forward and back, under load. Time never falls in a log, nobody is buried, no turn is taken away."""
    clocked_bench.may_complain(*AWAY)  # the server cuts statements off whose time has come with the jump
    town = Town(clocked_bench, seed)
    await town.opens()
    async with town.is_busy():
        for jump in (HOUR, -HOUR, 0):
            await town.takes_over(3)
            clocked_bench.postgres_clock.jumps(jump)
            await anyio.sleep(FACTOR * 3.0)
        await town.takes_over(3)
    await town.settles()
    await town.is_in_order()
    for node in town.nodes:
        assert "nodes are dead" not in node.log
    await town.leaves()


# -- the database went back --------------------------------------------------------------------------------------------


class Backup:
    """Of the whole server, as files: what an administrator copies while it is stopped."""

    def __init__(self, postgres: Postgres, folder: Path) -> None:
        self._postgres = postgres
        self._kept = folder

    async def make(self) -> None:
        await asyncio.to_thread(self._postgres.stop)
        await asyncio.to_thread(shutil.copytree, self._postgres.data, self._kept)
        await asyncio.to_thread(self._postgres.start)

    async def restore(self) -> None:
        await asyncio.to_thread(self._postgres.stop)
        await asyncio.to_thread(self._postgres.replace_data, self._kept)
        await asyncio.to_thread(self._postgres.start)


async def test_nodes_and_clients_start_over_when_an_older_backup_was_restored(own_bench: Bench, tmp_path: Path) -> None:
    """[P5] What came after the backup is gone from every screen, with a page that says so; nothing of it comes back
    from what nodes remembered, and life goes on."""
    own_bench.may_complain(*AWAY, "the database is an older one than it was", "database went back")
    backup = Backup(own_bench.postgres, tmp_path / "backup")
    a, b = await own_bench.starts("a", "b", script="@pace 400\nAll right.\n")
    maria, ana, late = Customer(a), Agent(b), Customer(b, "Late")
    await all_join(maria, ana)
    c = (await maria.opens()).conversation
    await ana.watches(c)
    await maria.says("kept")
    await ana.sees(c, lambda event: event.by == "bot" and event.kind == "message")
    await backup.make()
    for node in (a, b):
        await until(lambda node=node: is_ready(node))  # type: ignore[misc]
    for number in range(5):
        await is_acked(maria, "say", c, text=f"lost {number}")
    await is_acked(ana, "intervene", c)
    await late.joins()
    d = (await late.opens()).conversation
    await anyio.sleep(FACTOR * 4.5)  # two beats more than the backup has
    await backup.restore()

    with anyio.fail_after(LONG_WAIT):
        await maria.hears(lambda frame: frame["type"] == "watched" and frame["reset"])
        await ana.hears(lambda frame: frame["type"] == "watched" and frame["reset"])
        await late.hears(lambda frame: frame.get("code") == "not_found" and frame["conversation"] == d)
    assert maria.screen.messages()[-1].text != "lost 4"
    await is_acked(maria, "say", c, text="after")
    await ana.sees(c, says("after"))
    await is_acked(ana, "intervene", c)
    await maria.sees(c, is_taken)
    shown = [event.text for event in ana.screens[c].messages()]
    assert "kept" in shown
    assert not [text for text in shown if text.startswith("lost")]
    log = await ana.reads_the_log(c)
    assert [event["seq"] for event in log] == [event.n for event in ana.screens[c].events]
    await late.leaves()
    await late.joins()
    assert (await late.opens()).conversation != d
    await all_leave(maria, ana, late)


async def test_a_node_that_slept_through_a_restore_does_not_take_a_version_for_what_it_was(
    own_bench: Bench, tmp_path: Path
) -> None:
    """[P1, P5] When it wakes, the row has the very version that it knows, by a commit of which it has never heard."""
    own_bench.may_complain(*AWAY, "the database is an older one than it was")
    backup = Backup(own_bench.postgres, tmp_path / "backup")
    (a,) = await own_bench.starts("a", bot="none")
    async with Customer(a) as maria:
        c = (await maria.opens()).conversation
        await maria.says("kept")
        await backup.make()
        await until(lambda: is_ready(a))
        await is_acked(maria, "say", c, text="lost")
        ((beats, known),) = await own_bench.sql("SELECT beats, version FROM node, conversation")
        await until(lambda: has_beaten(own_bench, beats + 2))
        a.freeze()
        await backup.restore()
        (b,) = await own_bench.starts("b", bot="none")
        async with Agent(b) as ana:
            await ana.watches(c)
            await ana.notes(c, "another history")
            assert await own_bench.sql("SELECT version FROM conversation") == [(known,)]
            a.thaw()
            with anyio.fail_after(BACK):
                await maria.hears(lambda frame: frame["type"] == "watched" and frame["reset"])
            await is_acked(maria, "say", c, text="after")
            await ana.sees(c, says("after"))
            for person in (maria, ana):
                assert [event.text for event in person.screens[c].messages("contact")] == ["kept", "after"]


async def has_beaten(bench: Bench, times: int) -> bool:
    ((beats,),) = await bench.sql("SELECT beats FROM node")
    return bool(beats >= times)


async def all_join(*people: Person) -> None:
    for person in people:
        await person.joins()
