"""docs/load.md: its examples can be used as they stand, and it leaves nothing out."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intervene.load import credentials, scenario_file, thresholds
from intervene.load.command import put_under_load
from intervene.load.credentials import BadCredentials, Credentials
from intervene.load.recorder import TIMES
from intervene.load.results import MEANINGS
from intervene.load.run import Exit
from intervene.load.scenario import Scenario

PAGE = (Path(__file__).parents[3] / "docs" / "load.md").read_text("utf-8")
SCENARIO, KEYS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"\.venv/bin/intervene load ([^#>\n]+(?:>=?\d[^#>\n]*)*)", PAGE)


def keys(table: dict[str, Any], before: str = "") -> set[str]:
    found = set()
    for name, value in table.items():
        found |= keys(value, f"{before}{name}.") if isinstance(value, dict) else {before + name}
    return found


def test_the_scenario_of_the_docs_can_be_used_and_has_every_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(SCENARIO, "utf-8")
    scenario = scenario_file.read(str(file), ())
    assert keys(tomllib.loads(SCENARIO)) == keys(msgspec.to_builtins(scenario))
    assert isinstance(scenario, Scenario)


def test_the_credentials_of_the_docs_can_be_used_and_are_never_shown(tmp_path: Path) -> None:
    """[P6]"""
    file = tmp_path / "credentials.toml"
    file.write_text(KEYS, "utf-8")
    found = credentials.read(file)
    assert found.staff is not None
    assert found.staff.key not in repr(found)
    file.write_text('staff = { kid = "crm", key = 5 }', "utf-8")
    with pytest.raises(BadCredentials, match="do not fit"):
        credentials.read(file)
    file.write_text('staff = "a secret of at least 32 characters, as it should be"', "utf-8")
    with pytest.raises(BadCredentials) as problem:
        credentials.read(file)
    assert "secret" not in str(problem.value)


def test_tokens_of_too_few_people_are_said_before_anything_is_started() -> None:
    scenario = scenario_file.read("takeovers", ())
    with pytest.raises(BadCredentials, match="tokens of 1 people"):
        credentials.check(Credentials(tokens=["a"]), scenario)
    with pytest.raises(BadCredentials, match="40 of one person"):
        credentials.check(Credentials(tokens=["a"]), scenario_file.read("fan-out", ()))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_docs_is_one(command: str) -> None:
    context = put_under_load.make_context("load", [word for word in shlex.split(command) if word != "mine.toml"])
    given = context.params
    if given["scenario"]:
        scenario_file.read(given["scenario"], given["changes"])
    for threshold in given["thresholds"]:
        thresholds.parse(threshold, TIMES, MEANINGS)


def test_the_docs_have_every_scenario_option_and_exit_status() -> None:
    assert len(COMMANDS) > 6
    for word in (
        *(one.name for one in scenario_file.shipped()),
        *(option for parameter in put_under_load.params[1:] for option in parameter.opts),
    ):
        assert f"`{word}" in PAGE, word
    for status in Exit:
        assert f"\n| {status.value} |" in PAGE
