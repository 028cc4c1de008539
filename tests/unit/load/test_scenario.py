"""Scenarios: what is wrong is said with its key, its line and what the key takes."""

from pathlib import Path

import pytest

from intervene.load import scenario_file
from intervene.load.scenario_file import BadScenario

GOOD = "conversations = 10\nduration = 5\n"


def refused(tmp_path: Path, text: str, *changes: str) -> str:
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadScenario) as problem:
        scenario_file.read(str(file), changes)
    return str(problem.value).replace(str(file), "mine")


def test_every_scenario_of_the_package_fits_and_says_what_it_is() -> None:
    found = scenario_file.shipped()
    assert {"smoke", "messages", "takeovers", "streams", "reconnect-storm", "slow-readers"} <= {
        one.name for one in found
    }
    assert all(len(one.about) > 20 for one in found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            GOOD + '[messages]\n\nper_second = "fast"\n',
            "The scenario mine, line 5: messages.per_second is 'fast', and takes a number from 0 to 1,000,000.",
        ),
        (
            GOOD + "[messages]\nper_secnd = 5\n",
            "The scenario mine, line 4: messages.per_secnd is no key of a scenario (did you mean per_second?). There "
            "are per_second, bytes, by_agents and typing_per_second.",
        ),
        (
            "conversations = 0\nduration = 5\n",
            "The scenario mine, line 1: conversations is 0, and takes a whole number from 1 to 1,000,000.",
        ),
        (
            "conversations = 5\nduration = 0\n",
            "The scenario mine, line 2: duration is 0, and takes a number above 0 to 2,592,000.",
        ),
        ("duration = 5\n", "The scenario mine: conversations is missing. It takes a whole number from 1 to 1,000,000."),
        (
            GOOD + "slow = 5\n",
            "The scenario mine, line 3: slow is 5, and takes a table of sessions and pause.",
        ),
        (
            GOOD + "[takeovers]\nper_second = 1\n",
            "The scenario mine, line 4: takeovers.per_second needs bots to take over from: set bots.streaming.",
        ),
        (
            GOOD + "[bots]\nstreaming = 11\n",
            "The scenario mine, line 4: bots.streaming is 11, more than the 10 conversations.",
        ),
        (
            GOOD + "[messages]\nper_second = 50\n",
            "The scenario mine, line 4: messages.per_second is 50: each customer would send 2.5 a second, and a server "
            "takes 2. Set conversations or messages.by_agents higher.",
        ),
        (
            GOOD + "[messages]\nper_second = 50\nby_agents = 1\n[sessions]\nagents = 1\n",
            "The scenario mine, line 4: messages.per_second is 50: each agent would send 50.0 a second, and a server "
            "takes 20. Set sessions.watches lower or conversations higher.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_key_line_and_what_the_key_takes(tmp_path: Path, text: str, sentence: str) -> None:
    assert refused(tmp_path, text) == sentence


def test_what_is_no_toml_is_said_with_its_line(tmp_path: Path) -> None:
    assert "at line 2" in refused(tmp_path, "conversations = 10\nduration\n")


def test_a_change_on_the_command_line_is_checked_like_the_file(tmp_path: Path) -> None:
    assert refused(tmp_path, GOOD, "messages.bytes=5").startswith(
        "What was set on the command line: messages.bytes is 5"
    )
    assert "should be like" in refused(tmp_path, GOOD, "messages.bytes")
    assert "should be like" in refused(tmp_path, GOOD, "duration=soon")
    changed = scenario_file.read("messages", ["messages.per_second=3", "duration=1.5"])
    assert (changed.messages.per_second, changed.duration) == (3, 1.5)


def test_a_scenario_that_there_is_not_is_said_with_the_one_that_was_meant() -> None:
    with pytest.raises(BadScenario, match=r"no scenario 'mesages' \(did you mean messages\?\), and no such file"):
        scenario_file.read("mesages", ())
