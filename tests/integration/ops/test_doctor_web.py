"""What the doctor makes of servers by their URL, and how it tells what it has found."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from intervene.config import Config
from intervene.ops import doctor
from intervene.ops.doctor import findings, web
from intervene.ops.doctor.findings import Report, State
from tests.integration.ops.findings import KEY, told, words
from tests.kit.limits import WAIT

# -- servers by their URL ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def answering(*replies: str) -> AsyncIterator[str]:
    """One connection after the other gets one of the replies; the last goes on."""
    left = list(replies)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write((left.pop(0) if len(left) > 1 else left[0]).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def http(status: int) -> str:
    return f"HTTP/1.1 {status} Whatever\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("replies", "check", "said"),
    [
        ([http(200), http(200), http(101)], " websocket", "ok: taken"),
        ([http(200), http(200), http(426)], " websocket", "fail: answered with 426 and not with 101"),
        ([http(200), http(200), http(503)], " websocket", "warn: refused with 503"),
        ([http(200), http(503), http(101)], " /readyz", "fail: answered with 503"),
        ([http(200), ""], " /readyz", "fail: no answer: it hung up"),
        ([http(404)], "", "fail: /healthz is answered with 404"),
        (["-ERR unknown command\r\n\r\n"], "", "fail: it cannot be asked: what answers does not speak HTTP"),
        ([""], "", "fail: it cannot be asked: it hung up"),
    ],
)
async def test_what_answers_at_a_url_is_told_from_what_should(replies: list[str], check: str, said: str) -> None:
    report = Report()
    async with answering(*replies) as url:
        await web.examine(url, report)
    assert words(told(report)[url + check]).startswith(said)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://u:hunter2@127.0.0.1", "http://", "http://[", "http://h:x"])
async def test_what_is_no_url_is_said(url: str) -> None:
    report = Report()
    await web.examine(url, report)
    assert words(*report).startswith("fail: no URL of a server")
    assert "hunter2" not in str(report)


async def test_a_url_is_shown_without_a_password() -> None:
    report = Report()
    async with answering(http(200)) as url:
        await web.examine(url.replace("//", "//u:hunter2@"), report)
    assert url in told(report)
    assert "hunter2" not in str(report)


def test_the_settings_own_server_is_asked_where_it_can_be_reached() -> None:
    assert web.own_url(Config(host="0.0.0.0", port=80, development=False)) == "http://localhost:80"
    assert web.own_url(Config(host="::", port=80, development=False)) == "http://localhost:80"
    assert web.own_url(Config(host="::1", port=80)) == "http://[::1]:80"
    assert web.own_url(Config(port=0)) == ""


# -- telling -----------------------------------------------------------------------------------------------------------


async def test_a_name_that_nobody_knows_and_one_of_which_nobody_speaks_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown() -> object:
        raise socket.gaierror("no")

    asked = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: unknown())
    assert not await findings.is_resolved("nowhere.example")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: asked.wait(WAIT))
    with pytest.raises(TimeoutError):
        await findings.is_resolved("silent.example", 0.05)
    asked.set()


def test_what_others_say_is_shown_without_our_secrets() -> None:
    config = Config(database_url="postgresql://u:hunt%20er2@h/x", redis_url="redis://:swordfish@h", keys=(KEY,))
    said = f"hunt%20er2, hunt er2, swordfish, {KEY}, {config.database_url}"
    [finding] = doctor.conceal([findings.ok("check", said)], config)
    assert finding.found == ", ".join(["[withheld]"] * 5)


async def test_what_was_found_before_something_of_ours_fails_is_kept() -> None:
    async def work(report: Report) -> None:
        report.append(findings.ok("first", "fine"))
        raise ExceptionGroup("two", [KeyError("hunter2"), ValueError()])

    first, second = await doctor._within_its_time("part", work)
    assert str(first) == "ok    first: fine"
    assert words(second) == "fail: the doctor itself failed: KeyError | Please report this."


def test_a_latency_is_judged_by_its_middle_and_its_end() -> None:
    quick = findings.latency("x", [1.0] * 99 + [30.0], (5.0, 50.0), "advice")
    assert quick.state is State.OK
    assert dict(quick.figures) == {"p50_ms": 1.0, "p99_ms": 1.0, "samples": 100}
    assert findings.latency("x", [6.0] * 30, (5.0, 50.0), "advice").state is State.WARN
    assert findings.latency("x", [1.0] * 29 + [60.0], (5.0, 50.0), "advice").advice == "advice"
