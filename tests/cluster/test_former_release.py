"""A rolling upgrade from format 2 to format 3: nodes of the release before, as they were, beside nodes of today.

As long as one of the former release lives, all write format 2, rows and messages; afterwards the rows are raised. The
former release has no other timing than production's.
"""

from pathlib import Path

import anyio
import pytest

from intervene.core.codes import CloseCode
from intervene.core.conversation.packing import FORMAT
from tests.cluster import former
from tests.cluster.bench import Bench
from tests.cluster.scenes import CUT_SHORT, knows_of
from tests.cluster.town import Town
from tests.kit.crowd import SCRIPT
from tests.kit.limits import LONG_WAIT
from tests.kit.oracles.screen import Shown
from tests.kit.people import Agent, Customer
from tests.kit.server import until

pytestmark = pytest.mark.slow  # the former release has production timing alone

FORMER = FORMAT - 1
SHORT_FREEZE = 3.0  # seconds: it is not dead for anybody
LEFT = 2 * LONG_WAIT  # a node that was killed is dead for all, and all rows are raised


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return former.build(tmp_path_factory.mktemp("former"))


@pytest.fixture
async def bench(bench: Bench) -> Bench:
    """Its database is empty: the first node, one of the former release, brings it to what that release knows."""
    await bench.sql("DROP SCHEMA public CASCADE")
    await bench.sql("CREATE SCHEMA public")
    return bench


def is_taken(event: Shown) -> bool:
    return event.holder == "agent"


async def formats(bench: Bench) -> set[int]:
    return {format for (format,) in await bench.sql("SELECT DISTINCT format FROM conversation")}


async def are_raised(bench: Bench) -> None:
    """[P5] All rows, with nobody who asks for it."""

    async def all_rows() -> bool:
        return await formats(bench) == {FORMAT}

    await until(all_rows, within=LEFT)


async def test_nodes_of_both_releases_take_over_from_each_other(bench: Bench, server: Path) -> None:
    """[P1, P2, P3, P5] Both ways: the bot streams on one and the agent clicks on the other; and each shows what the
    other commits, piece by piece."""
    old, new = former.node(bench, "old", server), bench.node("new")
    await old.start()
    await new.start()
    for here, there in ((old, new), (new, old)):
        async with Customer(here, f"Maria-{here.name}") as maria, Agent(there, f"Ana-{there.name}") as ana:
            c = (await maria.opens()).conversation
            await ana.watches(c)
            await maria.says("Why is my bill so high?")
            await ana.sees_the_bot_write(c)
            await ana.intervenes(c)
            await maria.sees(c, is_taken)
            await ana.says(c, "Ana here.")
            await maria.sees(c, lambda event: event.text == "Ana here.")
            await ana.hands_back(c)
            await maria.sees(c, lambda event: event.holder == "bot" and event.n > 3)
            await ana.intervenes(c)
            await bench.is_in_order(maria, ana)
    assert await formats(bench) == {FORMER}
    assert "unreadable" not in old.log
    await bench.is_sound()
    await old.stop()
    await are_raised(bench)


async def test_a_town_goes_on_while_its_nodes_are_upgraded_under_load_and_faults(bench: Bench, server: Path) -> None:
    """[P1, P2, P3, P5] The database is one of the former release, which the newer one migrates while that serves. Nodes
    are killed and frozen, Redis forgets everything, and then the former ones leave, one of them by a kill."""
    bench.may_complain(*CUT_SHORT)
    olds = [former.node(bench, name, server, script=SCRIPT) for name in ("old-1", "old-2", "old-3")]
    for old in olds:
        await old.start()
    town = Town(bench, "upgrade", nodes=("old-1", "old-2", "old-3", "new-1", "new-2"), customers=5, agents=3)
    town.gives_on = False
    new, other = bench.node("new-1"), bench.node("new-2")
    await town.opens()
    async with town.is_busy():
        await town.takes_over(4)
        await olds[0].kill()
        await town.takes_over(3)
        await new.kill()
        await town.takes_over(3)
        await new.start()
        bench.redis.flush()
        other.freeze()
        await town.takes_over(2)
        other.thaw()
        olds[1].freeze()
        await anyio.sleep(SHORT_FREEZE)
        olds[1].thaw()
        await town.takes_over(4)
        assert await formats(bench) == {FORMER}
    await town.settles()
    await town.is_in_order()
    async with town.is_busy():
        await olds[1].stop()
        await olds[2].kill()
        await town.takes_over(4)
        await are_raised(bench)
        await town.takes_over(3)
        await new.kill()
        await town.takes_over(3)
        await new.start()
    await town.settles()
    await town.is_in_order()
    assert await formats(bench) == {FORMAT}


async def test_a_node_of_the_former_release_that_slept_through_the_upgrade_writes_over_nothing(
    bench: Bench, server: Path
) -> None:
    """[P5] It wakes beside rows of the newer format: it refuses them, and sends its sessions to a node that reads them.
    What begins while it lives is written in the format of both again."""
    bench.may_complain("a newer release", "a command cannot be written", *CUT_SHORT)
    old, new = former.node(bench, "old", server, bot="none"), bench.node("new", bot="none")
    await old.start()
    await new.start()
    async with Customer(old).knows(new) as maria, Agent(new) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        old.freeze()
        await are_raised(bench)
        await ana.intervenes(c)
        await ana.says(c, "While you slept.")
        old.thaw()
        with anyio.fail_after(LONG_WAIT):
            assert await maria.is_gone() == CloseCode.ELSEWHERE
        await maria.comes_back()
        await maria.sees(c, lambda event: event.text == "While you slept.")
        await knows_of(new, alive=2)
        async with Customer(old, "Clara") as clara:
            d = (await clara.opens()).conversation
            await ana.watches(d)
            await ana.intervenes(d)
            await clara.sees(d, is_taken)
            rows = await bench.sql("SELECT id, format FROM conversation")
            assert dict(map(tuple, rows)) == {c: FORMAT, d: FORMER}
        await old.stop()
        await bench.is_in_order(maria, ana)
