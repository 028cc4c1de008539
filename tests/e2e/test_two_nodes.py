"""Widget and desk on two nodes, with Redis between them and PostgreSQL below: the same, step by step."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.cluster.bench import Bench
from tests.cluster.conftest import laid_out, pytest_runtest_makereport
from tests.e2e.host import HostSite
from tests.e2e.people import SCRIPT, People
from tests.e2e.test_seed_page import takes_over_step_by_step
from tests.kit.browser import shared
from tests.kit.limits import LONG_WAIT
from tests.kit.postgres import Postgres

__all__ = ["pytest_runtest_makereport"]  # `laid_out` asks for it


@shared()
async def bench(tmp_path: Path, postgres: Postgres, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with laid_out(tmp_path, postgres, request) as bench:
        yield bench


async def test_an_agent_on_another_node_takes_over_as_the_page_describes(
    bench: Bench, site: HostSite, people: People
) -> None:
    """[P1] [P2] The customer and the bot are on the one node, the agent on the other."""
    a, b = await bench.starts("a", "b", script=SCRIPT, origins=site.origin, development="true")
    maria, ana = await people.met(a, b)
    await takes_over_step_by_step(maria, ana)
    people.windows.expect_an_outage()
    await b.kill()
    await maria.writes("Are you still there?")
    await expect(maria.log).to_contain_text("Are you still there?")
    await b.start()
    await expect(ana.log).to_contain_text("Are you still there?", timeout=LONG_WAIT * 1000)
    await ana.replies("Yes, I am.")
    await expect(maria.log).to_contain_text("Yes, I am.")
    assert await maria.shown() == await ana.shown()
