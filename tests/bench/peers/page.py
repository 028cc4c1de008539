"""`python -m tests.bench.peers.page`: docs/performance.md between its markers, and its plots, from what was measured.

What is written by hand there stays. `docs/performance.json` has the rounds themselves.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.bench.peers import goals, plots, report, results
from tests.bench.peers.plots import Bar
from tests.bench.peers.results import FANOUT, JOINS, ROOMS, Results, ranged

DOCS = Path(__file__).parents[3] / "docs"
PAGE, DATA = DOCS / "performance.md", DOCS / "performance.json"
_BLOCK = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def main() -> None:
    found = results.read(DATA)
    PAGE.write_text(rendered(PAGE.read_text("utf-8"), found), "utf-8")
    for name, plot in drawn(found).items():
        (DOCS / name).write_text(plot, "utf-8")


def rendered(page: str, found: Results) -> str:
    """The page with all its blocks made anew. A block that nothing is known of is an error."""

    def block(match: re.Match[str]) -> str:
        return f"{match[1]}{BLOCKS[match[2]](found)}\n{match[3]}"

    return _BLOCK.sub(block, page)


def blocks(page: str) -> list[str]:
    return [match[2] for match in _BLOCK.finditer(page)]


def drawn(found: Results) -> dict[str, str]:
    """Plots, by their file's name in docs."""
    return {
        "performance-messages.svg": plots.bars(
            "A message to the three of a room", "us of CPU at full load; dashed: socket.io's",
            [*_bars(found, ROOMS, "full_cpu")], _middle(found, ROOMS, report.RELAY, "full_cpu"),
        ),
        "performance-fanout.svg": plots.bars(
            "A delivery, 1 to 1,000, one message at a time", "us of CPU; dashed: the goal",
            [*_bars(found, FANOUT, "one_cpu")], _goal(found),
        ),
        "performance-sessions.svg": plots.bars(
            "What a session that does nothing keeps", "KiB; dashed: the goal",
            [*_bars(found, JOINS, "kib")], 3.5,
        ),
        "performance-joins.svg": plots.bars(
            "To come in, 10,000 sessions at once", "us of CPU; dashed: the goal",
            [*_bars(found, JOINS, "cpu")], 400,
        ),
    }  # fmt: skip


def _bars(found: Results, group: str, figure: str) -> Iterator[Bar]:
    for peer, title in found.peers.items():
        if shown := ranged(found.values(group, peer, figure).values()):
            yield Bar(re.sub(r"[*`]", "", title), shown, title.startswith("**"))


def _middle(found: Results, group: str, peer: str, figure: str) -> float | None:
    shown = ranged(found.values(group, peer, figure).values())
    return shown.middle if shown else None


def _goal(found: Results) -> float | None:
    """Of the cost of a delivery: three quarters of the floor's efficiency."""
    floor = _middle(found, FANOUT, report.FLOOR, "one_cpu")
    return floor / 0.75 if floor else None


def _machine(found: Results) -> str:
    facts = [f"* {name}: {fact}" for name, fact in found.machine.items()]
    facts += [f"* {found.peers[peer].replace('**', '')}: {version}" for peer, version in found.versions.items()]
    facts += [f"* left out: {missing}, which could not be installed" for missing in found.missing.values()]
    if found.loads:
        facts.append(f"* load of the machine, with all that ran beside it: {min(found.loads)} to {max(found.loads)}")
    rounds = {group: len({row.round for row in found.rows if row.group == group}) for group in report.TABLES}
    facts.append("* rounds: " + ", ".join(f"{group} {count}" for group, count in rounds.items()))
    return "\n".join(facts)


BLOCKS: Mapping[str, Callable[[Results], str]] = {
    **report.TABLES,
    "goals": goals.goals_table,
    "machine": _machine,
}

if __name__ == "__main__":
    main()
