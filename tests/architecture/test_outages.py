"""What the docs say that an outage costs: one table, whose numbers are those of the code and of the tests."""

import re
from pathlib import Path

import pytest

from intervene.core.timing import PRODUCTION
from tests.kit import limits
from tests.kit.limits import production

ROOT = Path(__file__).parents[2]


def table() -> dict[str, str]:
    """What is away, and for how long at most that is noticed."""
    text = (ROOT / "docs" / "operations.md").read_text().partition("## When something is away")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0].strip(): row[-1].strip() for row in rows[1:]}


def proxy_gives_up() -> float:
    (found,) = re.findall(r"check inter (\d+)s fall (\d+)", (ROOT / "deploy" / "haproxy.cfg").read_text())
    return float(found[0]) * float(found[1])


SECONDS = {
    "Redis: down, emptied, cut off": (PRODUCTION.heartbeat, production(limits.POLLED)),
    "Redis: accepts, and says nothing": (production(limits.UNHEARD),),
    "one master of a Redis Cluster, until its replica takes over": (PRODUCTION.heartbeat, production(limits.POLLED)),
    "Redis: lost one message and nobody noticed": (PRODUCTION.compare,),
    "Redis: accepts, and refuses (password, rights, loading)": (PRODUCTION.heartbeat,),
    "PostgreSQL, for all": (production(limits.TOLD, 3.0) + 3.0,),
    "SQLite: a full disk, an I/O error, read-only, another file in its place": (1.5 * PRODUCTION.sqlite_check,),
    "PostgreSQL, for one node": (
        PRODUCTION.cut_off_after + PRODUCTION.cut_off_check + PRODUCTION.away,
        production(limits.MOVED),
    ),
    "PostgreSQL and Redis, for one node": (
        PRODUCTION.stranded_after + PRODUCTION.stranded_away,
        production(limits.STRANDED, 5.0),
    ),
    "PostgreSQL and Redis, for all": (PRODUCTION.stranded_after,),
    "a node that died": (PRODUCTION.dead_after + PRODUCTION.heartbeat, production(limits.UNTOLD)),
    "a node that is frozen, or cut off from everything": (proxy_gives_up(),),
}


def test_every_row_has_its_number() -> None:
    assert set(table()) == set(SECONDS)


@pytest.mark.parametrize("away", SECONDS)
def test_the_table_says_what_code_and_tests_have(away: str) -> None:
    for seconds in SECONDS[away]:
        assert table()[away] == f"{seconds:g} s"


@pytest.mark.parametrize("file", ["README.md", "docs/promises.md"])
def test_other_pages_refer_to_the_table(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "operations.md#when-something-is-away" in text
    assert not re.search(r"Redis[^.|]*(two|three|ten|\d+) seconds", text)
