"""The hub while Redis, or the way to it, goes wrong: nobody waits for it, it comes back, and what may have been missed
is said."""

import asyncio
import gc
import random
import time
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from intervene.adapters.redis.publisher import DROPPABLES, QUEUE_MESSAGES
from intervene.core.ids import ConversationId, Key
from intervene.ports.topics import ConversationTopic
from tests.integration.adapters.redis.conftest import Nodes, Serve
from tests.integration.adapters.redis.nodes import ACME, C1, C2, RedisNode
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.proxy import Mode, Proxy
from tests.kit.redis import RedisServer

HALF_OPEN_SECONDS = 5.0  # within which a connection that says nothing is found


@pytest.fixture
async def behind(proxy: Proxy, nodes: Nodes) -> RedisNode:
    """A node that reaches Redis through the proxy."""
    return await nodes("n9", f"redis://127.0.0.1:{proxy.port}")


async def test_redis_killed_and_restarted_empty_is_found_again_and_every_channel_is_a_gap(
    nodes: Nodes, server: RedisServer
) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    keys = [Key(ACME, ConversationId(f"k{number}")) for number in range(1500)]
    await n2.follows(*keys)
    await server.kill()
    await n2.is_down()
    n1.commits(keys[0], 1)
    n2.hub.unsubscribe(ConversationTopic(keys[1]))
    n2.hub.subscribe(ConversationTopic(C2))
    await eventually(lambda: n1.losses == 1)
    await server.start()
    await n1.is_up()
    await n2.is_up()
    await eventually(lambda: all(n2.gaps[key] == 2 for key in [keys[0], *keys[2:]]))
    assert n2.gaps[keys[1]] == 1, "it was left"
    assert n2.gaps[C2] == 1, "it was followed while Redis was away"
    for number, key in enumerate([keys[0], *keys[2:], C2]):
        n1.commits(key, number + 2)
    await eventually(lambda: len({commit.key for commit in n2.taken}) == len(keys))
    assert n1.losses == 1


async def test_a_node_that_starts_without_redis_comes_up_once_there_is_one(nodes: Nodes, server: RedisServer) -> None:
    await server.kill()
    n1, n2 = await nodes("n1", idle=True), await nodes("n2", idle=True)
    n2.hub.subscribe(ConversationTopic(C1))
    n1.begins()
    n2.begins()
    await eventually(lambda: n1.stats.listener_falls > 2 and n1.stats.publisher_falls > 2)
    await server.start()
    await n1.is_up()
    await n2.is_up()
    await eventually(lambda: n2.gaps[C1] == 1)
    n1.commits(C1, 1)
    await n2.has_taken(C1, [1])


async def test_while_redis_hangs_nobody_waits_and_nothing_grows(nodes: Nodes, server: RedisServer) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(C1)
    server.hang()
    slowest, version = 0.0, 0
    hung_at = time.monotonic()
    while n1.hub.is_up or n2.hub.is_up or not n1.stats.lost:  # the line may be found broken before anything is full
        assert time.monotonic() - hung_at < WAIT
        began = time.perf_counter()
        for _ in range(200):
            version += 1
            n1.commits(C1, version)
            n1.types(C1)
        slowest = max(slowest, time.perf_counter() - began)
        assert n1.hub.waiting <= QUEUE_MESSAGES + DROPPABLES + 4
        await asyncio.sleep(0.01)
    assert slowest < 1.0
    assert n1.losses == 1
    server.wake()
    await n1.is_up()
    await n2.is_up()
    await eventually(lambda: n2.asks > 0 or n2.gaps[C1] == 2)  # who was not there to be asked finds a gap
    await n1.reaches(n2, C1, version + 1)
    assert n1.losses == 1


async def test_pubsub_clients_killed_in_a_loop_lose_no_channel(nodes: Nodes, server: RedisServer) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(C1, C2)
    for version in range(1, 21):
        server.kill_pubsub_clients()
        n1.commits(C1, version)
        await asyncio.sleep(0.05)
    gaps = n2.gaps[C2]
    server.kill_pubsub_clients()
    await eventually(lambda: n2.gaps[C2] > gaps)
    await n1.reaches(n2, C1, 100)
    assert n1.stats.lost == 0, "what was published did leave; the gap says that it may not have been heard"
    assert n2.versions(C1) == sorted(set(n2.versions(C1)))


