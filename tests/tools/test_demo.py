"""`intervene demo`, as a stranger runs it: a real server process, real sockets."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from intervene.tools import demo
from intervene.tools.checks import Findings
from intervene.tools.rounds import Result
from tests.limits import LONG_WAIT

GOOD = Result(1, True, True, Findings(), 4.0, 5.0, 3.0)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "intervene", "demo", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LONG_WAIT, check=False)


def test_a_takeover_is_played_and_every_promise_holds(tmp_path: Path) -> None:
    """[P1] [P2] [P3] [P5] [P8]"""
    lines = tmp_path / "lines.txt"
    lines.write_text("Where is my parcel?\n\nIt was to be here on Monday. 📦\n", "utf-8")
    ended = run("--input", str(lines), "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["rounds"] == told["winners"] == told["losers_told"] == told["cut_mid_reply"] == 1
    broken = ["bot_events_after", "bot_pieces_after", "lost", "doubled", "reordered", "not_prefix"]
    assert {name: told[name] for name in broken} == dict.fromkeys(broken, 0)
    for name in ("click_to_ack_ms", "click_to_seen_ms", "click_to_bot_stopped_ms"):
        assert 0 < told[name]["p50"] <= told[name]["p99"]
    for words in ("Where is my parcel?", "clicks Intervene", "is cut off", "holds control.", "on Monday. 📦"):
        assert words in ended.stdout
    assert list(tmp_path.iterdir()) == [lines], "nothing is left behind"


def test_a_server_that_is_not_there_is_said_so_without_a_traceback(tmp_path: Path) -> None:
    ended = run("--url", "http://127.0.0.1:1", cwd=tmp_path)
    assert ended.returncode == 2
    assert "http://127.0.0.1:1" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_without_a_line_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n")
    assert demo.run(rounds=1, input=empty, url=None, as_json=False) == 2
    assert "no line" in capsys.readouterr().err


@pytest.mark.parametrize(
    "bad",
    [
        GOOD._replace(winners=2),
        GOOD._replace(winners=0),
        GOOD._replace(losers_told=False),
        GOOD._replace(click_to_seen=-1.0),
        *(GOOD._replace(findings=Findings(**{name: 1})) for name in Findings.__struct_fields__),
        Result(),
    ],
)
def test_a_broken_promise_in_one_round_of_many_is_the_exit_status(
    bad: Result, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def play(*_: object) -> Sequence[Result]:
        return [GOOD, bad, GOOD]

    monkeypatch.setattr(demo, "_play", play)
    assert demo.run(rounds=3, input=None, url="http://127.0.0.1:1", as_json=True) == 1
    out = capsys.readouterr().out
    assert "A PROMISE WAS BROKEN." in out
    assert json.loads(out.splitlines()[-1])["is_kept"] is False


def test_percentiles_are_of_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [GOOD._replace(click_to_ack=float(n)) for n in range(1, 201)]
    assert demo.summary(results)["click_to_ack_ms"] == {"p50": 100.0, "p99": 198.0}
