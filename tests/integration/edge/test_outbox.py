"""One write per tick."""

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from intervene.edge.metrics import Metrics
from intervene.edge.socket.write_batch import Outbox


class Flushing:
    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.flushes = 0
        self.is_aborted = False
        self._then = then

    def flush(self) -> None:
        self.flushes += 1
        self._then()

    def abort(self) -> None:
        self.is_aborted = True


def fails() -> None:
    raise RuntimeError("a fault")


async def test_what_was_added_in_a_tick_is_flushed_after_it() -> None:
    outbox = Outbox(Metrics(CollectorRegistry()))
    one, two = Flushing(), Flushing()
    outbox.add(one)
    outbox.add(two)
    assert one.flushes == two.flushes == 0
    await asyncio.sleep(0)
    assert one.flushes == two.flushes == 1
    await asyncio.sleep(0)
    assert one.flushes == two.flushes == 1


async def test_what_is_urgent_does_not_wait_for_the_end_of_the_tick() -> None:
    outbox = Outbox(Metrics(CollectorRegistry()))
    urgent, other = Flushing(), Flushing()
    outbox.add(urgent)
    outbox.flush()
    assert urgent.flushes == 1
    outbox.add(other)
    await asyncio.sleep(0)
    assert (urgent.flushes, other.flushes) == (1, 1)


async def test_what_was_decided_meanwhile_goes_before_the_next_write() -> None:
    outbox = Outbox(Metrics(CollectorRegistry()))
    first, second = Flushing(), Flushing()
    done: list[tuple[int, int]] = []
    outbox.settle = lambda: done.append((first.flushes, second.flushes))
    outbox.add(first)
    outbox.add(second)
    outbox.flush()
    assert done == [(0, 0), (1, 0)]


async def test_what_is_added_while_flushing_has_the_next_tick() -> None:
    outbox = Outbox(Metrics(CollectorRegistry()))
    late = Flushing()
    outbox.add(Flushing(then=lambda: outbox.add(late)))
    await asyncio.sleep(0)
    assert late.flushes == 0
    await asyncio.sleep(0)
    assert late.flushes == 1


async def test_a_socket_that_cannot_be_written_to_is_cut_off_and_the_others_are_served() -> None:
    outbox = Outbox(Metrics(CollectorRegistry()))
    broken, whole = Flushing(then=fails), Flushing()
    outbox.add(broken)
    outbox.add(whole)
    with capture_logs() as logs:
        await asyncio.sleep(0)
    assert (broken.is_aborted, whole.is_aborted, whole.flushes) == (True, False, 1)
    assert [entry["log_level"] for entry in logs] == ["error"]
