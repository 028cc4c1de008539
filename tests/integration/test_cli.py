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
from intervene.core.errors import Unavailable

Play = Callable[..., list[tuple[tuple[Any, ...], dict[str, Any]]]]


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


@pytest.fixture(autouse=True)
def _somewhere_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Puts a stand-in where a module will be imported from; returns the calls it gets."""

    def play(module: str, function: str, result: object = 0) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

        def stand_in(*args: Any, **kwargs: Any) -> object:
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
    assert rows[0] == {"name": "host", "value": "localhost", "source": "default", "meaning": "address to listen on"}


@pytest.mark.parametrize(
    "command", [["serve"], ["config"], ["verify"], ["backup", "x"], ["restore", "x"], ["migrate"], ["doctor"]]
)
def test_a_wrong_setting_ends_every_command_with_a_sentence_and_status_2(command: list[str]) -> None:
    ended = run(*command, INTERVENE_PORT="x")
    assert ended.exit_code == 2
    assert ended.output.startswith("INTERVENE_PORT cannot be 'x': ")
    assert len(ended.output.splitlines()) == 1


def test_serve_hands_the_settings_over_and_ends_as_the_server_does(play: Play) -> None:
    calls = play("intervene.node.serve", "serve", 0)
    assert run("serve", INTERVENE_PORT="9000").exit_code == 0
    [((config, *sockets), _)] = calls
    assert (config.port, sockets) == (9000, [None, None])


def test_a_server_that_cannot_start_says_why_with_status_3(play: Play) -> None:
    play("intervene.node.serve", "serve", OSError("the port is taken"))
    ended = run("serve")
    assert ended.exit_code == 3
    assert ended.output == "Intervene could not start: the port is taken\n"


def test_demo_passes_its_options_on_and_ends_with_its_status(play: Play, tmp_path: Path) -> None:
    calls = play("intervene.demo.demo", "run", 1)
    lines = tmp_path / "lines.txt"
    lines.write_text("hello\n")
    ended = run("demo", "--input", str(lines), "--rounds", "3", "--url", "http://127.0.0.1:1", "--json")
    assert ended.exit_code == 1
    given = {"rounds": 3, "input": lines, "url": "http://127.0.0.1:1", "as_json": True}
    assert calls == [((), given | {"nodes": 1, "database_url": None, "redis_url": None})]
    assert run("demo", "--rounds", "0").exit_code == 2


def test_demo_takes_what_several_nodes_share_from_options_or_from_the_settings_variables(play: Play) -> None:
    calls = play("intervene.demo.demo", "run")
    variables = {"INTERVENE_DATABASE_URL": "postgresql://host/name", "INTERVENE_REDIS_URL": "redis://host"}
    assert run("demo", "--nodes", "2", "--redis-url", "redis://other", **variables).exit_code == 0
    [(_, given)] = calls
    assert (given["nodes"], given["database_url"]) == (2, "postgresql://host/name")
    assert given["redis_url"] == "redis://other"


@pytest.mark.parametrize(
    "options", [["--nodes", "2", "--url", "http://127.0.0.1:1"], ["--database-url", "postgresql://u:hunter2@h/x"]]
)
def test_demo_refuses_options_that_do_not_go_together(play: Play, options: list[str]) -> None:
    calls = play("intervene.demo.demo", "run")
    ended = run("demo", *options)
    assert (ended.exit_code, calls) == (2, [])
    assert "--nodes" in ended.output
    assert "hunter2" not in ended.output


def test_doctor_gets_the_settings_and_every_url(play: Play) -> None:
    calls = play("intervene.ops.doctor", "run", 1)
    ended = run("doctor", "--url", "http://a", "--url", "http://b", "--json", INTERVENE_PORT="9000")
    assert ended.exit_code == 1
    [((config, urls, as_json), _)] = calls
    assert (config.port, urls, as_json) == (9000, ("http://a", "http://b"), True)


def test_verify_takes_the_data_directory_s_database_by_default(play: Play, tmp_path: Path) -> None:
    calls = play("intervene.ops.verify", "run")
    missing = run("verify")
    assert missing.exit_code == 2
    assert "There is no database at data/intervene.db" in missing.output
    (tmp_path / "intervene.db").touch()
    assert run("verify", INTERVENE_DATA=str(tmp_path)).exit_code == 0
    assert calls == [((tmp_path / "intervene.db", False), {})]


def test_verify_takes_the_database_of_the_settings_before_the_data_directory_s(play: Play, tmp_path: Path) -> None:
    calls = play("intervene.ops.verify", "run", 1)
    (tmp_path / "intervene.db").touch()
    environ = {"INTERVENE_DATA": str(tmp_path), "INTERVENE_DATABASE_URL": "postgresql://u:hunter2@host/name"}
    assert run("verify", "--json", **environ).exit_code == 1
    assert calls.pop() == (("postgresql://u:hunter2@host/name", True), {})
    assert run("verify", str(tmp_path / "intervene.db"), **environ).exit_code == 1
    assert calls == [((tmp_path / "intervene.db", False), {})]


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@host/name", "postgres://u:hunter2@host/name"])
def test_verify_takes_a_url(play: Play, url: str) -> None:
    calls = play("intervene.ops.verify", "run")
    assert run("verify", url).exit_code == 0
    assert calls == [((url, False), {})]


@pytest.mark.parametrize("given", ["mysql://u:hunter2@host/name", "nowhere.db", "."])
def test_verify_of_what_is_no_database_ends_with_status_2_and_without_a_password(play: Play, given: str) -> None:
    play("intervene.ops.verify", "run")
    ended = run("verify", given)
    assert ended.exit_code == 2
    assert "Invalid value for '[DATABASE]'" in ended.output
    assert "hunter2" not in ended.output


def test_migrate_says_what_was_done(play: Play) -> None:
    calls = play("intervene.ops.migrate", "migrate", "It went from here to there.")
    ended = run("migrate", INTERVENE_DATABASE_URL="postgresql://host/name")
    assert (ended.exit_code, ended.output) == (0, "It went from here to there.\n")
    [((config, partitions), _)] = calls
    assert (config.database_url, partitions) == ("postgresql://host/name", 0)


@pytest.mark.parametrize("problem", [Unavailable("it is away"), OSError("it is away")])
def test_a_database_that_cannot_be_migrated_is_answered_with_why_and_status_3(play: Play, problem: Exception) -> None:
    play("intervene.ops.migrate", "migrate", problem)
    ended = run("migrate")
    assert (ended.exit_code, ended.output) == (3, "Intervene could not migrate: it is away\n")


def test_restore_gets_the_settings_and_the_file(play: Play) -> None:
    calls = play("intervene.ops.restore", "run")
    assert run("restore", "copy.db", "--force").exit_code == 0
    [((config, file), options)] = calls
    assert (config.data, file, options) == (Path("data"), Path("copy.db"), {"force": True})


def test_backup_gets_the_settings_and_the_target(play: Play) -> None:
    calls = play("intervene.ops.backup", "run")
    assert run("backup", "copy.db").exit_code == 0
    [((config, target), _)] = calls
    assert (config.data, target) == (Path("data"), Path("copy.db"))
