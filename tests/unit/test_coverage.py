"""What `make coverage` counts, and when it fails."""

from typing import Any

from scripts.coverage import Covered, below, by_package


def summary(lines: int, branches: int) -> dict[str, Any]:
    """Of a file with ten statements and four branches."""
    return {"summary": {"covered_lines": lines, "num_statements": 10, "covered_branches": branches, "num_branches": 4}}


REPORT = {
    "files": {
        "server/intervene/core/text.py": summary(10, 4),
        "server/intervene/core/wire/views.py": summary(3, 1),
        "server/intervene/cli.py": summary(7, 0),
    }
}


def test_statements_and_branches_are_summed_for_each_package() -> None:
    found = by_package(REPORT)
    assert found == {"core": Covered(18, 28), "modules": Covered(7, 14)}
    assert found["modules"].percent == 50.0


def test_a_package_below_its_floor_fails() -> None:
    found = by_package(REPORT)
    assert below(found, {"core": 64.0, "modules": 50.0}) == []
    assert below(found, {"core": 64.0, "modules": 51.0}) == ["modules has 50.0 %, and its floor is 51 %."]


def test_a_package_without_a_floor_fails_and_so_does_a_floor_without_a_package() -> None:
    assert below(by_package(REPORT), {"modules": 50.0, "adapters": 90.0}) == [
        "adapters has a floor, and was not measured.",
        "core has no floor: add one to scripts/coverage.py.",
    ]
