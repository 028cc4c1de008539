"""Logs: readable by machine and by eye, and silent about what people said and what proves who they are."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from intervene import logs
from tests.kit.logs import plain

CapSys = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    touched = ["", logs.OURS]
    handlers = logging.getLogger().handlers
    levels = {name: logging.getLogger(name).level for name in touched}
    yield
    plain()
    structlog.contextvars.clear_contextvars()
    logging.getLogger().handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(capsys: CapSys) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_when_where_how_grave_and_what(capsys: CapSys) -> None:
    logs.configure("json", "info")
    structlog.contextvars.bind_contextvars(session="s1")
    structlog.get_logger("intervene.edge").info("session opened", role="agent")
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "session opened",
        "level": "info",
        "logger": "intervene.edge",
        "role": "agent",
        "session": "s1",
    }


@pytest.mark.parametrize("form", ["json", "console"])
def test_words_and_tokens_never_reach_a_log(form: Any, capsys: CapSys) -> None:
    logs.configure(form, "debug")
    log = structlog.get_logger("intervene.engine.engine")
    log.info("said", text="HIDDEN", access_token="HIDDEN", Authorization="HIDDEN", token_kind="agent")
    log.info("asked", request={"headers": [{"cookie": "HIDDEN"}], "body": "HIDDEN"})
    logging.getLogger("intervene.ops").info("told", extra={"secret": "HIDDEN"})
    written = capsys.readouterr().err
    assert "HIDDEN" not in written
    assert written.count(logs.WITHHELD) == 5
    assert "agent" in written


def test_libraries_cannot_write_frames_statements_or_urls(capsys: CapSys) -> None:
    logs.configure("json", "debug")
    logging.getLogger("websockets.server").debug("< TEXT 'HIDDEN'")
    logging.getLogger("sqlalchemy.engine").info("('HIDDEN',)")
    logging.getLogger("uvicorn.access").info("GET /?token=HIDDEN")
    assert lines(capsys) == []


def test_a_library_s_own_news_go_the_same_way(capsys: CapSys) -> None:
    logs.configure("json", "info")
    logging.getLogger("uvicorn.error").info("said below the level of libraries")
    logging.getLogger("uvicorn.error").warning("Started on %s", "127.0.0.1")
    [line] = lines(capsys)
    assert (line["event"], line["logger"]) == ("Started on 127.0.0.1", "uvicorn.error")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_lines_of_code_but_no_values(form: Any, capsys: CapSys) -> None:
    logs.configure(form, "info")
    words = "".join(["HID", "DEN"])
    try:
        raise LookupError(f"of length {len(words)}")
    except LookupError:
        structlog.get_logger("intervene.edge").exception("broke")
    written = capsys.readouterr().err
    assert "LookupError: of length 6" in written
    assert "HIDDEN" not in written


def test_the_level_is_kept_and_may_change(capsys: CapSys) -> None:
    log = structlog.get_logger("intervene.feed.feeds")
    logs.configure("json", "warning")
    log.info("left out")
    logs.configure("json", "debug")
    log.debug("kept")
    assert [line["event"] for line in lines(capsys)] == ["kept"]


# -- strangers ---------------------------------------------------------------------------------------------------------


def test_of_one_kind_there_are_some_lines_a_second_and_a_count_of_the_rest(
    capsys: CapSys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    now = [1000.0]
    monkeypatch.setattr("intervene.logs.time.monotonic", lambda: now[0])
    logs.configure("json", "info")
    log, library = structlog.get_logger("intervene.edge"), logging.getLogger("asyncio")
    for number in range(logs.LINES + 500):
        log.warning("a token is refused", address=f"192.0.2.{number}")
        library.error("Fatal error on <Transport fd=%s>" % number + f" at 0x7f{number:x}")  # noqa: UP031
        library.warning("socket.send() raised %s", number)
    log.info("another fact")
    written = lines(capsys)
    for event in ("a token is refused", "Fatal error", "socket.send() raised"):
        assert len([line for line in written if line["event"].startswith(event)]) == logs.LINES
    assert written[-1]["event"] == "another fact"
    now[0] += 1
    log.warning("a token is refused")
    *told, last = lines(capsys)
    assert last["event"] == "a token is refused"
    assert {(line["event"], line["by"], line["of"], line["count"]) for line in told} == {
        ("lines left out", "intervene.edge", "a token is refused", 500),
        ("lines left out", "asyncio", "Fatal error on <Transport fd=#> at #", 500),
        ("lines left out", "asyncio", "socket.send() raised %s", 500),
    }


def test_the_count_is_told_although_nothing_else_happens(capsys: CapSys) -> None:
    logs.configure("json", "info")
    for _ in range(logs.LINES + 7):
        structlog.get_logger("intervene.edge").warning("a token is refused")
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logs.Limited)
    assert handler._timer is not None
    handler._timer.join()
    assert lines(capsys)[-1]["count"] == 7


def test_events_that_all_differ_are_bounded_too(capsys: CapSys, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr("intervene.logs.time.monotonic", lambda: 1000.0)
    logs.configure("json", "info")
    for number in range(5000):
        logging.getLogger("library").warning("odd " + "x" * number)
    assert len(lines(capsys)) <= logs.KINDS + logs.LINES
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logs.Limited)
    assert handler._timer is not None
    handler._timer.cancel()