async def test_publishers_killed_in_a_loop_ask_others_to_compare_versions(nodes: Nodes, server: RedisServer) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(C1)
    version = 0
    while not n1.losses:
        for _ in range(100):
            version += 1
            n1.commits(C1, version)
        server.kill_normal_clients()
        await asyncio.sleep(0.02)
    await eventually(lambda: n2.asks > 0)
    await n1.reaches(n2, C1, 100_000)
    assert n2.versions(C1) == sorted(n2.versions(C1))


@pytest.mark.parametrize("mode", [Mode.HALF_OPEN, Mode.ONE_WAY_UP, Mode.ONE_WAY_DOWN])
async def test_a_connection_that_says_nothing_is_found_within_its_bound_and_replaced(
    nodes: Nodes, behind: RedisNode, proxy: Proxy, mode: Mode
) -> None:
    n1 = await nodes("n1")
    await behind.follows(C1)
    proxy.mode = mode
    began = time.monotonic()
    await behind.is_down()
    await eventually(lambda: behind.stats.publisher_falls > 0 and behind.stats.listener_falls > 0)
    assert time.monotonic() - began < HALF_OPEN_SECONDS + 1.0
    n1.commits(C1, 1)
    proxy.mode = Mode.PASS
    await behind.is_up()
    await eventually(lambda: behind.gaps[C1] == 2)
    n1.commits(C1, 2)
    await behind.has_taken(C1, [2])


async def test_while_a_half_open_line_lasts_the_node_stays_down(behind: RedisNode, proxy: Proxy) -> None:
    proxy.mode = Mode.HALF_OPEN
    await behind.is_down()
    attempts = proxy.connections
    with capture_logs() as logs:
        await eventually(lambda: proxy.connections > attempts + 2 or behind.hub.is_up)
    assert not behind.hub.is_up
    assert not [line for line in logs if line["event"] == "Redis is back"]


async def test_a_listener_and_a_publisher_on_different_servers_find_out(
    nodes: Nodes, behind: RedisNode, proxy: Proxy, server: RedisServer, serve: Serve
) -> None:
    """As after a failover that only one of the two connections has noticed."""
    await behind.follows(C1)
    other = await serve()
    n1 = await nodes("n1", other.url)
    await n1.follows(C2)
    proxy.target = ("127.0.0.1", other.port)
    server.kill_pubsub_clients()
    await behind.is_down()
    await behind.is_up(LONG_WAIT)
    await eventually(lambda: n1.asks == 1)  # what was published meanwhile reached nobody
    n1.commits(C1, 1)
    behind.commits(C2, 1)
    await behind.has_taken(C1, [1])
    await n1.has_taken(C2, [1])


async def test_a_slow_line_keeps_the_order(nodes: Nodes, behind: RedisNode, proxy: Proxy) -> None:
    n1 = await nodes("n1")
    await n1.follows(C2)
    proxy.mode, proxy.seconds = Mode.DELAY, 0.05
    for version in range(1, 501):
        behind.commits(C2, version)
        if version % 10 == 0:
            await asyncio.sleep(0.001)
    await n1.has_taken(C2, range(1, 501))
    assert behind.stats.lost == 0


async def test_what_does_not_fit_a_narrow_line_is_known_to_be_lost(
    nodes: Nodes, behind: RedisNode, proxy: Proxy
) -> None:
    n1 = await nodes("n1")
    await n1.follows(C2)
    proxy.mode, proxy.bytes_per_second = Mode.THROTTLE, 20_000
    for version in range(1, 2001):
        behind.commits(C2, version)
    await eventually(lambda: behind.losses == 1)
    proxy.mode = Mode.PASS
    await eventually(lambda: n1.asks > 0)
    await behind.reaches(n1, C2, 5000)


async def test_a_line_cut_anywhere_in_a_message_comes_back(nodes: Nodes, behind: RedisNode, proxy: Proxy) -> None:
    n1 = await nodes("n1")
    await n1.follows(C2)
    chance = random.Random(7)
    for turn in range(10):
        proxy.cut_after = chance.randrange(1, 3000)
        proxy.reset()
        for version in range(turn * 100 + 1, turn * 100 + 101):
            behind.commits(C2, version)
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
    proxy.cut_after = None
    proxy.reset()
    await eventually(lambda: n1.asks > 0)
    await behind.reaches(n1, C2, 100_000)
    assert n1.stats.forged == 0
    assert n1.versions(C2) == sorted(n1.versions(C2))


