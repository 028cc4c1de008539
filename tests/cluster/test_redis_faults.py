"""Redis goes, hangs, is emptied, killed, replaced by another, or only one node has lost it. It holds nothing that
matters: nodes go on by comparing with the log, and only speed suffers.
"""

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.bench import Bench
from tests.cluster.hub import HEARD, HOME, POLLING, has, is_ready, is_streamed_to, shows, takes_over, they_talk
from tests.cluster.scenes import Scene, is_taken, is_the_end_of, runs_a_turn, runs_no_turn, says, streaming
from tests.cluster.town import Town
from tests.kit.limits import CAUGHT_UP, POLLED, PROMPT, UNHEARD, WAIT, eventually
from tests.kit.people import Agent, Customer
from tests.kit.proxy import Mode
from tests.kit.redis import RedisServer
from tests.kit.server import until

# -- one node's way to Redis -------------------------------------------------------------------------------------------


async def test_a_node_cut_off_from_redis_goes_by_the_log_until_it_is_back(bench: Bench) -> None:
    """[P1, P2, P4, P5] Both nodes know at once, say so, and stay ready; then they know that it is over."""
    async with streaming(bench) as scene:
        a, b, maria, ana, c, written = scene
        a.redis_line.mode = Mode.RESET
        await maria.says("Can you hear me?")
        await ana.sees(c, says("Can you hear me?"), within=POLLED)
        await takes_over(ana, c)
        assert (await maria.sees(c, is_the_end_of(written), within=POLLED)).is_interrupted
        await maria.sees(c, is_taken, within=POLLED)
        await runs_no_turn(a, within=POLLED)

        await asyncio.gather(*(shows(node, polling=1) for node in (a, b)))
        await asyncio.gather(shows(a, hub_up=0), shows(b, hub_up=1), is_ready(a), is_ready(b))
        assert "Redis is away" in a.log
        assert POLLING in a.log
        assert POLLING in b.log
        for words in ("first", "second"):
            await they_talk(scene, words, within=POLLED)

        a.redis_line.mode = Mode.PASS
        await shows(a, within=CAUGHT_UP, hub_up=1)
        await they_talk(scene, "third", within=CAUGHT_UP)
        await asyncio.gather(*(shows(node, polling=0) for node in (a, b)))
        await eventually(lambda: "Redis is back" in a.log)
        assert a.log.count("Redis is away") == 1
        assert HEARD in a.log
        assert HEARD in b.log
        await bench.is_in_order(maria, ana)


async def test_a_customer_is_answered_at_once_though_all_idle_lines_to_redis_were_reset(bench: Bench) -> None:
    """[P4, P5] A TCP reset (RST), not a close, of lines on which nothing was under way; and again and again: no turn
    breaks, so none is taken up later, and nobody is handed to a person."""
    a, b = await bench.starts("a", "b")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        for number in range(5):
            await asyncio.gather(*(shows(node, hub_up=1, within=CAUGHT_UP) for node in (a, b)))
            for node in (a, b):
                node.redis_line.reset()
            since = maria.screen.last
            await maria.says(f"Why is my bill so high? {number}")
            await maria.sees(c, lambda event: event.kind == "message_started", since=since, within=PROMPT)
            await runs_no_turn(a, within=WAIT)
        assert maria.screen.holder == "bot"
        for node in (a, b):
            assert "Task exception was never retrieved" not in node.log
            assert "a turn broke" not in node.log
        await bench.is_in_order(maria, ana)


async def test_a_takeover_does_not_wait_for_a_redis_that_is_half_open(bench: Bench) -> None:
    """[P1, P2, P4, P5] The agent's node asks for a lease and publishes, and nothing comes of either."""
    async with streaming(bench) as scene:
        _, b, maria, ana, c, written = scene
        b.redis_line.mode = Mode.HALF_OPEN
        await takes_over(ana, c)
        await maria.sees(c, is_taken, within=UNHEARD)
        assert maria.screen.texts[written] == ana.screens[c].texts[written]
        await they_talk(scene, "Half open.", within=UNHEARD)
        assert await b.metric("intervene_hub_leases_late_total") == 1

        await shows(b, within=UNHEARD, hub_up=0, polling=1)
        await maria.says("Give me the bot again.")
        await ana.sees(c, says("Give me the bot again."), within=POLLED)
        handed = await ana.hands_back(c)
        await ana.sees(c, lambda event: event.kind == "message_started", since=handed["seq"])
        await takes_over(ana, c)
        await until(lambda: has(b, hub_leases_skipped_total=1))
        await they_talk(scene, "Still half open.", within=POLLED)
        await is_ready(b)

        b.redis_line.mode = Mode.PASS
        await shows(b, within=UNHEARD, hub_up=1)
        await they_talk(scene, "Mended.", within=CAUGHT_UP)
        await bench.is_in_order(maria, ana)


