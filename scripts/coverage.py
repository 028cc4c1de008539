"""Branch coverage of each package of the server, held to a floor: `python -m scripts.coverage`, after `make coverage`
has run the tests.

Covered is what runs in the process of a test. What wires, starts and stops processes is proven by tests that start
them: `demo`, `ops` and most of `load` and `node`, in `adapters` the hub on a Redis Cluster, in `inbox` the lists that
follow changes on several nodes, in `directory` what sessions ask of it. Those floors say nothing of their tests.
"""

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from coverage import Coverage

from intervene.terminal import say

SERVER = Path("server/intervene")
MODULES = "modules"
"""The name under which the modules at the top of the package are counted."""

FLOORS: dict[str, float] = {
    "accounts": 94,
    "adapters": 86,
    "bots": 87,
    "client": 95,
    "cluster": 71,
    "core": 98,
    "demo": 0,
    "directory": 43,
    "edge": 85,
    "engine": 97,
    "feed": 94,
    "housekeeping": 76,
    "inbox": 35,
    "load": 45,
    "migrations": 85,
    "modules": 55,
    "node": 24,
    "ops": 0,
    "policies": 91,
    "ports": 98,
}
"""Percent of statements and branches, a little less than was measured. A package that is not named fails."""


class Covered(NamedTuple):
    """How many statements and branches there are, and how many of them ran."""

    ran: int = 0
    all: int = 0

    @property
    def percent(self) -> float:
        return 100.0 * self.ran / self.all if self.all else 100.0

    def plus(self, summary: dict[str, Any]) -> "Covered":
        return Covered(
            self.ran + summary["covered_lines"] + summary["covered_branches"],
            self.all + summary["num_statements"] + summary["num_branches"],
        )


def package(file: str) -> str:
    parts = Path(file).parts
    first = parts[parts.index("intervene") + 1]
    return MODULES if first.endswith(".py") else first


def by_package(report: dict[str, Any]) -> dict[str, Covered]:
    """`report`: as coverage.py writes it in JSON."""
    found: dict[str, Covered] = defaultdict(Covered)
    for file, measured in report["files"].items():
        found[package(file)] = found[package(file)].plus(measured["summary"])
    return dict(sorted(found.items()))


def below(found: dict[str, Covered], floors: dict[str, float]) -> list[str]:
    """What is wrong, a sentence for each package."""
    wrong = [f"{name} has no floor: add one to scripts/coverage.py." for name in found if name not in floors]
    wrong += [f"{name} has a floor, and was not measured." for name in floors if name not in found]
    for name in found.keys() & floors.keys():
        if found[name].percent < floors[name]:
            wrong.append(f"{name} has {found[name].percent:.1f} %, and its floor is {floors[name]:.0f} %.")
    return sorted(wrong)


def measured() -> dict[str, Any]:
    coverage = Coverage()
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(file))
        report: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return report


def main() -> int:
    found = by_package(measured())
    say(f"{'package':<14} {'covered':>8} {'floor':>6} {'of':>7}")
    for name, covered in found.items():
        say(f"{name:<14} {covered.percent:>7.1f}% {FLOORS.get(name, 0):>5.0f}% {covered.all:>7}")
    whole = Covered(sum(covered.ran for covered in found.values()), sum(covered.all for covered in found.values()))
    say(f"{'all':<14} {whole.percent:>7.1f}% {'':>6} {whole.all:>7}")
    wrong = below(found, FLOORS)
    for sentence in wrong:
        say(sentence, is_error=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
