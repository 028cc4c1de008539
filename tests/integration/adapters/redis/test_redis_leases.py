"""What only leases on Redis promise: nobody waits for them, and trouble means no lease."""

import asyncio
import gc
import ssl
import struct
import time
from collections.abc import AsyncIterator

import pytest
import redis.exceptions
from structlog.testing import capture_logs

from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.leases import AT_ONCE, WAITING, RedisLeases
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import ConversationId, Key, NodeId, OrganisationId
from intervene.core.timing import Timing
from tests.integration.adapters.redis.nodes import ACME, C1, C2
from tests.kit.limits import TIMING, eventually
from tests.kit.proxy import Mode, Proxy
from tests.kit.redis import RedisServer
from tests.kit.server import until


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
async def leases(proxy: Proxy, clock: Time, patient: Timing) -> AsyncIterator[RedisLeases]:
    connections = Connections(f"redis://127.0.0.1:{proxy.port}", patient)
    leases = RedisLeases(connections, node=NodeId("n1"), stats=Stats(), monotonic=clock)
    yield leases
    await leases.close()
    await connections.close()


async def holds(leases: RedisLeases, key: Key, epoch: int) -> None:
    async def is_held() -> bool:
        return await leases.peek(key) == epoch

    await until(is_held)


async def test_a_lease_lasts_ten_seconds_and_is_not_made_longer_by_a_repetition(
    leases: RedisLeases, server: RedisServer
) -> None:
    leases.take(C1, 5)
    await holds(leases, C1, 5)
    assert server.ask("GET", "iv:lease:acme:c1") == b"5:n1"
    rest = server.ask("PTTL", "iv:lease:acme:c1")
    assert isinstance(rest, int)
    assert 0 < rest <= TIMING.lease * 1000
    server.ask("PEXPIRE", "iv:lease:acme:c1", 500)
    leases.take(C1, 5)
    leases.take(C2, 1)
    await holds(leases, C2, 1)
    rest = server.ask("PTTL", "iv:lease:acme:c1")
    assert isinstance(rest, int)
    assert rest <= 500


async def test_an_emptied_redis_has_no_leases(leases: RedisLeases, server: RedisServer) -> None:
    leases.take(C1, 5)
    await holds(leases, C1, 5)
    server.flush()
    assert await leases.peek(C1) == 0


async def test_while_redis_hangs_one_request_waits_a_moment_and_the_others_not_at_all(
    leases: RedisLeases, server: RedisServer, clock: Time, patient: Timing
) -> None:
    leases.take(C1, 5)
    await holds(leases, C1, 5)
    server.hang()
    began = time.monotonic()
    leases.take(C1, 6)
    assert await leases.peek(C1) == 0
    assert time.monotonic() - began < patient.lease_answer + 1.0
    await eventually(lambda: leases.stats.leases_late == 2)
    for _ in range(100):
        leases.take(C1, 7)
        assert await leases.peek(C1) == 0
    await eventually(lambda: leases.stats.leases_skipped == 200)
    assert leases.stats.leases_late == 2
    server.wake()
    assert await leases.peek(C1) == 0, "it is left alone for a while"
    clock.now += TIMING.lease_skip
    assert await leases.peek(C1) >= 5


async def test_after_a_hang_one_request_goes_to_see_and_the_others_wait_for_what_it_finds(
    leases: RedisLeases, server: RedisServer, clock: Time
) -> None:
    server.hang()
    assert await leases.peek(C1) == 0
    clock.now += TIMING.lease_skip
    assert await asyncio.gather(*(leases.peek(C1) for _ in range(50))) == [0] * 50
    assert leases.stats.leases_late == 2
    assert leases.stats.leases_skipped == 49
    server.wake()


async def test_a_half_open_line_is_left_alone_too(leases: RedisLeases, proxy: Proxy, clock: Time) -> None:
    leases.take(C1, 5)
    await holds(leases, C1, 5)
    proxy.mode = Mode.HALF_OPEN
    assert await leases.peek(C1) == 0
    assert await leases.peek(C1) == 0
    assert leases.stats.leases_skipped == 1
    proxy.mode = Mode.PASS
    clock.now += TIMING.lease_skip
    assert await leases.peek(C1) == 5


async def test_a_redis_that_is_gone_and_comes_back_is_asked_at_once(leases: RedisLeases, server: RedisServer) -> None:
    leases.take(C1, 5)
    await holds(leases, C1, 5)
    await server.kill()
    assert await leases.peek(C1) == 0
    leases.take(C1, 6)
    await server.start()
    leases.take(C1, 7)
    await holds(leases, C1, 7)


async def test_what_is_under_way_is_bounded(leases: RedisLeases, server: RedisServer) -> None:
    server.hang()
    for number in range(WAITING + 100):
        leases.take(Key(ACME, ConversationId(f"c{number}")), 1)
    assert leases.stats.leases_skipped == 100
    await eventually(lambda: leases.stats.leases_late + leases.stats.leases_skipped == WAITING + 100)
    server.wake()


