"""The rows of agents: what is written of them, and how seldom."""

from collections.abc import Mapping
from typing import Any

import pytest

from intervene.cluster.agents import ACTIVE_BEATS, KeptAgents
from intervene.core.errors import Unavailable
from intervene.core.ids import AgentId, NodeId
from intervene.ports.nodes import Member
from tests.unit.core.cast import ACME

ANNA, BEN = Member(ACME, AgentId("anna")), Member(ACME, AgentId("ben"))


class Rows:
    """Of one node."""

    def __init__(self) -> None:
        self.writes: list[Mapping[Member, int]] = []
        self.is_up = True

    async def keep_agents(self, node: NodeId, agents: Mapping[Member, int]) -> None:
        if not self.is_up:
            raise Unavailable("It is away.")
        self.writes.append(dict(agents))


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def kept(rows: Rows) -> KeptAgents:
    nodes: Any = rows  # of which nothing else is asked
    return KeptAgents(nodes, NodeId("one"))


async def test_one_who_types_all_the_time_is_written_twice_a_minute(rows: Rows, kept: KeptAgents) -> None:
    for beat in range(1, 10 * ACTIVE_BEATS + 1):
        await kept.keep({ANNA: beat}, beat)
    assert [write[ANNA] for write in rows.writes] == [1 + ACTIVE_BEATS * count for count in range(10)]


async def test_the_last_input_is_written_though_it_came_soon_after_another(rows: Rows, kept: KeptAgents) -> None:
    for beat in range(1, 2 * ACTIVE_BEATS):
        await kept.keep({ANNA: min(beat, 5)}, beat)
    assert [write[ANNA] for write in rows.writes] == [1, 5]


async def test_one_who_comes_and_one_who_leaves_are_written_at_once(rows: Rows, kept: KeptAgents) -> None:
    await kept.keep({ANNA: 1}, 1)
    await kept.keep({ANNA: 2, BEN: 2}, 2)
    await kept.keep({BEN: 3}, 3)
    assert rows.writes == [{ANNA: 1}, {ANNA: 1, BEN: 2}, {BEN: 2}]


async def test_one_who_was_away_is_written_with_the_first_input(rows: Rows, kept: KeptAgents) -> None:
    await kept.keep({ANNA: 1}, 1)
    await kept.keep({ANNA: 300}, 300)
    assert rows.writes[-1] == {ANNA: 300}


async def test_the_rows_are_right_for_the_last_heartbeat_with_which_they_could_be_kept(
    rows: Rows, kept: KeptAgents
) -> None:
    await kept.keep({ANNA: 1}, 1)
    await kept.keep({ANNA: 1}, 2)
    rows.is_up = False
    for beat in (100, 101):
        with pytest.raises(Unavailable):
            await kept.keep({ANNA: beat}, beat)
    assert kept.beat == 2
    rows.is_up = True
    await kept.keep({ANNA: 101}, 102)
    assert (kept.beat, rows.writes[-1]) == (102, {ANNA: 101})


async def test_another_database_is_told_all(rows: Rows, kept: KeptAgents) -> None:
    await kept.keep({ANNA: 1}, 1)
    kept.forget()
    await kept.keep({ANNA: 1}, 2)
    assert rows.writes == [{ANNA: 1}, {ANNA: 1}]
