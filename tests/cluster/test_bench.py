"""The bench does what it says: lines that are held, clocks that jump, nodes that freeze, bots that are hostile."""

import os
import subprocess
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tests.cluster.bench import Bench, Node
from tests.cluster.clock import HOUR, Clock
from tests.kit.examples import some
from tests.kit.limits import eventually
from tests.kit.oracles.history import History, What
from tests.kit.people import Agent, Customer
from tests.kit.person import Person
from tests.kit.proxy import Mode
from tests.kit.server import until

TELLS_THE_TIME = """
import sys, time
for line in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""


def test_a_process_with_a_clock_of_its_own_sees_it_jump_and_time_go_on(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", TELLS_THE_TIME], env=os.environ | clock.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    seen = []
    for jump in (0, HOUR, -HOUR):
        clock.jumps(jump)
        process.stdin.write("now?\n")
        process.stdin.flush()
        wall, monotonic = map(float, process.stdout.readline().split())
        seen.append((wall - jump, monotonic))
    process.communicate()
    for (wall, monotonic), (next_wall, next_monotonic) in pairwise(seen):
        assert 0 <= next_wall - wall < HOUR / 2
        assert 0 <= next_monotonic - monotonic < HOUR / 2


async def test_a_node_s_clock_jumps_while_it_runs_and_it_serves_on(bench: Bench) -> None:
    node = bench.node("a", has_own_clock=True)
    await node.start()
    async with Customer(node) as maria:
        await maria.opens()
        await maria.says("Before.")
        node.clock.jumps(HOUR)
        await maria.says("After.")
        await bench.is_in_order(maria)
    node.redis_line.mode = Mode.RESET  # of which it speaks in its log
    await eventually(lambda: _seconds_in(node.log) > HOUR / 2)


async def test_postgres_s_clock_jumps_while_it_runs_and_it_serves_on(clocked_bench: Bench) -> None:
    """[P5] And the log's time does not fall."""
    (node,) = await clocked_bench.starts("a")
    server = clocked_bench.postgres.processes[0]
    async with Customer(node) as maria:
        await maria.opens()
        for jump in (0, HOUR, -HOUR, 0):
            clocked_bench.postgres_clock.jumps(jump)
            ((ahead,),) = await clocked_bench.sql("SELECT extract(epoch FROM now() - $1::timestamptz)", _now())
            assert abs(float(ahead) - jump) < HOUR / 2
            await maria.says(f"An hour is {jump} seconds.")
        await clocked_bench.is_in_order(maria)
    assert clocked_bench.postgres.processes[0] == server


async def test_a_frozen_node_answers_nobody_and_goes_on_when_it_is_thawed(bench: Bench) -> None:
    a, b = await bench.starts("a", "b")
    async with Customer(a) as maria:
        await maria.opens()
        a.freeze()
        id = await maria.gives("say", maria.c, text="Hello?")
        assert (await b.ask("GET", "/readyz")).status == 200
        assert not maria.answers.get(id)
        a.thaw()
        await maria.answer(id)
        await bench.is_in_order(maria)


async def test_a_node_is_cut_off_from_one_server_and_not_from_the_other(bench: Bench) -> None:
    bench.may_complain("")
    a, b = await bench.starts("a", "b")
    a.redis_line.mode = Mode.RESET
    await until(lambda: _is(a, "intervene_hub_up", 0.0))
    await until(lambda: _is(b, "intervene_hub_up", 1.0))
    a.postgres_line.mode = Mode.RESET
    await until(lambda: _is(a, "intervene_database_up", 0.0))
    assert (await b.ask("GET", "/readyz")).status == 200
    a.redis_line.mode = a.postgres_line.mode = Mode.PASS
    await until(lambda: _is(a, "intervene_hub_up", 1.0))
    await until(lambda: _is(a, "intervene_database_up", 1.0))


