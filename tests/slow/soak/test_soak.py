"""The long versions: takeovers by the thousand while the server is killed at random instants. `make soak`.

SEED=... plays the same people and the same instants again, as far as a real server lets them.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.integration.system.house import SCRIPT, House
from tests.kit.oracles.database import is_sound
from tests.kit.server import ServerProcess

HOUSES = 4
TAKEOVERS = int(os.environ.get("TAKEOVERS", "2000"))
KILLS = int(os.environ.get("KILLS", "500"))
HOUR = 3600.0


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[list[House]]:
    seed = os.environ.get("SEED", os.urandom(4).hex())
    print(f"SEED={seed}")
    made = []
    for number in range(HOUSES):
        directory = tmp_path / f"house-{number}"
        directory.mkdir()
        made.append(House(ServerProcess(directory, SCRIPT), f"{seed}-{number}"))
    yield made
    for house in made:
        if house.server.is_running:
            await house.server.kill()


async def test_takeovers_by_the_thousand_under_random_kills_keep_every_promise(houses: list[House]) -> None:
    """[P1, P2, P3, P5] As `test_restarts`, until there were enough of both."""

    async def live(house: House) -> None:
        await house.opens()
        while house.takeovers < TAKEOVERS / HOUSES or house.kills < KILLS / HOUSES:
            await house.lives_and_dies(most_seconds=8.0)
            if house.kills % 10 == 0:
                await is_sound(house.server.database)
                await house.settles()
                await house.is_in_order()
        await house.settles()
        await house.is_in_order()
        await is_sound(house.server.database)
        await house.closes()

    with anyio.fail_after(3 * HOUR):
        await asyncio.gather(*map(live, houses))
    complaints = [line for house in houses for line in house.server.complaints]
    assert not complaints, f"{len(complaints)}, of which the first is {complaints[0]}"
