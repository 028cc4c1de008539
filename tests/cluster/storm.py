"""A node with very many sessions dies, and all of them come to the other one at the same time.

Sessions of customers that are light enough for thousands: sockets that keep the numbers of what they were shown.
"""

import asyncio
import random
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

import anyio
import msgspec

from tests.bench import wire
from tests.cluster.bench import Bench, Node
from tests.cluster.scenes import says, takes_over_at_once
from tests.kit.limits import LONG_WAIT, RESUMED, WAIT, eventually
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess

AT_ONCE = 16  # of those who open a conversation; in the storm nobody waits for anybody
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 5.0


class Light:
    """A customer of whom there are many. Each has an address of their own."""

    def __init__(self, number: int) -> None:
        self.name = f"Light-{number}"
        self.shown: list[tuple[int, str]] = []
        self.faults: list[str] = []
        self.conversation = ""
        self.back_after = 0.0
        self._address = f"127.1.{number // 250}.{1 + number % 250}"
        self._random = random.Random(number)
        self._socket: _Socket | None = None

    async def comes(self, node: ServerProcess) -> None:
        """As far as the welcome; raises what they meet."""
        loop, address = asyncio.get_running_loop(), (self._address, 0)
        _, self._socket = await loop.create_connection(
            lambda: _Socket(self), "127.0.0.1", node.port, local_addr=address
        )
        await self._socket.upgraded
        token = node.visitor_token(self.name)
        await self._socket.ask(wire.encode("hello", token=token), b'"type":"welcome"')

    async def opens(self, node: ServerProcess) -> None:
        await self.comes(node)
        opened = await self.socket.ask(wire.encode("open"), b'"type":"opened"')
        self.conversation = opened.decode()["conversation"]
        await self.watches()

    async def watches(self) -> None:
        """From the beginning, or from where the screen ends."""
        after = {"after": dict(zip(("n", "id"), self.shown[-1], strict=True))} if self.shown else {}
        await self.socket.ask(wire.encode("watch", conversation=self.conversation, **after), b'"type":"watched"')

    async def says(self, text: str) -> None:
        """Text is the id too. Returns when it is acknowledged."""
        await self.socket.ask(self._said(text), b'"type":"ack"', f'"{text}"'.encode())

    def gives(self, text: str) -> None:
        """Without waiting for anything."""
        self.socket.send(self._said(text))

    async def comes_back(self, node: ServerProcess, unsure: str) -> None:
        """Resumes, and says again what was not acknowledged. Tries until it succeeds, as clients do: after a while of
        its own, and a longer one each time."""
        begun, pause = perf_counter(), FIRST_BACK_OFF
        while True:
            await anyio.sleep(self._random.uniform(0, pause))
            try:
                await self.comes(node)
                await self.watches()
                await self.says(unsure)
                break
            except (OSError, wire.Refused):
                self.leaves()
                pause = min(2 * pause, LONGEST_BACK_OFF)
        self.back_after = perf_counter() - begun

    def leaves(self) -> None:
        if self._socket is not None:
            self._socket.abort()

    @property
    def socket(self) -> "_Socket":
        assert self._socket is not None, "they have come"
        return self._socket

    def take(self, data: bytes) -> None:
        frame = msgspec.json.decode(data)
        if frame.get("conversation") != self.conversation:
            return
        match frame["type"]:
            case "watched":
                if frame["reset"]:
                    self.faults.append("started over")
                for event in frame["events"]:
                    self._show(event)
            case "event":
                self._show(frame)
            case _:
                pass

    def _show(self, frame: dict[str, Any]) -> None:
        n = frame["pub"]
        if n != len(self.shown) + 1:
            self.faults.append(f"{n} came after {len(self.shown)}")
        self.shown.append((n, frame["id"]))

    def _said(self, text: str) -> bytes:
        return wire.encode("say", id=text, conversation=self.conversation, text=text)


class _Socket(wire.Socket):
    def __init__(self, light: Light) -> None:
        super().__init__("/socket")
        self.on_frame = self._hears
        self._light = light

    def _hears(self, data: bytes) -> None:
        self._light.take(data)
        self._offer(data)


class Others:
    """A conversation of people who have nothing to do with it: how long what one says takes to reach the other."""

    def __init__(self, node: Node) -> None:
        self.maria, self.ana = Customer(node), Agent(node)
        self.seconds: list[float] = []

    async def begin(self) -> None:
        await self.maria.joins()
        await self.ana.joins()
        await self.maria.opens()
        await self.ana.watches(self.maria.c)
        await takes_over_at_once(self.ana, self.maria.c)

    async def talk(self) -> None:
        """For ever."""
        while True:
            text = f"Word {len(self.seconds)}"
            begun = perf_counter()
            await self.ana.says(self.maria.c, text)
            await self.maria.sees(self.maria.c, says(text))
            self.seconds.append(perf_counter() - begun)
            await anyio.sleep(0.06)  # within what an agent's session may say


class Times(NamedTuple):
    """In milliseconds."""

    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        ordered = sorted(seconds)
        return cls(*(round(1000 * ordered[int(share * (len(ordered) - 1))], 1) for share in (0.5, 0.99, 1.0)))


async def play(bench: Bench, sessions: int) -> None:
    """[P5] All are back, have lost nothing and were shown everything once; what they were about to say is said once."""
    bench.may_complain("the database failed")  # who waits too long to be read to is put off, and comes again
    a, b = await bench.starts("a", "b", bot="none")
    lights = [Light(number) for number in range(sessions)]
    left = iter(lights)

    async def opens() -> None:
        for light in left:
            await light.opens(a)
            await light.says("First")

    others = Others(b)
    await others.begin()
    with anyio.fail_after(LONG_WAIT + sessions / 20):
        await asyncio.gather(*(opens() for _ in range(AT_ONCE)))
    talking = asyncio.create_task(others.talk())
    await anyio.sleep(2.0)  # of calm, to compare with
    calm = len(others.seconds)
    for light in lights:
        light.gives("Second")
    await a.kill()
    begun = perf_counter()
    with anyio.fail_after(RESUMED + WAIT):
        await asyncio.gather(*(light.comes_back(b, "Second") for light in lights))
    whole = perf_counter() - begun
    stormy = len(others.seconds)
    talking.cancel()
    await asyncio.wait([talking])
    back = sorted(light.back_after for light in lights)
    print(
        f"{sessions} sessions were back after {whole:.1f} s, 95 in 100 after {back[int(0.95 * len(back))]:.1f} s; "
        f"a word of others took {Times.of(others.seconds[:calm])} before, {Times.of(others.seconds[calm:stormy])} then"
    )
    await bench.is_in_order(others.maria, others.ana)
    await have_lost_nothing(bench, lights)
    for light in lights:
        light.leaves()


async def have_lost_nothing(bench: Bench, lights: Sequence[Light]) -> None:
    wrong = [f"{light.name}: {light.faults}" for light in lights if light.faults]
    assert not wrong, f"{len(wrong)}, of which the first is {wrong[0]}"
    public = dict(await bench.sql("SELECT id, pub FROM conversation"))
    await eventually(lambda: all(len(light.shown) == public[light.conversation] for light in lights))
    said = await bench.sql(
        "SELECT conversation.id, count(*), count(DISTINCT command) FROM event"
        " JOIN conversation ON conversation.handle = event.conversation WHERE kind = 'message' GROUP BY 1"
    )
    counts = {id: (messages, commands) for id, messages, commands in said}
    assert all(counts[light.conversation] == (2, 2) for light in lights)
