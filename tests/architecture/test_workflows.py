"""The workflows run what the docs name: each version that is claimed, and each step of `make nightly`."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows" / name).read_text("utf-8"))["jobs"]
    return found


def cells() -> list[dict[str, str]]:
    found: list[dict[str, str]] = jobs("ci.yml")["test"]["strategy"]["matrix"]["include"]
    return found


def test_the_matrix_has_every_python_that_the_package_claims() -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    claimed = {
        name.rsplit(" ", 1)[1] for name in classifiers if name.startswith("Programming Language :: Python :: 3.")
    }
    assert {cell["python"] for cell in cells()} == claimed
    assert set(jobs("ci.yml")["image"]["strategy"]["matrix"]["python"]) == claimed


def test_the_matrix_goes_from_the_oldest_database_and_redis_of_the_docs_to_those_that_are_shipped() -> None:
    operations = (ROOT / "docs/operations.md").read_text("utf-8")
    (postgres,) = set(re.findall(r"PostgreSQL (\d+) or newer", operations))
    (redis,) = set(re.findall(r"Redis ([\d.]+) or newer", operations))
    shipped = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    newest = int(shipped["postgres"]["image"].removeprefix("postgres:"))
    assert {int(cell["postgres"]) for cell in cells()} == set(range(int(postgres), newest + 1))
    assert {redis, shipped["redis"]["image"].removeprefix("redis:")} <= {cell["redis"] for cell in cells()}


def test_the_workflow_runs_what_ci_run_runs() -> None:
    steps = re.findall(r"^step (.*)", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert steps == ["check", "test", 'test-all ARGS="-m faults"']
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert [step for step in steps if f"make {step}" not in workflow] == []


def test_each_night_everything_runs_that_make_nightly_runs() -> None:
    (line,) = re.findall(r"^nightly: ([\w ]+?) *##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    steps = jobs("nightly.yml")["long"]["strategy"]["matrix"]["step"]
    assert set(steps) == {*line.split(), "bench"}


def test_actions_of_others_are_named_by_commit() -> None:
    wrong = []
    for file in sorted(ROOT.glob(".github/workflows/*.yml")):
        named = re.findall(r"uses: (\S+)", file.read_text("utf-8"))
        wrong += [f"{file.name}: {name}" for name in named if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name)]
    assert not wrong, "\n".join(wrong)
