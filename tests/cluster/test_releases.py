"""Old and new nodes side by side, as in a rolling upgrade: one whose format is one higher than ours, and one of the
spine, the release before the cluster, with the code that it had.
"""

import subprocess
from pathlib import Path

import anyio
import pytest

from intervene.core.codes import CloseCode
from intervene.core.conversation.packing import FORMAT
from tests.cluster.bench import ROOT, Bench
from tests.cluster.scenes import knows_of
from tests.kit.limits import SERVED, WAIT
from tests.kit.oracles.screen import Shown
from tests.kit.people import Agent, Customer, all_leave

NEWER = "-m tests.cluster.newer"
SPINE = "beb7bd80756f88274e1ba202ed7067d6476096cc"
"""The commit at which it was finished."""


def is_taken(event: Shown) -> bool:
    return event.holder == "agent"


# -- a newer format ----------------------------------------------------------------------------------------------------


async def test_a_node_never_writes_over_a_newer_format_and_sends_its_sessions_to_a_node_that_knows_it(
    bench: Bench,
) -> None:
    """[P5] The customer and the bot's turn are on the old one when the new one writes to the row. The customer is told
    to come again and finds everything on the new one; the turn is taken up there, within the limit for any customer."""
    bench.may_complain("a command cannot be written", "a newer release")
    old = bench.node("old")
    new = bench.node("new", program=f"{NEWER} raises")
    await new.start()
    await old.start()
    async with Customer(old).knows(new) as maria, Agent(new) as ana:
        c = (await maria.opens()).conversation
        await maria.says("Why is my bill so high?")
        message = await maria.sees_the_bot_write(c)
        await ana.watches(c)  # a node raises the rows of what it follows
        with anyio.fail_after(WAIT):
            assert await maria.is_gone() == CloseCode.ELSEWHERE
        await maria.comes_back()
        with anyio.fail_after(SERVED):
            await maria.sees(
                c,
                lambda event: (
                    event.by == "bot" and event.kind == "message" and event.message != message
                    and not event.is_interrupted
                ),
            )  # fmt: skip
        assert (await bench.sql("SELECT format FROM conversation"))[0][0] == FORMAT + 1
        await old.stop()
        await bench.is_in_order(maria, ana)
    bench.is_sound_at_the_end = False  # `verify` is of the older release, and says so


async def test_who_comes_to_an_older_node_with_a_newer_conversation_is_sent_on(bench: Bench) -> None:
    old, new = bench.node("old", bot="none"), bench.node("new", program=NEWER, bot="none")
    await new.start()
    await old.start()
    maria, ana = Customer(new), Agent(old).knows(new)
    await maria.joins()
    await ana.joins()
    c = (await maria.opens()).conversation
    for frame in ({"type": "watch"}, {"type": "get_page", "before": 2**53, "limit": 10}):
        if not ana.is_here:
            await ana.joins()
        await ana.sends({**frame, "conversation": c})
        with anyio.fail_after(WAIT):
            assert await ana.is_gone() == CloseCode.ELSEWHERE
    await ana.comes_back()
    await ana.watches(c)
    await ana.intervenes(c)
    await maria.sees(c, is_taken)
    await all_leave(maria, ana)
    bench.is_sound_at_the_end = False


async def test_old_and_new_serve_the_same_conversations_while_nothing_newer_is_written(bench: Bench) -> None:
    """[P1, P5] What the old one writes, the new one reads."""
    old, new = bench.node("old"), bench.node("new", program=NEWER)
    await new.start()
    await old.start()
    async with Customer(old) as maria, Agent(new) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Why is my bill so high?")
        await ana.sees_the_bot_write(c)
        assert (await bench.sql("SELECT format FROM conversation"))[0][0] == FORMAT


# -- the spine ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its server, from the repository's history."""
    folder = tmp_path_factory.mktemp("spine")
    archive = subprocess.run(["git", "archive", SPINE, "server"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("the repository's history is not here; `git fetch --unshallow` brings it")
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder / "server"


@pytest.mark.slow  # that release has production timing alone
async def test_a_node_of_the_spine_and_one_of_today_take_over_from_each_other(bench: Bench, spine: Path) -> None:
    """[P1, P2, P3, P5] Both ways: the bot on the old one and the agent on the new one, and the other way around."""
    new = bench.node("new")
    old = bench.node("old", program=str(ROOT / "tests" / "cluster" / "spine.py"))
    old.environment["PYTHONPATH"] = str(spine)
    del old.settings["metrics_port"]  # which it does not know
    await new.start()
    await old.start()
    await knows_of(new, alive=2)  # until then it writes the newest format
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
            await ana.notes(c, "Of another release.")
            await ana.hands_back(c)
            await maria.sees(c, lambda event: event.holder == "bot" and event.n > 3)
            await ana.intervenes(c)
            await bench.is_in_order(maria, ana)
    assert "nodes are dead" not in new.log
    assert f'"{spine}' not in new.log
