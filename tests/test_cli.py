"""The command: what it hands over, and how it ends. The modules behind it are played by stand-ins."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

import intervene
from intervene.cli import main

Play = Callable[..., list[tuple[tuple[Any, ...], dict[str, Any]]]]


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


@pytest.fixture(autouse=True)
def _somewhere_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Puts a stand-in where a module will be imported from; returns the calls it gets."""

    def play(module: str, function: str, result: int | Exception = 0) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

        def stand_in(*args: Any, **kwargs: Any) -> int:
            calls.append((args, kwargs))
            if isinstance(result, Exception):
                raise result
            return result

        played = ModuleType(module)
        setattr(played, function, stand_in)
        parent, _, name = module.rpartition(".")
        monkeypatch.setitem(sys.modules, module, played)
        monkeypatch.setattr(__import__(parent, fromlist=["_"]), name, played, raising=False)
        return calls

    return play


@pytest.fixture(autouse=True)
def _logs_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intervene.logs.configure", lambda *_: None)


def test_the_version_is_told() -> None:
    assert run("--version").output == f"intervene, version {intervene.__version__}\n"


def test_config_shows_each_setting_with_source_and_meaning() -> None:
    shown = run("config", INTERVENE_PORT="9000", INTERVENE_KEYS="k" * 32).output
    assert "port = 9000  (INTERVENE_PORT)\n    TCP port" in shown
    assert "keys = [withheld]  (INTERVENE_KEYS)" in shown
    rows = json.loads(run("config", "--json").output)
    assert rows[0] == {"name": "host", "value": "127.0.0.1", "source": "default", "meaning": "address to listen on"}


@pytest.mark.parametrize("command", [["serve"], ["config"], ["verify"], ["backup", "x"]])
def test_a_wrong_setting_ends_every_command_with_a_sentence_and_status_2(command: list[str]) -> None:
    ended = run(*command, INTERVENE_PORT="x")
    assert ended.exit_code == 2
    assert ended.output.startswith("INTERVENE_PORT cannot be 'x': ")
    assert len(ended.output.splitlines()) == 1


def test_serve_hands_the_settings_over_and_ends_as_the_server_does(play: Play) -> None:
    calls = play("intervene.node", "serve", 0)
    assert run("serve", INTERVENE_PORT="9000").exit_code == 0
    [((config,), _)] = calls
    assert config.port == 9000


def test_a_server_that_cannot_start_says_why_with_status_3(play: Play) -> None:
    play("intervene.node", "serve", OSError("the port is taken"))
    ended = run("serve")
    assert ended.exit_code == 3
    assert ended.output == "Intervene could not start: the port is taken\n"


def test_demo_passes_its_options_on_and_ends_with_its_status(play: Play, tmp_path: Path) -> None:
    calls = play("intervene.tools.demo", "run", 1)
    lines = tmp_path / "lines.txt"
    lines.write_text("hello\n")
    ended = run("demo", "--input", str(lines), "--rounds", "3", "--url", "http://127.0.0.1:1", "--json")
    assert ended.exit_code == 1
    assert calls == [((), {"rounds": 3, "input": lines, "url": "http://127.0.0.1:1", "as_json": True})]
    assert run("demo", "--rounds", "0").exit_code == 2


def test_verify_takes_the_data_directory_s_database_by_default(play: Play, tmp_path: Path) -> None:
    calls = play("intervene.tools.verify", "run")
    missing = run("verify")
    assert missing.exit_code == 2
    assert "There is no database at data/intervene.db" in missing.output
    (tmp_path / "intervene.db").touch()
    assert run("verify", INTERVENE_DATA=str(tmp_path)).exit_code == 0
    assert calls == [((tmp_path / "intervene.db", False), {})]


def test_backup_gets_the_settings_and_the_target(play: Play) -> None:
    calls = play("intervene.tools.backup", "run")
    assert run("backup", "copy.db").exit_code == 0
    [((config, target), _)] = calls
    assert (config.data, target) == (Path("data"), Path("copy.db"))
