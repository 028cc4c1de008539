"""`intervene load`, as a user runs it, at servers as they are started. [P1] [P3] [P5] [P8] are checked by the run
itself, whose checks `tests/unit/load/test_screen.py` proves.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from intervene.load import run as runs
from intervene.load import scenario_file
from intervene.load.credentials import Credentials
from intervene.load.run import Run
from tests.integration.system.conftest import MakeServer
from tests.kit.command import command
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.server import ServerProcess

KEYS = {
    "shop": {"purpose": "contacts", "key": "k" * 32},
    "crm": {"purpose": "staff", "key": "s" * 32, "role": "supervisor"},
}
CREDENTIALS = f"""
staff = {{ kid = "crm", key = "{"s" * 32}" }}
customers = {{ kid = "shop", key = "{"k" * 32}" }}
"""
TALK = ["--set", "takeovers.per_second=0", "--set", "bots.streaming=0"]


def url(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}"


def report(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


class Running:
    """A run in the background; its standard error says how far it is."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._said = folder / "said.txt"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "intervene", "load", *arguments], cwd=folder, stdout=said, stderr=said
            )

    async def begins(self) -> None:
        await eventually(lambda: " of 60 s" in self.said, within=LONG_WAIT)

    async def ends(self) -> int:
        await eventually(lambda: self.process.poll() is not None, within=LONG_WAIT)
        return self.process.wait()

    @property
    def said(self) -> str:
        return self._said.read_text("utf-8", errors="replace")


async def test_a_smoke_run_needs_no_credentials_keeps_every_promise_and_writes_reports(
    server: ServerProcess, tmp_path: Path
) -> None:
    ended = await command(
        "load", "smoke", "--url", url(server), "--json", "it.json", "--html", "it.html",
        "--threshold", "errors=0", "--threshold", "takeover.ack.count>=1", cwd=tmp_path,
    )  # fmt: skip
    assert ended.status == 0, ended.text
    assert "Every promise was kept." in ended.text
    found = report(tmp_path / "it.json")
    assert found["inside"] == found["sessions"] == 8
    assert found["numbers"]["acked"] == found["numbers"]["due"] > 5
    assert found["numbers"]["races"] == found["numbers"]["takeovers"] >= 1, "of two who click, one is second"
    assert found["numbers"]["server_memory"] > 1024 * 1024, "the server is a process of this machine"
    assert {"ack", "delivery", "takeover.committed", "bot.first"} <= found["latency"].keys()
    assert "<svg" in (tmp_path / "it.html").read_text("utf-8")


async def test_a_server_in_production_takes_keys_and_a_threshold_that_fails_has_an_exit_status_of_its_own(
    servers: MakeServer, tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(KEYS), "utf-8")
    (tmp_path / "credentials.toml").write_text(CREDENTIALS, "utf-8")
    server = servers(development="false", host_keys=str(tmp_path / "keys.json"))
    await server.start()
    arguments = ["load", "smoke", "--url", url(server), *TALK, "--set", "duration=0.5", "--json", "it.json"]
    refused = await command(*arguments, cwd=tmp_path)
    assert refused.status == 3, refused.text
    assert "No token for the staff" in refused.text
    refused = await command(*arguments, "--token", "eyJhbGciOiJIUzI1NiJ9.e30.x", cwd=tmp_path)
    assert refused.status == 3, refused.text
    assert "Sessions were refused: " in refused.text
    assert "4500: the token is not valid here" in refused.text
    limits = ["--threshold", "ack.p50<1us", "--threshold", "broken=0"]
    ended = await command(*arguments, "--credentials", "credentials.toml", *limits, cwd=tmp_path)
    assert ended.status == 4, ended.text
    assert [one["holds"] for one in report(tmp_path / "it.json")["conditions"]] == [False, True]


async def test_what_was_acknowledged_is_there_after_a_kill(server: ServerProcess, tmp_path: Path) -> None:
    """[P5] Sessions come back and resume; what had no answer is sent again. Ctrl-C ends the run with a report."""
    run = Running(tmp_path, "smoke", "--url", url(server), *TALK, "--set", "duration=60", "--json", "it.json")
    await run.begins()
    await server.kill()
    await server.start()
    before = run.said.count("8 sessions")
    await eventually(lambda: run.said.count("8 sessions") > before, within=LONG_WAIT)
    run.process.send_signal(signal.SIGINT)
    assert await run.ends() == 0, run.said
    found = report(tmp_path / "it.json")
    assert found["ended"] == "interrupted"
    assert found["numbers"]["reconnects"] >= 8
    assert found["numbers"]["broken"] == found["numbers"]["unanswered"] == 0


async def test_a_server_that_is_gone_leaves_a_report_and_no_traceback(server: ServerProcess, tmp_path: Path) -> None:
    run = Running(tmp_path, "smoke", "--url", url(server), "--set", "duration=60", "--json", "it.json")
    await run.begins()
    await server.kill()
    await eventually(lambda: " 0 sessions" in run.said, within=LONG_WAIT)
    run.process.send_signal(signal.SIGTERM)
    assert await run.ends() == 3, run.said
    assert "AT THE END NOTHING OF THE SERVER WAS THERE." in run.said
    assert "Traceback" not in run.said
    assert report(tmp_path / "it.json")["ended"] == "lost"


async def test_a_server_that_is_frozen_is_no_server(server: ServerProcess, tmp_path: Path) -> None:
    """It still has every connection, and kept each promise that it could be asked about."""
    run = Running(tmp_path, "smoke", "--url", url(server), *TALK, "--set", "duration=60", "--json", "it.json")
    await run.begins()
    server.freeze()
    run.process.send_signal(signal.SIGTERM)
    assert await run.ends() == 3, run.said
    server.thaw()
    found = report(tmp_path / "it.json")
    assert found["ended"] == "lost"
    assert found["numbers"]["absent"] == found["sessions"]


async def test_without_a_server_or_a_scenario_nothing_is_started(tmp_path: Path) -> None:
    assert (await command("load", "smoke", "--url", "http://127.0.0.1:9", cwd=tmp_path)).status == 3
    assert (await command("load", "smok", cwd=tmp_path)).status == 2
    assert (await command("load", "smoke", "--threshold", "ack<5", cwd=tmp_path)).status == 2
    refused = await command("load", "smoke", "--json", "none/it.json", cwd=tmp_path)
    assert (refused.status, refused.text.strip()) == (
        2, "The report cannot be written to none/it.json: No such file or directory."
    )  # fmt: skip
    assert (await command("load", "smoke", "--set", f"about={'[' * 5000}", cwd=tmp_path)).status == 2


async def test_a_run_that_is_stopped_before_it_has_processes_ends(server: ServerProcess) -> None:
    run = Run("smoke", scenario_file.read("smoke", ()), [url(server)], Credentials(), 1)
    run.stop()
    with anyio.fail_after(LONG_WAIT):
        await run.play()
    assert run.report(()).ended == "interrupted"


async def test_a_generator_that_hangs_is_killed_and_its_end_is_not_waited_for(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "END_SECONDS", 1.0)
    run = Run("smoke", scenario_file.read("smoke", ["duration=0.5"]), [url(server)], Credentials(), 1)
    start = run._start

    async def frozen(said: Any) -> None:
        await start(said)
        run.stop()
        run._processes[0].process.send_signal(signal.SIGSTOP)

    monkeypatch.setattr(run, "_start", frozen)
    with anyio.fail_after(LONG_WAIT):
        await run.play()
    assert run.report(()).warnings == ["A generator process did not end within 1 s, and was killed."]
