"""[P8] Times begin when a thing was due: a server, or a load, that stalls does not hide it."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from intervene.load import frames
from intervene.load.frames import CUSTOMER, STAFF
from intervene.load.recorder import Recorder
from intervene.load.rooms import Talk
from intervene.load.schedule import Schedule
from intervene.load.session import WAITING, Command, Session
from intervene.load.target import Target
from tests.kit.limits import eventually


class Shut:
    """A door through which nobody comes."""

    def ask(self, enter: Callable[[], None]) -> None:
        pass

    def passed(self) -> None:
        pass


async def no_token() -> str:
    raise OSError


async def test_what_is_late_is_done_with_the_time_at_which_it_was_due_and_counted() -> None:
    late: list[float] = []
    done: list[float] = []
    schedule = Schedule(late.append)
    now = time.monotonic()
    for due in (now + 0.01, now - 2.0):
        schedule.at(due, done.append)
    await eventually(lambda: len(done) == 2, within=5)
    assert done == [now - 2.0, now + 0.01]
    assert late[0] > 2.0
    schedule.end()
    schedule.at(now, done.append)
    await asyncio.sleep(0)
    assert len(done) == 2


async def test_nothing_waits_for_what_was_due_before() -> None:
    """An open loop: as many things come as were asked for, whatever becomes of them."""
    done: list[float] = []
    schedule = Schedule(lambda _: None)
    begun = time.monotonic() - 10.0
    schedule.pace(100, begun, done.append)
    await eventually(lambda: len(done) >= 1000, within=5)
    schedule.end()
    steps = {round(later - before, 6) for before, later in pairwise(done)}
    assert steps == {0.01}


def talk(recorder: Recorder) -> tuple[Talk, Session]:
    room = Talk(recorder, lambda due, work: None, 100, 0)
    where = Target("127.0.0.1", 9, "127.0.0.1:9", "/socket", None)
    room.customers = [Session(CUSTOMER, no_token, where, Shut(), recorder, room)]
    room.desks = [Session(STAFF, no_token, where, Shut(), recorder)]
    room.opened("c")
    room.customers[0].follow(room, "c")
    return room, room.customers[0]


def test_a_message_that_waited_in_the_load_took_from_when_it_was_due() -> None:
    recorder = Recorder()
    room, customer = talk(recorder)
    room.say(customer, 100.0)
    (command,) = customer.unanswered
    room.acked(customer, command, frames.Ack(id=command.id, conversation="c", pub=1), 107.0)
    assert recorder.times["ack"].largest == 7_000_000


@pytest.mark.parametrize("more", [0, 5])
def test_what_waits_is_bounded_and_what_is_dropped_is_counted(more: int) -> None:
    """[P7]"""
    recorder = Recorder()
    room, customer = talk(recorder)
    for _ in range(WAITING + more):
        room.say(customer, 100.0)
    assert len(customer.unanswered) == WAITING
    assert recorder.counts["not_sent"] == more


def test_commands_that_had_no_answer_are_sent_again_in_their_order() -> None:
    """R42"""
    recorder = Recorder()
    room, customer = talk(recorder)
    for number in range(3):
        customer._sent[str(number)] = Command(id=str(number), frame=b"", due=0.0, room=room)
    customer._unsent.append(Command(id="3", frame=b"", due=0.0, room=room))
    customer.left()
    assert [command.id for command in customer.unanswered] == ["0", "1", "2", "3"]
    assert not customer._sent