async def test_many_at_once_share_few_connections(leases: RedisLeases, proxy: Proxy) -> None:
    keys = [Key(ACME, ConversationId(f"c{number}")) for number in range(200)]
    for key in keys:
        leases.take(key, 3)
    await holds(leases, keys[-1], 3)
    assert await asyncio.gather(*(leases.peek(key) for key in keys)) == [3] * 200
    assert proxy.connections <= AT_ONCE


async def test_a_peek_that_is_cancelled_spoils_nothing(leases: RedisLeases, server: RedisServer) -> None:
    leases.take(C1, 5)
    leases.take(C2, 8)
    await holds(leases, C1, 5)
    await holds(leases, C2, 8)
    for rounds in range(200):
        peek = asyncio.create_task(leases.peek(C1))
        for _ in range(rounds % 7):
            await asyncio.sleep(0)
        peek.cancel()
        await asyncio.gather(peek, return_exceptions=True)
        assert await leases.peek(C2) == 8, "never the answer to another question"


async def test_where_scripts_are_forbidden_there_are_no_leases(leases: RedisLeases, server: RedisServer) -> None:
    server.ask("ACL", "SETUSER", "default", "-@scripting")
    leases.take(C1, 5)
    await eventually(lambda: leases.stats.leases_failed == 1)
    assert await leases.peek(C1) == 0


@pytest.mark.parametrize("value", ["", "x", ":", "nine:n1", "-3:n1", "1e5"])
async def test_a_value_that_is_no_lease_means_none(leases: RedisLeases, server: RedisServer, value: str) -> None:
    server.ask("SET", "iv:lease:acme:c1", value)
    assert await leases.peek(C1) == 0
    leases.take(C1, 5)
    leases.take(C2, 5)
    await holds(leases, C2, 5)


# -- whatever the client library raises --------------------------------------------------------------------------------


class Raises:
    """In place of redis-py: no server can be made to cause all of these."""

    def __init__(self, problem: BaseException) -> None:
        self._problem = problem

    async def execute_command(self, *command: object) -> object:
        raise self._problem


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed"),
        asyncio.CancelledError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        struct.error("unpack requires a buffer of 4 bytes"),
        asyncio.IncompleteReadError(b"", 4),
        AttributeError("'NoneType' object has no attribute 'writelines'"),
        BrokenPipeError(32, "Broken pipe"),
        ssl.SSLError("WRONG_VERSION_NUMBER"),
        redis.exceptions.MaxConnectionsError(),
        ExceptionGroup("several", [OSError(), ValueError()]),
        AssertionError(),
    ],
    ids=lambda problem: type(problem).__name__,
)
async def test_whatever_the_library_raises_there_is_no_lease_and_one_line(
    leases: RedisLeases, monkeypatch: pytest.MonkeyPatch, problem: BaseException
) -> None:
    """[P4] A lease fails no turn and no takeover."""
    monkeypatch.setattr(leases._connections, "client", lambda name, most: Raises(problem))
    with capture_logs() as lines:
        for epoch in range(5):
            leases.take(C1, epoch)
            assert await leases.peek(C1) == 0
        await eventually(lambda: leases.stats.leases_failed == 10)
    assert [line["event"] for line in lines] == ["a lease failed; turns go by the row alone"] * 2, "taken, and read"


@pytest.mark.parametrize("end", ["reset", "close"])
async def test_a_line_that_ended_while_idle_means_no_lease_and_no_harm(
    leases: RedisLeases, proxy: Proxy, end: str
) -> None:
    """[P4] Every connection of the pool, again and again."""
    unheard: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, facts: unheard.append(facts))
    for epoch in range(1, 4):
        await asyncio.gather(*(leases.peek(C2) for _ in range(AT_ONCE)))
        getattr(proxy, end)()
        await eventually(lambda: proxy.open == 0)
        await asyncio.sleep(0.05)  # for our side of the lines to notice; nothing shows that it has
        for _ in range(AT_ONCE + 1):
            leases.take(C1, epoch)
        assert await leases.peek(C1) in (0, epoch - 1, epoch)
        await eventually(lambda: not leases._tasks)
        leases.take(C1, epoch)
        await holds(leases, C1, epoch)
    gc.collect()
    assert unheard == [], "no exception of a task was left unretrieved"


@pytest.mark.parametrize("value", ["9" * 5000, "9" * 19 + ":n1", "²:n1"], ids=["5000 digits", "19 digits", "no digit"])
async def test_a_value_that_no_node_wrote_means_none(leases: RedisLeases, server: RedisServer, value: str) -> None:
    server.ask("SET", "iv:lease:acme:c1", value)
    assert await leases.peek(C1) == 0


async def test_a_name_that_cannot_be_written_means_none(leases: RedisLeases) -> None:
    odd = Key(OrganisationId("\ud800"), ConversationId("c1"))
    leases.take(odd, 1)
    assert await leases.peek(odd) == 0
    assert leases.stats.leases_failed >= 1
