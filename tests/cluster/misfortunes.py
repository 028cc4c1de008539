"""What may happen to a town at random: one thing at a time, for as long as it happens to last, and then it is over.

Each is a coroutine function of the bench and of a seeded random number; its name is what the report calls it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random

import anyio

from tests.cluster.bench import Bench, Node
from tests.kit.proxy import Mode, Proxy

Misfortune = Callable[[Bench, Random], Awaitable[None]]

SHORT, LONG = (0.2, 3.0), (3.0, 14.0)  # seconds; some of the long ones outlast every limit of a node's patience


def somebody(bench: Bench, random: Random) -> Node:
    return random.choice(list(bench.nodes.values()))


async def _lasts(random: Random) -> None:
    await anyio.sleep(random.uniform(*random.choice((SHORT, LONG))))


async def a_node_is_killed(bench: Bench, random: Random) -> None:
    node = somebody(bench, random)
    await node.kill()
    await anyio.sleep(random.uniform(0.0, 2.0))
    await node.start()


async def a_node_is_told_to_stop(bench: Bench, random: Random) -> None:
    node = somebody(bench, random)
    await node.stop()
    await node.start()


async def a_node_is_frozen(bench: Bench, random: Random) -> None:
    node = somebody(bench, random)
    node.freeze()
    await _lasts(random)
    node.thaw()


async def a_node_is_cut_off_from_postgres(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).postgres_line, Mode.RESET, random)


async def a_node_is_half_open_to_postgres(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).postgres_line, Mode.HALF_OPEN, random)


async def a_node_hears_nothing_of_postgres(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).postgres_line, Mode.ONE_WAY_UP, random)


async def a_node_is_slow_to_reach_postgres(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).postgres_line, Mode.DELAY, random)


async def a_node_is_cut_off_from_redis(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).redis_line, Mode.RESET, random)


async def a_node_is_half_open_to_redis(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).redis_line, Mode.HALF_OPEN, random)


async def a_node_publishes_to_nobody(bench: Bench, random: Random) -> None:
    await _goes_wrong(somebody(bench, random).redis_line, Mode.ONE_WAY_DOWN, random)


async def _goes_wrong(line: Proxy, mode: Mode, random: Random) -> None:
    line.mode = mode
    await _lasts(random)
    line.mode = Mode.PASS
    if mode is not Mode.DELAY:
        line.reset()  # what was swallowed will not come any more


async def redis_is_killed_and_comes_back_empty(bench: Bench, random: Random) -> None:
    await bench.redis.kill()
    await anyio.sleep(random.uniform(*SHORT))
    await bench.redis.start()


async def redis_hangs(bench: Bench, random: Random) -> None:
    bench.redis.hang()
    await _lasts(random)
    bench.redis.wake()


async def redis_drops_its_listeners(bench: Bench, random: Random) -> None:
    for _ in range(random.randint(1, 8)):
        bench.redis.kill_pubsub_clients()
        await anyio.sleep(0.3)


async def redis_forgets_everything(bench: Bench, random: Random) -> None:
    bench.redis.flush()


async def postgres_is_restarted(bench: Bench, random: Random) -> None:
    await asyncio.to_thread(random.choice((bench.postgres.stop, bench.postgres.kill)))
    await anyio.sleep(random.uniform(*SHORT))
    await asyncio.to_thread(bench.postgres.start)


async def postgres_hangs(bench: Bench, random: Random) -> None:
    bench.postgres.hang()
    await _lasts(random)
    bench.postgres.resume()


MISFORTUNES: Mapping[str, Misfortune] = {
    misfortune.__name__.replace("_", " "): misfortune
    for misfortune in (
        a_node_is_killed,
        a_node_is_told_to_stop,
        a_node_is_frozen,
        a_node_is_cut_off_from_postgres,
        a_node_is_half_open_to_postgres,
        a_node_hears_nothing_of_postgres,
        a_node_is_slow_to_reach_postgres,
        a_node_is_cut_off_from_redis,
        a_node_is_half_open_to_redis,
        a_node_publishes_to_nobody,
        redis_is_killed_and_comes_back_empty,
        redis_hangs,
        redis_drops_its_listeners,
        redis_forgets_everything,
        postgres_is_restarted,
        postgres_hangs,
    )
}
