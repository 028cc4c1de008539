"""Very many at the same moment: agents who click, sessions whose node dies, a team that is cut in two.
`make soak` has the long versions.
"""

import os

import anyio

from tests.cluster import contest, storm
from tests.cluster.bench import Bench, Node
from tests.cluster.scenes import CUT_SHORT
from tests.cluster.shift import Shift
from tests.kit.limits import FACTOR
from tests.kit.proxy import Mode

ROUNDS = int(os.environ.get("ROUNDS", "40"))
SESSIONS = int(os.environ.get("SESSIONS", "300"))
AGENTS, CUSTOMERS = (50, 12) if FACTOR == 1.0 else (16, 5)
PARTITIONS = 6 if FACTOR == 1.0 else 2


async def test_of_32_agents_on_two_nodes_who_click_at_once_one_wins_each_round(bench: Bench) -> None:
    """[P3]"""
    found = await contest.play(bench, ROUNDS)
    assert found.counts.takeovers == ROUNDS


async def test_a_node_with_many_sessions_is_killed_and_all_resume_on_the_other(bench: Bench) -> None:
    """[P5]"""
    await storm.play(bench, SESSIONS)


async def test_a_team_picks_transfers_and_leaves_while_a_partition_comes_and_goes(bench: Bench) -> None:
    """[P3] [P5] No conversation has two holders, none is lost from its queue, and none is taken from who is typing."""
    bench.may_complain("hub", "Redis", "the database", "a node is cut off", *CUT_SHORT)
    shift = Shift(bench, "shift", customers=CUSTOMERS, agents=AGENTS)
    await shift.opens()
    a, b = (bench.node(name) for name in ("a", "b"))
    async with shift.is_busy():
        for number in range(PARTITIONS):
            await anyio.sleep(FACTOR * 8.0)
            await is_cut_off((a, b)[number % 2], (Mode.HALF_OPEN, Mode.RESET)[number // 2 % 2])
        await anyio.sleep(FACTOR * 20.0)
    await shift.settles()
    await shift.is_in_order()
    lapsed = await shift.has_lost_nothing()
    print(f"{shift.moves}, {shift.takeovers} takeovers, {lapsed} came back, {len(shift.typed)} spans of typing")
    assert all(shift.moves.values())
    assert shift.typed
    assert lapsed


async def is_cut_off(node: Node, mode: Mode) -> None:
    """From database and hub at once, for less than it takes to call a node dead."""
    lines = node.postgres_line, node.redis_line
    for line in lines:
        line.mode = mode
    await anyio.sleep(FACTOR * 5.0)
    for line in lines:
        line.mode = Mode.PASS
        line.reset()
