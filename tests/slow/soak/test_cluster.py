"""Ten thousand takeovers on two nodes, with everything going wrong at random: what must be 0 is 0. `make soak`.

Its result is written to `docs/soak.json`, with the machine, the day, the seed and the command. TAKEOVERS=... makes it
shorter, SEED=... plays the same people and misfortunes again, as far as real servers let them.
"""

import os
import platform
import random
import time
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from tests.cluster.bench import ROOT, Bench
from tests.cluster.misfortunes import MISFORTUNES
from tests.cluster.town import Town
from tests.kit.limits import LONG_WAIT
from tests.kit.oracles.findings import Counts

TAKEOVERS = int(os.environ.get("TAKEOVERS", "10000"))
TOWNS = 20  # one after another, each on an empty database: what is checked stays small
MISFORTUNES_EACH = 12
SEED = os.environ.get("SEED", os.urandom(4).hex())
RESULT = Path(os.environ.get("RESULT", str(ROOT / "docs" / "soak.json")))
CUSTOMERS, AGENTS = 16, 8
EACH_SECONDS = 1800.0  # for one town; a fault, and not a slow machine, when it is reached

counts = Counts()
misfortunes: Counter[str] = Counter()
seeds: list[str] = []
began = time.monotonic()


@pytest.mark.parametrize("number", range(TOWNS))
async def test_takeovers_by_the_thousand_under_misfortunes_keep_every_promise(own_bench: Bench, number: int) -> None:
    """[P1, P2, P3, P4, P5]"""
    global counts
    seed = f"{SEED}-{number}"
    print(f"SEED={SEED}, town {number}")
    own_bench.may_complain("")  # nodes have every reason to
    chance = random.Random(seed)
    town = Town(own_bench, seed, customers=CUSTOMERS, agents=AGENTS)
    await town.opens()
    with anyio.fail_after(EACH_SECONDS):
        async with town.is_busy():
            happened = 0
            while town.takeovers < TAKEOVERS / TOWNS or happened < MISFORTUNES_EACH:
                name = chance.choice(sorted(MISFORTUNES))
                await MISFORTUNES[name](own_bench, chance)
                misfortunes[name] += 1
                happened += 1
                await town.takes_over(1, within=2 * LONG_WAIT)  # it goes on
        await town.settles()
        found = await town.is_in_order()
    await town.leaves()
    counts += found.counts
    seeds.append(seed)
    print(f"{counts} {sum(misfortunes.values())} misfortunes, {time.monotonic() - began:.0f} s")


def test_what_must_be_none_is_none_and_the_result_is_written_down() -> None:
    """[P1, P5] Only of a whole run."""
    assert len(seeds) == TOWNS, "a town did not come to its end"
    assert counts == Counts(takeovers=counts.takeovers)
    assert counts.takeovers >= TAKEOVERS
    result: dict[str, Any] = {
        **asdict(counts),
        "misfortunes": dict(sorted(misfortunes.items())),
        "seed": SEED,
        "command": "make soak",
        "day": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.monotonic() - began),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
