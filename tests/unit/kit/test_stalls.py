"""A server's complaint that a stalled machine explains is none; every other is."""

import json
from collections.abc import Iterator

import pytest

from tests.kit import server
from tests.kit.server import is_calm
from tests.kit.stalls import Stalls

AT = 1_800_000_000.0
TIMED_OUT = {"event": "the database failed", "problem": "TimeoutError: ", "level": "error"}


def line(**more: str) -> str:
    return json.dumps({**TIMED_OUT, "timestamp": "2027-01-15T08:00:00.000000Z", **more})


def stalls(*ticks: float) -> Stalls:
    """What was found by a thread that begins to sleep and wakes at these times, in turn."""
    clock: Iterator[float] = iter(ticks)
    found, sleep = Stalls(lambda: next(clock)), _sleep_no_time
    for _ in ticks[::2]:
        found.look(sleep)
    return found


def _sleep_no_time(_: float) -> None: ...


STOOD_STILL = stalls(AT - 2.5, AT - 2.4, AT - 2.4, AT - 0.9)
BUSY = stalls(AT - 2.5, AT - 2.2, AT - 2.2, AT - 1.8, AT - 1.8, AT - 1.7)
A_MOMENT = stalls(AT - 2.5, AT - 1.7)
STOOD_STILL_BEFORE = stalls(AT - 60.0, AT - 58.0)
STOOD_STILL_AFTER = stalls(AT + 1.0, AT + 3.0)


@pytest.fixture(autouse=True)
def scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FACTOR", 0.25)


def test_a_database_that_timed_out_is_excused_where_the_machine_stood_still() -> None:
    assert is_calm(line(), STOOD_STILL)


@pytest.mark.parametrize("found", [Stalls(), BUSY, A_MOMENT, STOOD_STILL_BEFORE, STOOD_STILL_AFTER])
def test_a_database_that_hung_by_itself_is_a_complaint(found: Stalls) -> None:
    """[P8] Also on a machine that is merely busy."""
    assert not is_calm(line(), found)


@pytest.mark.parametrize(
    "other", [line(problem="ConnectionRefusedError: "), line(event="a session failed"), "Traceback", line(timestamp="")]
)
def test_a_stall_excuses_nothing_else(other: str) -> None:
    assert not is_calm(other, STOOD_STILL)


def test_at_production_timing_it_excuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FACTOR", 1.0)
    assert not is_calm(line(), STOOD_STILL)


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_what_is_no_error_is_calm(level: str) -> None:
    assert is_calm(line(level=level, event="settings changed"), Stalls())
    assert is_calm("", Stalls())
