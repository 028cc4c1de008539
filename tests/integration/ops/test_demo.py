"""`intervene demo`, as a stranger runs it: a real server process, real sockets."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from intervene.client import Pace
from intervene.demo import demo
from intervene.demo.checks import Findings
from intervene.demo.process import own_servers
from intervene.demo.rounds import AGENTS, Result, Seats
from tests.integration.client.front import front, page, token
from tests.kit.limits import LONG_WAIT
from tests.kit.postgres import Postgres
from tests.kit.redis import RedisServer

GOOD = Result(1, True, True, False, Findings(), 4.0, 5.0, 3.0)
DEMO = [sys.executable, "-m", "intervene", "demo"]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*DEMO, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LONG_WAIT, check=False)


async def nodes_in(postgres: Postgres, url: str) -> set[str]:
    """That have a row, and so have not left."""
    rows = await postgres.sql("SELECT id FROM node", database=urlsplit(url).path.strip("/"))
    return {id for (id,) in rows}


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


async def test_takeovers_cross_nodes_and_every_promise_holds(
    postgres: Postgres, postgres_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    """[P1] [P2] [P3] [P5] [P8] The bot on one node, each agent on another, the log read on a third.

    On three nodes, since there no agent sits where the bot runs."""
    urls = ["--database-url", postgres_url, "--redis-url", redis_server.url]
    ended = await anyio.to_thread.run_sync(lambda: run("--nodes", "3", *urls, "--rounds", "4", "--json", cwd=tmp_path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["nodes"] == 3
    assert told["rounds"] == told["winners"] == told["losers_told"] == told["crossed_nodes"] == 4
    for name in ("click_to_ack_ms", "click_to_seen_ms", "click_to_bot_stopped_ms"):
        assert 0 < told[name]["p50"] <= told[name]["p99"]
    assert "4 crossed nodes" in ended.stdout
    assert "The conversations stay in the database." in ended.stdout
    assert not await nodes_in(postgres, postgres_url), "each has taken its row away"
    assert list(tmp_path.iterdir()) == []


async def test_a_demo_that_is_told_to_stop_leaves_no_node_behind(
    postgres: Postgres, postgres_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Also one that a script's shell has started in the background: there SIGINT is ignored."""
    command = [
        "/bin/sh",
        "-c",
        "trap '' INT; exec \"$@\"",
        "sh",
        *DEMO,
        "--nodes",
        "2",
        "--database-url",
        postgres_url,
        "--redis-url",
        redis_server.url,
    ]
    async with await anyio.open_process([*command, "--rounds", "1000"], cwd=tmp_path) as demo:
        assert demo.stdout is not None
        with anyio.fail_after(LONG_WAIT):
            said = b""
            while b"Round 2" not in said:
                said += await demo.stdout.receive()
        assert len(await nodes_in(postgres, postgres_url)) == 2
        demo.send_signal(signal.SIGTERM)
        with anyio.fail_after(LONG_WAIT):
            assert await demo.wait() != 0
    assert not await nodes_in(postgres, postgres_url)


async def test_a_demo_does_not_play_beside_nodes_of_others(
    postgres: Postgres, postgres_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    urls = ["--database-url", postgres_url, "--redis-url", redis_server.url]
    async with own_servers(1, postgres_url, redis_server.url):
        others = await nodes_in(postgres, postgres_url)
        ended = await anyio.to_thread.run_sync(lambda: run("--nodes", "2", *urls, cwd=tmp_path))
        assert await nodes_in(postgres, postgres_url) == others
    assert ended.returncode == 2
    assert "Other nodes use this PostgreSQL database" in ended.stderr


@pytest.mark.parametrize(
    "given", [[], ["--database-url", "postgresql://u:hunter2@host/x"], ["--redis-url", "redis://h"]]
)
def test_several_nodes_without_what_they_share_are_refused_with_what_is_needed(
    given: list[str], tmp_path: Path
) -> None:
    ended = run("--nodes", "2", *given, cwd=tmp_path)
    assert ended.returncode == 2
    assert "--database-url postgresql://" in ended.stderr
    assert "--redis-url redis://" in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


def test_a_database_that_is_away_is_said_so_without_its_password(tmp_path: Path) -> None:
    urls = ["--database-url", "postgresql://u:hunter2@127.0.0.1:1/x", "--redis-url", "redis://:hunter2@127.0.0.1:1"]
    ended = run("--nodes", "2", *urls, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("The PostgreSQL database cannot be used: ")
    assert len(ended.stderr.splitlines()) == 1
    assert "hunter2" not in ended.stderr + ended.stdout


@pytest.mark.parametrize("nodes", [1, 2, 3, 5])
def test_everybody_gets_to_each_node_in_turn_and_agents_sit_apart(nodes: int) -> None:
    rounds = [Seats.of(number, nodes) for number in range(1, 2 * nodes + 1)]
    assert {seats.customer for seats in rounds} == set(range(nodes))
    for seats in rounds:
        assert len(set(seats.agents)) == min(nodes, len(AGENTS))
        assert nodes < 3 or seats.customer not in seats.agents
        assert nodes == 1 or all(seats.auditor(winner) != winner for winner in seats.agents)


def test_a_server_that_is_not_there_is_said_so_without_a_traceback(tmp_path: Path) -> None:
    ended = run("--url", "http://127.0.0.1:1", cwd=tmp_path)
    assert ended.returncode == 2
    assert "http://127.0.0.1:1" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:8000", "127.0.0.1:8000", "http://127.0.0.1:8000/?a=b", "http://h:99999"]
)
def test_an_address_that_can_never_work_is_said_so_without_a_traceback(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.run(rounds=1, input=None, url=url, as_json=False) == 2
    assert "can never work" in capsys.readouterr().err


def test_a_server_that_gives_tokens_and_no_websockets_is_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As behind a proxy that does not pass upgrades on."""
    monkeypatch.setattr(demo, "PACE", Pace(enter=0.5))

    def answer(request: bytes) -> bytes:
        return token("t") if request.startswith(b"POST") else page(404, "")

    answers = [answer] * 99
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(front("http://127.0.0.1:1", answers)) as (url, _),
    ):
        assert demo.run(rounds=1, input=None, url=url, as_json=False) == 2
    assert "HTTP 404" in capsys.readouterr().err


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
