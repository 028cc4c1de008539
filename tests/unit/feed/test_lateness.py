"""The time that reads may take."""

import asyncio

import pytest
import uvloop

from intervene.core.errors import Unavailable
from intervene.feed.lateness import Lateness
from tests.kit.limits import WAIT

SOON = 0.02


def at(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def cancels() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


async def answer() -> int:
    await asyncio.sleep(0)
    return 7


async def test_what_is_there_in_time_is_the_answer() -> None:
    assert await Lateness().wait(answer(), at(WAIT)) == 7


async def test_what_comes_late_is_cancelled_and_the_task_goes_on() -> None:
    lateness = Lateness()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await lateness.wait(asyncio.Event().wait(), at(SOON))
        assert cancels() == 0
    assert await lateness.wait(answer(), at(WAIT)) == 7


async def test_the_first_that_is_due_ends_first_in_whatever_order_they_came() -> None:
    lateness, ended = Lateness(), []

    async def wait(name: str, seconds: float) -> None:
        with pytest.raises(Unavailable):
            await lateness.wait(asyncio.Event().wait(), at(seconds))
        ended.append(name)

    await asyncio.gather(wait("later", 3 * SOON), wait("sooner", SOON), wait("last", 5 * SOON))
    assert ended == ["sooner", "later", "last"]


def test_what_begins_when_its_time_is_over_is_late_beside_others() -> None:
    """On the loop of servers, whose timers of a time that is past are none."""

    async def are_late() -> None:
        lateness = Lateness()
        late = [lateness.wait(asyncio.Event().wait(), at(seconds)) for seconds in (-SOON, -SOON, 0.0, SOON, -SOON)]
        assert {type(found) for found in await asyncio.gather(*late, return_exceptions=True)} == {Unavailable}

    uvloop.run(are_late())


async def test_what_goes_on_when_it_is_cancelled_is_cancelled_again() -> None:
    """A transaction that is undone asks the database that does not answer."""

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    with pytest.raises(Unavailable):
        await Lateness().wait(stubborn(), at(SOON))
    assert cancels() == 0


async def test_a_cancel_of_another_is_passed_on() -> None:
    waiting = asyncio.ensure_future(Lateness().wait(asyncio.Event().wait(), at(WAIT)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_cancel_of_another_counts_also_of_what_is_late_already() -> None:
    """A node that stops cancels what is still reading: it must not go on."""
    late = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            late.set()
            await asyncio.Event().wait()

    waiting = asyncio.ensure_future(Lateness().wait(stubborn(), at(SOON)))
    await late.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_reader_s_own_time_out_is_the_same() -> None:
    async def late() -> None:
        raise TimeoutError

    with pytest.raises(Unavailable):
        await Lateness().wait(late(), at(WAIT))
