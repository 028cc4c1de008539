"""One timer for all sockets: who is pinged when, who came too late, who is gone."""

import asyncio
from collections import Counter

import pytest

from intervene.core.limits import HELLO_SECONDS, PING_SECONDS
from intervene.edge.socket.timers import CLOSE_SECONDS, SLOTS, TURN_SECONDS, Deadlines, Wheel
from tests.integration.edge.conftest import Edge
from tests.kit.limits import eventually
from tests.kit.peer import PING, PONG, TEXT, Frame, Peer, frame


class Turning:
    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def ping(self) -> None:
        self.met["ping"] += 1

    def greet_no_longer(self) -> None:
        self.met["late"] += 1

    def abort(self) -> None:
        self.met["abort"] += 1


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def wheel(time: Time) -> Wheel:
    return Wheel(time)


def turns(wheel: Wheel, time: Time, count: int) -> None:
    for _ in range(count):
        time.now += TURN_SECONDS
        wheel.turn(time.now)


# -- pings -------------------------------------------------------------------------------------------------------------


def test_everybody_is_pinged_once_in_a_round(wheel: Wheel, time: Time) -> None:
    sockets = [Turning() for _ in range(50)]
    for socket in sockets:
        wheel.add(socket)
        wheel.greeted(socket)
    turns(wheel, time, SLOTS)
    assert [socket.met["ping"] for socket in sockets] == [1] * 50
    assert SLOTS * TURN_SECONDS == PING_SECONDS


def test_a_storm_of_arrivals_is_spread_over_the_round(wheel: Wheel, time: Time) -> None:
    sockets = [Turning() for _ in range(10 * SLOTS)]
    for socket in sockets:
        wheel.add(socket)
    for turn in range(1, SLOTS + 1):
        turns(wheel, time, 1)
        assert sum(socket.met["ping"] for socket in sockets) == 10 * turn


def test_who_left_is_not_pinged(wheel: Wheel, time: Time) -> None:
    socket = Turning()
    slot = wheel.add(socket)
    wheel.remove(socket, slot)
    turns(wheel, time, 2 * SLOTS)
    assert not socket.met


# -- deadlines ---------------------------------------------------------------------------------------------------------


def test_a_hello_has_its_time(wheel: Wheel, time: Time) -> None:
    late, polite = Turning(), Turning()
    for socket in (late, polite):
        wheel.add(socket)
    turns(wheel, time, int(HELLO_SECONDS) - 1)
    wheel.greeted(polite)
    assert not late.met["late"]
    turns(wheel, time, 10)
    assert (late.met["late"], polite.met["late"]) == (1, 0)


def test_leaving_has_its_time(wheel: Wheel, time: Time) -> None:
    socket = Turning()
    wheel.add(socket)
    wheel.closing(socket)
    turns(wheel, time, int(CLOSE_SECONDS) + int(HELLO_SECONDS) + 1)
    assert (socket.met["abort"], socket.met["late"]) == (1, 0)


def test_saying_twice_that_one_leaves_wins_no_time(time: Time) -> None:
    deadlines, socket = Deadlines(5.0), Turning()
    deadlines.add(socket, 0.0)
    deadlines.add(socket, 4.0)
    assert deadlines.take_late(5.0) == [socket]
    assert not len(deadlines)


def test_only_those_who_are_late_are_looked_at() -> None:
    deadlines = Deadlines(5.0)
    sockets = [Turning() for _ in range(10)]
    for at, socket in enumerate(sockets):
        deadlines.add(socket, float(at))
    assert deadlines.take_late(7.0) == sockets[:3]
    assert len(deadlines) == 7


async def test_the_wheel_goes_on_after_a_fault(wheel: Wheel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intervene.edge.socket.timers.TURN_SECONDS", 0.001)
    steps: list[float] = []

    def turn(now: float) -> None:
        steps.append(now)
        raise RuntimeError("a fault")

    monkeypatch.setattr(wheel, "turn", turn)
    wheel.start()
    await eventually(lambda: len(steps) > 3)
    wheel.stop()
    count = len(steps)
    await asyncio.sleep(0.01)
    assert len(steps) == count


# -- on real sockets ---------------------------------------------------------------------------------------------------


def round_of(edge: Edge) -> None:
    for _ in range(SLOTS):
        edge.sockets.wheel.turn(edge.clock.monotonic())


async def test_a_socket_without_a_hello_is_closed(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades() == 101
    edge.sockets.wheel.turn(edge.clock.monotonic() + HELLO_SECONDS + 0.1)
    assert await peer.is_closed() == 4002


async def test_half_a_hello_is_none(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades() == 101
    peer.writes(frame(TEXT, b'{"type":"hello","token":"t"}')[:-1])
    await eventually(lambda: edge.metrics.bytes_in > 0)
    edge.sockets.wheel.turn(edge.clock.monotonic() + HELLO_SECONDS + 0.1)
    assert await peer.is_closed() == 4002


async def test_who_said_hello_has_no_such_deadline(edge: Edge, clara: Peer) -> None:
    edge.sockets.wheel.turn(edge.clock.monotonic() + HELLO_SECONDS + 0.1)
    clara.says(type="ping")
    await clara.sees("pong")


async def test_a_socket_is_pinged_and_closed_when_it_stays_silent(edge: Edge, clara: Peer) -> None:
    round_of(edge)
    assert await clara.reads() == Frame(PING, b"")
    round_of(edge)
    assert await clara.is_closed() == 4004


@pytest.mark.parametrize("sign", [frame(PONG), frame(PING, b"me too"), frame(TEXT, b'{"type":"ping"}')])
async def test_any_sign_of_life_will_do(edge: Edge, clara: Peer, sign: bytes) -> None:
    for _ in range(3):
        round_of(edge)
        assert await clara.reads() == Frame(PING, b"")
        received = edge.metrics.frames_in
        clara.writes(sign)
        await eventually(lambda received=received: edge.metrics.frames_in > received)  # type: ignore[misc]
        if sign != frame(PONG):
            await clara.reads()
    assert not edge.metrics.closes


async def test_a_session_ends_with_its_token(edge: Edge, clara: Peer) -> None:
    edge.clock.skip(3590)
    round_of(edge)
    assert await clara.reads() == Frame(PING, b"")
    clara.writes(frame(PONG))
    await eventually(lambda: edge.metrics.frames_in == 2)
    edge.clock.skip(20)
    round_of(edge)
    assert await clara.is_closed() == 4001


async def test_a_refreshed_token_lets_the_session_go_on(edge: Edge, clara: Peer) -> None:
    clara.says(type="refresh", token=edge.token("Clara", lasts=7200))
    await clara.sees("refreshed")
    edge.clock.skip(3700)
    round_of(edge)
    assert await clara.reads() == Frame(PING, b"")
