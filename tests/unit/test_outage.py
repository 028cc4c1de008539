"""What is said of a database that is away: that it went, now and then that it still is, and that it is back."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from intervene.core.timing import PRODUCTION
from intervene.outage import Outage

FAILED, BACK = "the database failed", "the database answers again"


class Told:
    """An outage as it happens, and the lines that it left in our log."""

    def __init__(self, lines: list[Any]) -> None:
        self.now = 1000.0
        self.outage = Outage(lambda: self.now)
        self._lines = lines

    def fails(self, sentence: str = FAILED, *, after: float = 0.0) -> None:
        self.now += after
        self.outage.failed(sentence, problem="it is away")

    def answers(self, *, after: float = 0.0) -> None:
        self.now += after
        self.outage.answered()

    def is_calm(self) -> None:
        """What is asked of it for a while is answered."""
        for _ in range(6):
            self.answers(after=PRODUCTION.outage_calm / 5)

    def says(self) -> list[tuple[str, str]]:
        """What was added since it was asked last."""
        said = [(line["log_level"], line["event"]) for line in self._lines]
        self.last = self._lines[-1] if self._lines else {}
        self._lines.clear()
        return said


@pytest.fixture
def told() -> Any:
    with capture_logs() as lines:
        yield Told(lines)


def test_an_outage_is_told_when_it_begins_and_when_it_is_over_with_its_length(told: Told) -> None:
    told.fails()
    assert told.says() == [("error", FAILED)]
    assert told.last["problem"] == "it is away"
    for _ in range(20):
        told.fails(after=0.5)
    assert told.says() == []
    told.answers(after=1.0)
    told.is_calm()
    assert told.says() == [("info", BACK)]
    assert told.last["after_seconds"] == 11.0
    told.is_calm()
    assert told.says() == []


def test_of_an_outage_that_lasts_there_is_a_reminder_every_half_minute(told: Told) -> None:
    for _ in range(1 + 4 * 60):
        told.fails(after=0.5)
    assert told.says() == [("error", FAILED)] * (1 + 120 // int(PRODUCTION.outage_reminder))
    assert told.last["for_seconds"] == 120.0


def test_each_kind_of_failure_is_told_once_and_the_reminder_is_one_for_all(told: Told) -> None:
    kinds = [FAILED, "an append failed", "a decision failed"]
    for _ in range(5):
        for kind in kinds:
            told.fails(kind, after=0.1)
    assert told.says() == [("error", kind) for kind in kinds]
    told.now += PRODUCTION.outage_reminder
    for kind in kinds:
        told.fails(kind)
    assert len(told.says()) == 1


def test_a_database_that_comes_and_goes_has_one_outage(told: Told) -> None:
    """As one that takes no writes, and answers reads."""
    told.fails()
    told.says()
    for _ in range(10):
        told.answers(after=0.5)
        told.fails(after=0.5)
    assert told.says() == []
    told.answers(after=0.5)
    told.is_calm()
    assert told.says() == [("info", BACK)]
    assert told.last["after_seconds"] == 10.5


def test_the_next_outage_is_told_like_the_first(told: Told) -> None:
    for _ in range(2):
        told.fails()
        told.answers(after=1.0)
        told.is_calm()
        assert told.says() == [("error", FAILED), ("info", BACK)]
        assert told.last["after_seconds"] == 1.0


def test_while_all_is_well_nothing_is_said(told: Told) -> None:
    told.is_calm()
    assert told.says() == []
