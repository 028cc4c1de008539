"""The long versions of `tests/cluster/test_crowds.py`: 500 rounds, 2,000 sessions."""

import os

from tests.cluster import contest, storm
from tests.cluster.bench import Bench

ROUNDS = int(os.environ.get("ROUNDS", "500"))
SESSIONS = int(os.environ.get("SESSIONS", "2000"))


async def test_of_32_agents_on_two_nodes_who_click_at_once_one_wins_each_round(bench: Bench) -> None:
    """[P3]"""
    found = await contest.play(bench, ROUNDS)
    assert found.counts.takeovers == ROUNDS


async def test_a_node_with_thousands_of_sessions_is_killed_and_all_resume_on_the_other(bench: Bench) -> None:
    """[P5]"""
    await storm.play(bench, SESSIONS)