async def test_a_node_s_line_is_held_inside_the_row_s_lock(bench: Bench) -> None:
    """[P4] What was decided and not committed is as if it had never been: another node's click wins."""
    bench.may_complain("")
    a, b = await bench.starts("a", "b")
    async with Customer(b) as maria, Agent(a, "Ana") as ana, Agent(b, "Ben") as ben:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ben.watches(c)
        hold = a.postgres_line.hold_after(b"intervene")  # its event: before the commit
        await ana.gives("intervene", c)
        await hold.happens()
        ((held,),) = await bench.sql(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE relation = 'event'::regclass AND mode = 'RowExclusiveLock' AND state = 'idle in transaction'"
        )
        assert held == 1
        await ben.intervenes(c)
        hold.heals()
        answer = await ana.answer("ana-1")
        assert answer["code"] in ("taken", "unavailable")
        await bench.is_in_order(maria, ana, ben)


@pytest.mark.parametrize("name", some(["deaf", "loop", "thread", "shielded", "chatty"]))
async def test_what_a_hostile_bot_goes_on_to_say_is_not_heard_in_its_next_run_either(bench: Bench, name: str) -> None:
    """[P1, P4] Its words say when they were made. It is taken over from on another node, gets the conversation back
    while it still goes on, and is taken over from again."""
    bench.may_complain("")
    a, b = await bench.starts("a", "b", hostile=name)
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        written = ""
        for epoch in (2, 4):
            await maria.says("And?")
            written = await ana.sees_the_bot_write(c, not_just=written)
            assert "⟦" in ana.screens[c].texts[written]
            taken = await ana.intervenes(c)
            assert taken["epoch"] == epoch
            await ana.hands_back(c)
        found = await bench.is_in_order(maria, ana)
    assert found.counts.takeovers == 2


async def test_what_nobody_allowed_is_a_complaint(bench: Bench) -> None:
    node = bench.node("a")
    node.log_file.write_text('{"level": "error", "event": "the disk is full"}\nTraceback\n{"level": "info"}\n')
    assert len(bench.complaints) == 2
    node.may_complain("Traceback")
    assert bench.complaints == ['a: {"level": "error", "event": "the disk is full"}']
    bench.may_complain("disk is full")
    assert not bench.complaints


async def test_who_is_out_of_order_is_found_and_their_history_is_kept(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (node,) = await bench.starts("a")
    async with Customer(node) as maria:
        await maria.opens()
        await maria.says("Hello?")
        await _forgets_the_last_event(maria)
        with pytest.raises(AssertionError, match="was shown wrong"):
            await bench.is_in_order(maria)
    assert str(tmp_path / "history.jsonl") in capsys.readouterr().out
    history = History.load(tmp_path / "history.jsonl")
    assert [command.outcome for command in history.commands()] == [What.OK, What.OK]
    assert ("a", "begins") in [(record.node, record.said) for record in history.records]


async def test_people_come_back_to_a_node_that_answers(bench: Bench) -> None:
    """Those that are dead or frozen are passed over."""
    a, b, c = await bench.starts("a", "b", "c")
    async with Customer(a).knows(a, b, c) as maria:
        await maria.opens()
        a.freeze()
        await b.kill()
        await maria.drops()
        await maria.comes_back()
        assert maria.server is c
        await maria.says("Somebody is there.")
        await maria.goes_to(c)
        a.thaw()
        await bench.is_in_order(maria)


async def _forgets_the_last_event(person: Person) -> None:
    """As a screen would that was never told: what comes next leaves a gap."""
    screen = next(iter(person.screens.values()))
    await eventually(lambda: bool(screen.messages("bot")))
    screen.events.pop()
    await person.gives("say", screen.conversation, text="And now?")
    await eventually(lambda: bool(screen.faults))


def _seconds_in(log: str) -> float:
    """From its first line to its last."""
    times = [datetime.fromisoformat(msgspec.json.decode(line)["timestamp"]) for line in log.splitlines()]
    return (times[-1] - times[0]).total_seconds()


async def _is(node: Node, metric: str, value: float) -> bool:
    return await node.metric(metric) == value


def _now() -> datetime:
    return datetime.now().astimezone()
