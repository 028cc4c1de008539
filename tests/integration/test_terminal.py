"""What others wrote does not act on a terminal or in a log, and no encoding ends a command."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from anyio import to_thread

from intervene import logs, terminal
from intervene.client import Closed, Refused
from intervene.client.trouble import Kind, Outage
from intervene.core.codes import ErrorCode
from intervene.core.wire.staff import Error
from intervene.demo.timeline import Timeline
from intervene.ops.doctor.findings import ok
from tests.integration.client.front import front, page
from tests.kit.limits import LONG_WAIT
from tests.kit.logs import plain

ACTS = {
    "ESC": "\x1b[2J\x1b]0;owned\x07",
    "BEL": "\x07",
    "C1": "\x9b2J\x9d0;owned\x9c",
    "carriage return": "safe\rFAIL",
    "another line": "safe\nok    everything",
    "Unicode's own lines": "safe\u2028ok\u2029",
    "an override of direction": "\u202egnp.exe",
    "isolates": "\u2066\u2067\u2069",
    "half a surrogate pair": "\ud83d",
    "a byte that is no UTF-8": "caf\udce9",
    "backspace and delete": "good\x08\x08\x08\x08\x7f",
    "NUL": "\0",
}
FORBIDDEN = {"\x1b", "\x07", "\x9b", "\x9d", "\r", "\u202e", "\u2066", "\u2028", "\x08", "\x7f", "\0", "\ud83d"}

CapSys = pytest.CaptureFixture[str]


def shown(capsys: CapSys) -> str:
    captured = capsys.readouterr()
    both = captured.out + captured.err
    assert not FORBIDDEN & set(both)
    both.encode()
    return both


@pytest.mark.parametrize("text", ACTS.values(), ids=ACTS)
def test_a_timeline_shows_names_and_words_in_one_line_each(text: str, capsys: CapSys) -> None:
    timeline = Timeline("A round", is_brief=False)
    capsys.readouterr()
    timeline.tell(text, text)
    assert shown(capsys).count("\n") == 1


@pytest.mark.parametrize("text", ACTS.values(), ids=ACTS)
def test_a_finding_shows_what_others_said_in_its_own_line(text: str, capsys: CapSys) -> None:
    terminal.say(ok(text, text)._replace(advice=text), lines=True)
    assert shown(capsys).count("\n") == 2


@pytest.mark.parametrize("text", ACTS.values(), ids=ACTS)
def test_what_a_client_raises_and_logs_is_escaped(text: str, caplog: pytest.LogCaptureFixture) -> None:
    Outage().failed(Kind.NOT_THE_SERVER, text, tries=1, delay=0.0)
    refused = Refused(Error(code=ErrorCode.TAKEN, message=text))
    for said in (caplog.messages[-1], str(Closed(4500, text)), str(refused)):
        assert not FORBIDDEN & set(said)
    assert refused.message == text


@pytest.mark.parametrize("text", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("form", ["console", "json"])
def test_a_line_of_the_log_is_one_line_that_does_not_act(text: str, form: Any, capsys: CapSys) -> None:
    root, ours = logging.getLogger(), logging.getLogger(logs.OURS)
    before = root.handlers, root.level, ours.level
    try:
        logs.configure(form, "debug")
        structlog.get_logger("intervene.test").warning(text, who=text, name2=[text], **{text: 1})
        logging.getLogger("another").warning("%s", text)
        assert shown(capsys).count("\n") == 2
    finally:
        plain()
        root.handlers, level, ours_level = before
        root.setLevel(level)
        ours.setLevel(ours_level)


@pytest.mark.parametrize("text", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_in_the_log_does_not_act(text: str, form: Any, capsys: CapSys) -> None:
    root, ours = logging.getLogger(), logging.getLogger(logs.OURS)
    before = root.handlers, root.level, ours.level
    try:
        logs.configure(form, "debug")
        try:
            raise ValueError(text)
        except ValueError:
            structlog.get_logger("intervene.test").exception("it went wrong")
        assert "ValueError" in shown(capsys)
    finally:
        plain()
        root.handlers, level, ours_level = before
        root.setLevel(level)
        ours.setLevel(ours_level)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8", "utf-16"])
def test_a_terminal_of_any_encoding_is_written_to(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding, errors="strict"))
    terminal.say("Möller 📦 ليلى \ud83d \x1b[2J")
    assert r"\x1b[2J" in out.getvalue().decode(encoding)


# -- commands, as a stranger runs them ---------------------------------------------------------------------------------

TERMINALS = {
    "ASCII": {"PYTHONIOENCODING": "ascii:strict"},
    "C": {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
}


def run(*arguments: str | bytes, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "intervene", *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("INTERVENE_", "LC_"))}
    return subprocess.run(
        command, cwd=cwd, env=inherited | environment, capture_output=True, timeout=LONG_WAIT, check=False
    )


@pytest.mark.parametrize("environment", TERMINALS.values(), ids=TERMINALS)
def test_the_demo_plays_on_a_terminal_that_is_not_utf_8(environment: dict[str, str], tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("Où est mon colis ? 📦\x1b[2J\x07\n¿Y la factura? \u202e\n", "utf-8")
    ended = run("demo", "--input", str(lines), "--json", cwd=tmp_path, **environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert b"\x1b" not in ended.stdout
    assert b"\x07" not in ended.stdout
    assert json.loads(ended.stdout.splitlines()[-1])["is_kept"] is True


@pytest.mark.parametrize("environment", TERMINALS.values(), ids=TERMINALS)
def test_backup_verify_config_and_doctor_say_a_path_that_no_encoding_has(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A name of bytes that are no UTF-8, an escape and an emoji in it."""
    data = os.fsencode(tmp_path) + b"/caf\xe9 \x1b[2J \xf0\x9f\x93\xa6"
    settings = {"INTERVENE_DATA": os.fsdecode(data), **environment}
    assert run("migrate", cwd=tmp_path, **settings).returncode == 0
    target = data + b"/copy"
    for arguments in (["config"], ["config", "--json"], ["backup", target], ["verify"], ["verify", target], ["doctor"]):
        ended = run(*arguments, cwd=tmp_path, **settings)
        said = ended.stdout + ended.stderr
        assert ended.returncode == 0, said
        assert b"\x1b" not in said
        assert b"Traceback" not in said
    again = run("backup", target, cwd=tmp_path, **settings)
    assert again.returncode == 1
    assert b"exists already" in again.stderr
    assert b"\x1b" not in again.stderr


async def test_the_doctor_says_what_a_stranger_answers_without_obeying_it(tmp_path: Path) -> None:
    evil = b"HTTP/1.1 500 \x1b[2J\x07\r\nContent-Length: 0\r\n\r\n"
    async with front("http://127.0.0.1:1", [evil, page(503, "\x1b[2J"), b"\x1b[2J\x9b\xff\r\n\r\n"]) as (url, _):
        ended = await to_thread.run_sync(lambda: run("doctor", "--url", url, "--url", f"{url}/\x1b[2J", cwd=tmp_path))
    assert b"\x1b" not in ended.stdout + ended.stderr
    assert b"Traceback" not in ended.stderr