async def test_a_line_that_refuses_everybody_is_tried_for_ever_and_not_in_haste(
    behind: RedisNode, proxy: Proxy
) -> None:
    proxy.mode = Mode.RESET
    await behind.is_down()
    attempts = proxy.connections
    await asyncio.sleep(2.0)
    assert 2 <= proxy.connections - attempts < 100
    proxy.mode = Mode.PASS
    await behind.is_up()


async def test_a_node_that_ends_leaves_no_connection(nodes: Nodes, behind: RedisNode, proxy: Proxy) -> None:
    assert proxy.open == 2
    await behind.ends()
    await eventually(lambda: proxy.open == 0)


# -- what is logged of an outage ---------------------------------------------------------------------------------------


async def test_lines_that_are_reset_while_idle_are_replaced_and_make_one_line_in_the_log(
    behind: RedisNode, proxy: Proxy
) -> None:
    """Publisher and listener wait for nothing when it happens."""
    unretrieved: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, facts: unretrieved.append(facts))
    with capture_logs() as lines:
        for falls in range(1, 6):
            proxy.reset()
            await eventually(lambda at_least=falls: behind.stats.listener_falls >= at_least)  # type: ignore[misc]
            await behind.is_up()
        await behind.follows(C1)
    gc.collect()
    assert unretrieved == []
    assert [line["event"] for line in lines] == ["Redis is away"]
    assert not lines[0].get("exc_info"), "a reset is expected: no traceback"


@pytest.mark.parametrize(
    "refuse",
    [
        pytest.param(("ACL", "SETUSER", "default", "resetchannels"), id="no channels"),
        pytest.param(("ACL", "SETUSER", "default", "-subscribe"), id="no subscriptions"),
        pytest.param(("ACL", "SETUSER", "default", "-publish"), id="no publishing"),
        pytest.param(("ACL", "SETUSER", "default", "-ping"), id="no pings"),
        pytest.param(("CONFIG", "SET", "requirepass", "secret"), id="a password"),
        pytest.param(("ACL", "SETUSER", "default", "off"), id="no user"),
    ],
)
async def test_a_redis_that_accepts_and_refuses_makes_one_line_and_one_at_the_end(
    nodes: Nodes, server: RedisServer, refuse: tuple[str, ...]
) -> None:
    node = await nodes("n1", outage_calm=1.0)
    with server.keeps_a_line() as admin_asks, capture_logs() as lines:
        admin_asks(*refuse)
        admin_asks("CLIENT", "KILL", "TYPE", "pubsub")
        admin_asks("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await eventually(lambda: node.stats.publisher_falls + node.stats.listener_falls > 6)
        assert [line["event"] for line in lines] == ["Redis is away"]
        assert lines[0]["reason"]
        assert not lines[0].get("exc_info")
        admin_asks("ACL", "SETUSER", "default", "on", "nopass", "allchannels", "allcommands")
        await node.is_up()
        await eventually(lambda: len(lines) > 1)
    assert [line["event"] for line in lines] == ["Redis is away", "Redis is back"]


@pytest.mark.parametrize(
    "answer",
    [
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
        b"-ERR max number of clients reached\r\n",
        b"-DENIED Redis is running in protected mode\r\n",
        b"-NOAUTH Authentication required.\r\n",
        b"-READONLY You can't write against a read only replica.\r\n",
        b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        b"-MISCONF Redis is configured to save RDB snapshots\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"$-7\r\n",
        b"*-3\r\n",
        b"\x15\x03\x03\x00\x02\x02\x46",  # a TLS alert
        b"+\xff\xfe\r\n",
        b"*0\r\n",
        b"",  # accepted and closed
    ],
)
async def test_whatever_answers_in_place_of_redis_the_node_goes_on_trying_and_says_so_once(
    nodes: Nodes, answer: bytes
) -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(4096) and answer:
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        node = await nodes("n1", f"redis://127.0.0.1:{port}", idle=True)
        with capture_logs() as lines:
            node.begins()
            await eventually(lambda: node.stats.listener_falls >= 2, within=LONG_WAIT)
            assert [line["event"] for line in lines] == ["Redis is away"]
            assert lines[0]["reason"]
            assert not node.hub.is_up
        await node.ends()


async def test_of_an_outage_that_lasts_there_are_reminders(nodes: Nodes, proxy: Proxy) -> None:
    await nodes("n1", f"redis://127.0.0.1:{proxy.port}", outage_reminder=0.5)
    with capture_logs() as lines:
        proxy.mode = Mode.RESET
        await eventually(lambda: len(lines) >= 3)
    assert all(line["event"] == "Redis is away" for line in lines)
    assert lines[2]["for_seconds"] >= 1.0
