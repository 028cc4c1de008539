"""The attacker of `attack.py`: one person with a valid token, or a stranger without one, at one loopback address.

`python -m tests.bench.attacker SHAPE` prints that it is ready, reads a `Target` from standard input, attacks until
standard input ends or its seconds are over, prints when it has begun, and at the end a `Report`. It runs only when its
processor has nothing else to do, so that the clients that measure beside it are not held up by it.
"""

import asyncio
import itertools
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import anyio
import msgspec
import uvloop
from msgspec import Struct

from tests.bench import wire
from tests.bench.wire import Socket

ADDRESS = "127.0.0.2"
PAUSE_SECONDS = 0.05  # after a refusal
DEAF_SOCKETS, TYPING_SOCKETS, WORKERS = 30, 40, 10
DEAF_CONNECTIONS, PIPELINED = 100, 1200
LARGE = "x" * 16_000  # nearly as much as one message may have
BRACKETS = wire.framed(b"[]" * 32_767)
GARBAGE = (
    b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://[\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    b"\x16\x03\x01 this is not HTTP at all\r\n\r\n",
    b"POST /v1/webchat/webchat/visitors HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}",
)


class Target(Struct, frozen=True):
    """`token` is a visitor's, whose `conversation` has `last` events that they may see."""

    port: int
    token: str
    conversation: str
    last: int
    seconds: float


class Report(Struct, frozen=True):
    did: dict[str, int]
    """What was done, and by what it was refused."""
    seconds: float
    cpu: float


Did = Counter[str]


async def deaf(target: Target, did: Did) -> None:
    """Sockets that ask for all of a long conversation, and never read."""
    asks = [
        wire.encode("get_page", conversation=target.conversation, before=target.last + 1, limit=500),
        wire.encode("watch", conversation=target.conversation, after={"n": 1, "id": ""}),
    ]

    async def one() -> None:
        async with _joined(target, did) as mine:
            mine.stop_reading()
            for ask in itertools.cycle(asks):
                if mine.is_lost:
                    return
                mine.send(ask)
                did["reads asked for"] += 1
                await asyncio.sleep(PAUSE_SECONDS)

    await _many(one, DEAF_SOCKETS)


async def leavers(target: Target, did: Did) -> None:
    """Sockets that ask for much, and are gone before it comes."""
    watch = wire.encode("watch", conversation=target.conversation, after={"n": 0, "id": ""})

    async def one() -> None:
        async with _joined(target, did) as mine:
            mine.send(watch * 20)
            did["reads asked for"] += 20
            await asyncio.sleep(0)

    await _many(one, WORKERS)


async def places(target: Target, did: Did) -> None:
    """As many sockets as one token gets."""
    mine: list[Socket] = []

    async def one() -> None:
        mine.append(await wire.join(target.port, target.token, ADDRESS))
        did["sockets"] += 1

    try:
        await _many(_forgiven(one, did), WORKERS)
    finally:
        for socket in mine:
            socket.abort()


async def bursts(target: Target, did: Did) -> None:
    """What one socket may say at once, again and again on another."""

    async def one() -> None:
        async with _joined(target, did) as mine:
            ids = [f"{random.getrandbits(64):x}" for _ in range(20)]
            said = [wire.encode("say", id=id, conversation=target.conversation, text=LARGE) for id in ids]
            acks = [mine.wait(b'"type":"ack"', id.encode()) for id in ids]
            mine.send(b"".join(said))
            did["messages sent"] += len(said)
            for answer in await asyncio.gather(*acks, return_exceptions=True):
                did["messages acked"] += not isinstance(answer, BaseException)

    await _many(one, WORKERS)


async def typists(target: Target, did: Did) -> None:
    """One person who types on many sockets."""

    async def one() -> None:
        async with _joined(target, did) as mine:
            await mine.ask(wire.encode("watch", conversation=target.conversation), b'"type":"watched"')
            for on in itertools.cycle((True, False)):
                if mine.is_lost:
                    return
                mine.send(wire.encode("set_typing", conversation=target.conversation, on=on))
                did["changes of typing"] += 1
                await asyncio.sleep(0.02)

    await _many(one, TYPING_SOCKETS)