async def test_what_a_node_commits_is_seen_elsewhere_while_only_its_publisher_has_lost_redis(bench: Bench) -> None:
    """[P1, P2, P5] It hears the other as ever, and is not heard."""
    async with streaming(bench) as scene:
        a, b, maria, ana, c, written = scene
        a.redis_line.refused = b"PUBLISH"
        a.redis_line.reset()
        await maria.says("Can you hear me?")
        await ana.sees(c, says("Can you hear me?"), within=POLLED)
        more = len(ana.screens[c].texts[written])
        await ana.finds(lambda: len(ana.screens[c].texts[written]) > more, within=POLLED)
        await takes_over(ana, c)
        await maria.sees(c, is_taken, within=POLLED)
        falls = await a.metric("intervene_hub_publisher_falls_total")
        await until(lambda: has(a, hub_publisher_falls_total=falls + 3))
        await they_talk(scene, "Only I am not heard.", within=POLLED)
        await asyncio.gather(shows(a, hub_up=0, polling=1), shows(b, hub_up=1, polling=1))
        assert await a.metric("intervene_hub_listener_falls_total") <= 1, "that was the reset"

        a.redis_line.refused = None
        await asyncio.gather(*(shows(node, hub_up=1, polling=0) for node in (a, b)))
        await they_talk(scene, "I am.", within=CAUGHT_UP)
        await bench.is_in_order(maria, ana)


@pytest.mark.parametrize("mode", [Mode.DELAY, Mode.THROTTLE], ids=["late", "narrow"])
async def test_nothing_is_shown_out_of_order_though_one_node_s_words_come_late(bench: Bench, mode: Mode) -> None:
    """[P1, P2, P5] Two nodes commit by turns, and a third hears the second long before the first."""
    async with streaming(bench, hostile="chatty") as (a, _, maria, ana, c, _):
        (far,) = await bench.starts("far", hostile="chatty")
        async with Agent(far, "Ben") as ben:
            await ben.watches(c)
            a.redis_line.seconds, a.redis_line.bytes_per_second = 0.3, 20_000
            a.redis_line.mode = mode
            for number in range(3):
                await runs_a_turn(a)
                for note in range(5):
                    await ana.notes(c, f"{number}, {note}")
                    await ben.sees(c, says(f"{number}, {note}"), within=POLLED)
                await takes_over(ana, c)
                await maria.finds(lambda: maria.screen.holder == "agent", within=POLLED)
                await ana.says(c, "I am still here.")
                await ana.hands_back(c)
                await maria.finds(lambda: maria.screen.holder == "bot", within=POLLED)
                await maria.says("How much is it?")
            await bench.is_in_order(maria, ana, ben)
            assert not maria.faults + ana.faults + ben.faults


# -- Redis itself ------------------------------------------------------------------------------------------------------


async def test_redis_is_killed_and_comes_back_empty_under_load(bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P5]"""
    town = Town(bench, seed)
    await town.opens()
    async with town.is_busy():
        await town.takes_over(5)
        await bench.redis.kill()
        await asyncio.gather(*(shows(node, hub_up=0) for node in bench.nodes.values()), town.takes_over(10))
        await bench.redis.start()
        await asyncio.gather(*(shows(node, within=CAUGHT_UP, hub_up=1) for node in bench.nodes.values()))
        await town.takes_over(10)
    await town.settles()
    await town.is_in_order()
    await town.leaves()


async def test_redis_hangs_for_ten_seconds_under_load_and_wakes(bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P4, P5] Whoever takes over meanwhile does not notice."""
    town = Town(bench, seed)
    await town.opens()
    a, b = bench.nodes.values()
    async with Customer(a) as maria, Agent(b) as ana, town.is_busy():
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Why is my bill so high?")
        await ana.sees_the_bot_write(c)
        bench.redis.hang()
        hung_at = time.monotonic()
        await takes_over(ana, c)
        await maria.sees(c, is_taken, within=UNHEARD)
        await asyncio.gather(*(shows(node, within=UNHEARD, hub_up=0) for node in (a, b)))
        await asyncio.gather(is_ready(a), is_ready(b), town.takes_over(5))
        await eventually(lambda: time.monotonic() - hung_at > 10.0, within=2 * WAIT)
        bench.redis.wake()
        await asyncio.gather(*(shows(node, within=CAUGHT_UP, hub_up=1) for node in (a, b)))
        await town.takes_over(5)
        await bench.is_in_order(maria, ana)
    await town.settles()
    await town.is_in_order()
    await town.leaves()


async def test_listeners_are_killed_again_and_again_while_a_bot_streams_and_is_taken_over(bench: Bench) -> None:
    """[P1, P2, P5] Three times a second, for eight seconds."""
    killed = 0

    async def kills() -> None:
        nonlocal killed
        over = time.monotonic() + 8.0
        while time.monotonic() < over:
            killed += bench.redis.kill_pubsub_clients()
            await lasts(0.3)

    async with streaming(bench) as (a, b, maria, ana, c, _):
        killing = asyncio.create_task(kills())
        while not killing.done():
            await takes_over(ana, c)
            await maria.finds(lambda: maria.screen.holder == "agent", within=CAUGHT_UP)
            await ana.hands_back(c)
            await maria.finds(lambda: maria.screen.holder == "bot", within=CAUGHT_UP)
            await maria.says("And then?")
            for person in (maria, ana):
                await is_streamed_to(person, c, pieces=5)
        await killing
        assert killed > 15

        await takes_over(ana, c)
        for number in range(3):  # what is lost now has nothing behind it that would show the hole
            await asyncio.gather(*(shows(node, within=CAUGHT_UP, hub_up=1) for node in (a, b)))
            bench.redis.kill_pubsub_clients()
            await maria.says(f"Still here? {number}")
            await ana.sees(c, says(f"Still here? {number}"), within=CAUGHT_UP)
        found = await bench.is_in_order(maria, ana)
    assert found.counts.takeovers > 3


