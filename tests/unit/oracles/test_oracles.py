"""The checker sees what is wrong: a sound evening, spoiled in one way at a time."""

from copy import deepcopy
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.kit.oracles.database import compare
from tests.kit.oracles.findings import Counts, Log
from tests.kit.oracles.history import History, What
from tests.unit.oracles.plants import PLANTS
from tests.unit.oracles.story import (
    ANA,
    BEN,
    BOT,
    CUSTOMER,
    EVERYBODY,
    MARIA,
    NOBODY,
    STAFF,
    C,
    Plant,
    an_evening,
    message,
    name,
)


def test_nothing_is_wrong_with_a_sound_evening() -> None:
    found = an_evening().findings()
    assert not found.problems, found
    assert found.counts == Counts(takeovers=2)


def test_what_nobody_knows_may_have_happened_or_not() -> None:
    story = an_evening()
    for has_happened in (True, False):
        id = story.gives(MARIA, "say", text="Hello?")
        if has_happened:
            story.logs(MARIA, message("m-hello", "Hello?"), id)
        story.history.lose(CUSTOMER, id)
    late = story.gives(MARIA, "say", text="Is anybody there?")
    story.refuses(MARIA, late, "unavailable")
    found = story.findings()
    assert not found.problems, found
    assert [command.outcome for command in story.history.commands()[-3:]] == [What.UNKNOWN] * 3


def test_a_repeat_settles_what_was_unknown() -> None:
    """Refused by a rule is refused for good; put off says nothing of the try before."""
    story = an_evening()
    for code, outcome in {"stale": What.FAIL, "too_fast": What.UNKNOWN, "unavailable": What.UNKNOWN}.items():
        id = story.gives(ANA, "release", epoch=2)
        story.history.lose("agent:ana", id)
        story.repeats(ANA, id)
        story.refuses(ANA, id, code, holder=BEN, epoch=4)
        assert story.history.commands()[-1].outcome is outcome


def test_what_changed_nothing_may_change_something_when_it_is_repeated() -> None:
    """Nothing was kept of it: the repeat is a question of its own. From then on its result stays."""
    story = an_evening()
    id = story.gives(MARIA, "ask_for_person")
    story.acks(MARIA, id, None)
    back = story.gives(BEN, "hand_back", epoch=4)
    story.acks(BEN, back, story.control(BEN, "hand_back", BOT, back))
    story.repeats(MARIA, id)
    event = story.control(MARIA, "ask", NOBODY, id)
    story.acks(MARIA, id, event)
    assert not story.findings().problems
    story.repeats(MARIA, id)
    story.acks(MARIA, id, event, at=event["at"] + 1)
    assert [problem.promise for problem in story.findings().problems] == ["P3"]


def test_who_does_not_hold_control_is_told_who_does_in_the_epoch_that_they_know() -> None:
    story = an_evening()
    held = next(event for event in story.events if event["epoch"] == 4)
    id = story.gives(ANA, "say", text="Me again.", epoch=4, seen=held["seq"])
    story.refuses(ANA, id, "taken", by=BEN, at=held["at"], epoch=4)
    assert story.findings().problems == []


def test_who_has_gone_need_not_have_been_told() -> None:
    story = an_evening()
    story.shown[CUSTOMER].pop()
    assert story.findings(here=STAFF).problems == []
    assert story.findings(here=EVERYBODY).counts.never_told == 1


def test_a_history_is_the_same_after_it_was_on_paper(tmp_path: Path) -> None:
    story = an_evening()
    story.history.fault("b", "killed")
    again = History.load(story.history.dump(tmp_path / "history.jsonl"))
    assert again.records == story.history.records
    assert again.commands() == story.history.commands()


def test_what_a_node_shows_is_what_the_database_has() -> None:
    events = an_evening().events
    assert not compare(C, Log(events), Log(deepcopy(events)))
    assert len(compare(C, Log(events), Log(events[:-1]))) == 1
    other = deepcopy(events)
    other[3]["at"] += 1
    assert len(compare(C, Log(events), Log(other))) == 1


@pytest.mark.parametrize(("plant", "promise", "count"), PLANTS, ids=[plant[0].__name__ for plant in PLANTS])
def test_the_checker_sees_that(plant: Plant, promise: str, count: str) -> None:
    story = an_evening()
    plant(story)
    found = story.findings()
    assert promise in {problem.promise for problem in found.problems}, found
    if count:
        assert getattr(found.counts, count) >= 1, found


def test_counts_add_up() -> None:
    assert astuple(Counts(1, 2, 3, 4, 5, 6, 7) + Counts(1, 1, 1, 1, 1, 1, 1)) == (2, 3, 4, 5, 6, 7, 8)
    assert name(ANA) == "agent:ana"