async def brackets(target: Target, did: Did) -> None:
    """The largest frames that are hardest to judge: first ones, and others."""
    shapes = itertools.cycle((True, False))

    async def one() -> None:
        says_hello = next(shapes)
        mine = await wire.connect(target.port, address=ADDRESS)
        try:
            if says_hello:
                await mine.ask(wire.encode("hello", token=target.token), b'"type":"welcome"')
            while not mine.is_lost:
                mine.send(BRACKETS)
                did["frames"] += 1
                while mine.unsent and not mine.is_lost:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                await asyncio.sleep(0)
        finally:
            mine.abort()

    await _many(_forgiven(one, did), WORKERS)


async def pipeline(target: Target, did: Did) -> None:
    """Many whole requests in one packet, of whose answers nothing is read."""
    requests = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * PIPELINED
    loop = asyncio.get_running_loop()

    async def one() -> None:
        bare = await wire.dial(target.port, ADDRESS)
        try:
            await loop.sock_sendall(bare, requests)
            did["requests"] += PIPELINED
            while True:  # until the server has hung up
                await asyncio.sleep(1)
                await loop.sock_sendall(bare, b"\r\n")
        finally:
            bare.close()

    await _many(_forgiven(one, did), DEAF_CONNECTIONS)


async def garbage(target: Target, did: Did) -> None:
    """Requests that no client sends."""
    loop = asyncio.get_running_loop()
    kinds = itertools.cycle(GARBAGE)

    async def one() -> None:
        bare = await wire.dial(target.port, ADDRESS)
        try:
            did["requests"] += 1
            await loop.sock_sendall(bare, next(kinds))
            answer = await loop.sock_recv(bare, 65536)
            did[f"answered {answer[9:12].decode('latin-1') or 'nothing'}"] += 1
        finally:
            bare.close()

    await _many(_forgiven(one, did), WORKERS)


Attack = Callable[[Target, Did], Awaitable[None]]
ATTACKS: Mapping[str, Attack] = {
    attack.__name__: attack for attack in (deaf, leavers, places, bursts, typists, brackets, pipeline, garbage)
}


# -- how it goes about it ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def _joined(target: Target, did: Did) -> AsyncIterator[Socket]:
    """A session; trouble with it is counted, and ends it."""
    try:
        mine = await wire.join(target.port, target.token, ADDRESS)
    except (wire.Refused, OSError) as problem:
        await _rest(problem, did)
        raise _Over from None
    did["sockets"] += 1
    try:
        yield mine
    except (wire.Refused, OSError) as problem:
        await _rest(problem, did)
    finally:
        mine.abort()


class _Over(Exception):
    """Of one round of one worker."""


def _forgiven(one: Callable[[], Awaitable[None]], did: Did) -> Callable[[], Awaitable[None]]:
    async def forgiven() -> None:
        try:
            await one()
        except (wire.Refused, OSError) as problem:
            await _rest(problem, did)

    return forgiven


async def _rest(problem: Exception, did: Did) -> None:
    """Count a refusal by its first line; no attacker gains by asking faster than this."""
    line = str(problem).split("\r\n")[0][:40] if isinstance(problem, wire.Refused) else type(problem).__name__
    did[f"refused: {line}"] += 1
    await asyncio.sleep(PAUSE_SECONDS)


async def _many(one: Callable[[], Awaitable[None]], workers: int) -> None:
    """`one` again and again, by so many at once."""

    async def worker() -> None:
        while True:
            with suppress(_Over):
                await one()
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(worker())


async def _attack(shape: str) -> Report:
    loop = asyncio.get_running_loop()
    target = msgspec.json.decode(await loop.run_in_executor(None, sys.stdin.buffer.readline), type=Target)
    did: Did = Counter()
    begun, cpu = time.monotonic(), time.process_time()
    attack = asyncio.ensure_future(ATTACKS[shape](target, did))
    while not did and not attack.done():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    print("begun", flush=True)
    with anyio.move_on_after(target.seconds):
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()
    if attack.done():
        attack.result()  # a mistake in an attack shall be seen
    attack.cancel()
    await asyncio.gather(attack, return_exceptions=True)
    return Report(did=dict(did), seconds=time.monotonic() - begun, cpu=time.process_time() - cpu)


def main(shape: str) -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    print("ready", flush=True)
    print(msgspec.json.encode(uvloop.run(_attack(shape))).decode(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