async def test_redis_is_replaced_by_a_stale_replica_and_no_node_stays_between_the_two(
    bench: Bench, tmp_path: Path, seed: str
) -> None:
    """[P1, P2, P5] What speaks reaches the new one, what listens is still with the old: only the echo tells."""
    replica = RedisServer(tmp_path)
    await replica.start()
    town = Town(bench, seed)
    try:
        bench.redis.ask("CONFIG", "SET", "repl-diskless-sync-delay", 0)
        replica.ask("REPLICAOF", "127.0.0.1", bench.redis.port)
        await eventually(lambda: "connected" in str(replica.ask("ROLE")))
        await town.opens()
        nodes = list(bench.nodes.values())
        async with town.is_busy():
            await town.takes_over(3)
            replica.ask("REPLICAOF", "NO", "ONE")
            await town.takes_over(3)  # their leases are not in the replica
            for node in nodes:
                node.redis_line.target = ("127.0.0.1", replica.port)
            bench.redis.kill_normal_clients()
            await asyncio.gather(*(shows(node, hub_up=0) for node in nodes))
            assert bench.redis.subscribers(HOME) == 2, "they still listen there"
            await asyncio.gather(*(shows(node, within=UNHEARD, hub_up=1) for node in nodes))
            assert (bench.redis.subscribers(HOME), replica.subscribers(HOME)) == (0, 2)
            await bench.redis.kill()
            await town.takes_over(3)
        await asyncio.gather(*(shows(node, hub_up=1) for node in nodes))
        await town.settles()
        await town.is_in_order()
        await town.leaves()
    finally:
        await replica.kill()


async def test_nodes_start_and_serve_without_redis_and_find_it_when_it_appears(bench: Bench) -> None:
    """[P4, P5] The bot is silent, so nothing but the log tells its node that its turn is over."""
    await bench.redis.kill()
    a, b = await bench.starts("a", "b", hostile="silent")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Is anybody there?")
        await ana.sees(c, says("Is anybody there?"), within=POLLED)
        await runs_a_turn(a)
        await takes_over(ana, c)
        await maria.sees(c, is_taken, within=POLLED)
        await runs_no_turn(a, within=POLLED)
        await asyncio.gather(*(shows(node, hub_up=0, polling=1) for node in (a, b)), is_ready(a), is_ready(b))

        await bench.redis.start()
        await asyncio.gather(*(shows(node, within=CAUGHT_UP, hub_up=1) for node in (a, b)))
        await asyncio.gather(*(shows(node, polling=0) for node in (a, b)))
        await they_talk(Scene(a, b, maria, ana, c, ""), "Here it is.", within=CAUGHT_UP)
        await bench.is_in_order(maria, ana)


async def test_a_town_lives_without_redis(bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P5] As in fair weather, but for what people see of other nodes: that is up to 2 s old."""
    await bench.redis.kill()
    town = Town(bench, seed)
    await town.opens()
    async with town.is_busy():
        await town.takes_over(25)
    await town.settles()
    found = await town.is_in_order()
    assert found.counts.takeovers >= 25
    await town.leaves()


async def test_redis_is_emptied_again_and_again_under_load(bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P5] No lease outlives that, and nobody misses one."""
    town = Town(bench, seed)
    await town.opens()
    async with town.is_busy():
        for _ in range(10):
            await town.takes_over(1)
            bench.redis.flush()
    await town.settles()
    await town.is_in_order()
    assert [await node.metric("intervene_hub_listener_falls_total") for node in bench.nodes.values()] == [0, 0]
    await town.leaves()


async def test_a_listener_that_redis_drops_for_its_backlog_catches_up(bench: Bench) -> None:
    """[P2, P5] It allows 8 KB, and each of these words is more."""
    bench.redis.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 8192 8192 1")
    async with streaming(bench) as (a, b, maria, ana, c, _):
        await takes_over(ana, c)
        await maria.sees(c, is_taken)
        for number in range(5):
            words = f"{number} " + 15_000 * "x"
            await maria.says(words)
            await ana.sees(c, says(words), within=CAUGHT_UP)
        await asyncio.gather(*(until(partial(has, node, hub_listener_falls_total=2)) for node in (a, b)))
        await bench.is_in_order(maria, ana)


async def lasts(seconds: float) -> None:
    """A fault, not a wait for anything."""
    over = time.monotonic() + seconds
    await eventually(lambda: time.monotonic() >= over, within=seconds + WAIT)
