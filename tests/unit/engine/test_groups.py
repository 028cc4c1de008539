"""When a group commit is written: at once, or a moment later, so that more share it. The loop is turned by hand."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from msgspec.structs import replace

from intervene.engine.batch import Batch
from intervene.engine.groups import ENOUGH, Groups
from intervene.engine.stats import Stats
from intervene.ports.log import Commit, Verdict
from tests.unit.core.play import Play
from tests.unit.engine.test_batch import decided, note

WAIT = 0.25


class Call:
    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Stage:
    """A loop and a log of which the test says what happens next; lanes are letters."""

    def __init__(self, batch: Batch) -> None:
        self.groups: Groups[str] = Groups(cast(Any, self), cast(Any, self), Stats(), WAIT, self._written)
        self.written: list[str] = []
        self._batch = batch
        self._soon: list[Call] = []
        self._later: list[Call] = []
        self._done: Callable[[Sequence[Verdict]], None] | None = None
        self._under_way = 0

    def call_soon(self, call: Callable[[], None]) -> Call:
        self._soon.append(Call(call))
        return self._soon[-1]

    def call_later(self, seconds: float, call: Callable[[], None]) -> Call:
        assert seconds == WAIT
        self._later.append(Call(call))
        return self._later[-1]

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        assert self._done is None, "one group is under way at a time"
        self._done, self._under_way = done, len(commits)

    def _written(self, group: Sequence[tuple[str, Batch]], verdicts: Sequence[Verdict]) -> None:
        assert len(group) == len(verdicts)
        self.written.append("".join(lane for lane, _ in group))

    def decides(self, lanes: str) -> None:
        for lane in lanes:
            self.groups.add(lane, self._batch)

    def streams(self, lane: str) -> None:
        assert self._batch.commit is not None, "a note is accepted"
        self.groups.add(lane, replace(self._batch, commit=replace(self._batch.commit, is_streamed=True)))

    def turns(self) -> None:
        """One turn of the loop, and the log answers."""
        calls, self._soon = self._soon, []
        self._run(calls)

    def waits(self) -> None:
        calls, self._later = self._later, []
        self._run(calls)

    def commits(self) -> None:
        done, self._done = self._done, None
        assert done is not None, "a group is under way"
        done([Verdict.WON] * self._under_way)

    def _run(self, calls: Sequence[Call]) -> None:
        for call in calls:
            if not call.is_cancelled:
                call.call()


@pytest.fixture
def stage() -> Stage:
    play = Play()
    play.customer.says("hi")
    return Stage(decided(play, note("a")))


def test_what_comes_alone_is_written_at_once(stage: Stage) -> None:
    for lane in "abc":
        stage.decides(lane)
        stage.turns()
        stage.commits()
    assert stage.written == ["a", "b", "c"]


def test_what_is_decided_in_one_tick_or_while_a_group_is_written_shares_the_next(stage: Stage) -> None:
    stage.decides("ab")
    stage.turns()
    stage.decides("cd")
    stage.decides("e")
    stage.turns()
    stage.commits()
    stage.waits()
    stage.commits()
    assert stage.written == ["ab", "cde"]


def test_under_load_a_group_gathers_a_moment(stage: Stage) -> None:
    stage.decides("ab")
    stage.turns()
    stage.commits()
    stage.decides("c")
    stage.turns()
    stage.decides("d")
    stage.turns()
    assert stage.written == ["ab"]
    stage.waits()
    stage.commits()
    assert stage.written == ["ab", "cd"]


def test_pieces_of_replies_take_along_what_waits(stage: Stage) -> None:
    stage.decides("ab")
    stage.turns()
    stage.commits()
    stage.decides("c")
    stage.streams("d")
    stage.turns()
    stage.commits()
    assert stage.written == ["ab", "cd"]


def test_a_group_that_has_enough_does_not_wait(stage: Stage) -> None:
    stage.decides("ab")
    stage.turns()
    stage.commits()
    stage.decides("c" * ENOUGH)
    stage.turns()
    stage.waits()  # the timer was cancelled
    stage.decides("d")  # nor does the next one, as groups grow by themselves
    stage.commits()
    stage.turns()
    stage.commits()
    assert stage.written == ["ab", "c" * ENOUGH, "d"]


def test_after_a_group_of_one_the_next_is_written_at_once_again(stage: Stage) -> None:
    stage.decides("ab")
    stage.turns()
    stage.commits()
    stage.decides("c")
    stage.waits()
    stage.commits()
    stage.decides("d")
    stage.turns()
    stage.commits()
    assert stage.written == ["ab", "c", "d"]
