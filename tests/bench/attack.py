"""Under attack: what another customer's message, another agent's takeover and a newcomer's way in take while one
stranger attacks, beside the same without the attacker in rounds before; and the server's memory before, meanwhile and
afterwards. One server for each shape of attack, in production mode.

Probes begin at a fixed pace whether or not earlier ones have been answered: otherwise a server that stands still would
be asked less. What has no answer after `PATIENCE_SECONDS` counts as so long.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

import anyio
import msgspec

from tests.bench import process, wire
from tests.bench.attacker import LARGE, Report, Target
from tests.bench.figures import Figure, percentile
from tests.bench.people import agent_token, contact_token, each, open_mine, watch
from tests.bench.process import Server
from tests.bench.takeover import SCRIPT
from tests.bench.wire import Socket

FLOOR = "without the attacker"
PATIENCE_SECONDS = 10.0
MESSAGE_EVERY, TAKEOVER_EVERY, JOIN_EVERY, LOOK_EVERY = 0.05, 0.2, 0.5, 0.25  # seconds
BITE_SECONDS = 0.5  # from the attack's begin to the first probe
REST_SECONDS = 15.0  # at most, from the attack's end to the next round
NEAR = 10 * 2**20  # bytes; memory so close to what it was before the attack has come back


class Size(NamedTuple):
    rounds: int = 3
    seconds: float = 5.0
    rooms: int = 24  # of each kind
    messages: int = 300  # large ones, in the attacker's own conversation


QUICK = Size(rounds=1, seconds=3.0, rooms=16, messages=90)

SHAPES: Mapping[str, Mapping[str, object]] = {
    "deaf": {}, "leavers": {}, "places": {"max_sessions": 300}, "bursts": {}, "typists": {}, "brackets": {},
    "pipeline": {}, "garbage": {},
}  # fmt: skip
"""Shape -> settings of the server that it is tried on. `attacker.py` says what each does."""


class Room:
    """A conversation with its customer, which an agent and a colleague watch."""

    def __init__(self, contact: Socket, agent: Socket, conversation: str, epoch: int) -> None:
        self.contact = contact
        self.conversation = conversation
        self._agent = agent
        self._epoch = epoch
        self._is_taken = False

    async def message(self) -> float:
        """Until the agent has it, in milliseconds."""
        await self._is_an_agents()
        text = f"{random.getrandbits(64):x}"
        came = self._agent.wait(b'"type":"event"', text.encode())
        begun = time.perf_counter()
        self.contact.send(wire.encode("say", id=text, conversation=self.conversation, text=text))
        return ((await came).at - begun) * 1000

    async def takeover(self) -> float:
        """From the click, in the middle of a reply, to its ack; in milliseconds."""
        if self._is_taken:
            await self._moves("hand_back")
        say = wire.encode("say", id=f"{random.getrandbits(64):x}", conversation=self.conversation, text="Go on.")
        await self.contact.ask(say, b'"type":"piece"')
        begun = time.perf_counter()
        return (await self._moves("intervene") - begun) * 1000

    async def _is_an_agents(self) -> None:
        """So that no bot answers."""
        if not self._is_taken:
            await self._moves("intervene")

    async def _moves(self, move: str) -> float:
        asked = wire.encode(move, id=f"{move}-{self._epoch}", conversation=self.conversation, epoch=self._epoch)
        at = (await self._agent.ask(asked, b'"type":"ack"', self.conversation.encode())).at
        self._epoch += 1
        self._is_taken = move == "intervene"
        return at


class Times(NamedTuple):
    """Milliseconds, of one round."""

    message: list[float]
    takeover: list[float]
    join: list[float]
    unanswered: int


class Bystanders:
    """Who has nothing to do with the attack: probes."""

    def __init__(self, server: Server, rooms: int) -> None:
        self._server = server
        self._size = rooms
        self._agents: dict[str, Socket] = {}
        self._free: dict[str, list[Room]] = {"message": [], "takeover": []}
        self._numbers = count()
        self._unanswered = 0

    async def come(self) -> None:
        """Whoever is not there, or was lost in the round before."""
        for kind, free in self._free.items():
            agent = self._agents.get(kind)
            if agent is None or agent.is_lost:
                free.clear()
                self._agents[kind] = await wire.join(self._server.port, agent_token(f"agent-{next(self._numbers)}"))
            free[:] = [room for room in free if not room.contact.is_lost]
            missing = range(self._size - len(free))
            free += await each(lambda _, agent=self._agents[kind]: self._enter(agent), missing)  # type: ignore[misc]

    async def round(self, seconds: float) -> Times:
        self._unanswered = 0
        took: dict[str, list[float]] = defaultdict(list)
        async with asyncio.TaskGroup() as group:
            for name, probe, every in (
                ("message", lambda: self._in_a_room("message", Room.message), MESSAGE_EVERY),
                ("takeover", lambda: self._in_a_room("takeover", Room.takeover), TAKEOVER_EVERY),
                ("join", self._join, JOIN_EVERY),
            ):
                group.create_task(self._paced(probe, every, seconds, took[name]))
        return Times(took["message"], took["takeover"], took["join"], self._unanswered)

    async def message(self) -> float:
        """One, in milliseconds."""
        return await self._patiently(lambda: self._in_a_room("message", Room.message))

    async def _paced(
        self, probe: Callable[[], Awaitable[float]], every: float, seconds: float, took: list[float]
    ) -> None:
        async def one() -> None:
            took.append(await self._patiently(probe))

        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds / every)):
                await asyncio.sleep(max(0.0, begun + number * every - time.monotonic()))
                group.create_task(one())

    async def _patiently(self, probe: Callable[[], Awaitable[float]]) -> float:
        with suppress(TimeoutError, wire.Refused, OSError):
            with anyio.fail_after(PATIENCE_SECONDS):
                return await probe()
        self._unanswered += 1
        return PATIENCE_SECONDS * 1000

    async def _in_a_room(self, kind: str, act: Callable[[Room], Awaitable[float]]) -> float:
        """A room in which something went wrong is not used again: what holds there is unknown."""
        free = self._free[kind]
        room = free.pop(0) if free else await self._enter(self._agents[kind])
        took = await act(room)
        free.append(room)
        return took

    async def _enter(self, agent: Socket) -> Room:
        contact = await wire.join(self._server.port, contact_token(f"customer-{next(self._numbers)}"))
        try:
            conversation = await open_mine(contact)
            return Room(contact, agent, conversation, await watch(agent, conversation))
        except BaseException:
            contact.abort()
            raise

    async def _join(self) -> float:
        """An agent's way in, from the connection to the welcome."""
        begun = time.perf_counter()
        token = agent_token(f"newcomer-{next(self._numbers)}")
        (await wire.join(self._server.port, token)).abort()
        return (time.perf_counter() - begun) * 1000


class Memory:
    """The server's, looked at while something goes on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.most = 0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            self.most = max(self.most, self._server.memory())
            await asyncio.sleep(LOOK_EVERY)


class Round(NamedTuple):
    """`mib`: growth of the server's memory at most, and after the rest. `back`: seconds from the attack's end until a
    message took no more than twice the slowest of before; `typing`: frames of it that a watching agent got a second."""

    alone: Times
    attacked: Times
    report: Report
    mib: float
    mib_after: float
    back: float
    typing: float
    log_kib: float


async def run(shape: str, size: Size, directory: Path) -> list[Figure]:
    script = directory / "script.txt"
    script.write_text(SCRIPT)
    home = directory / "intervene"
    settings = {"bot": "scripted", "script": script, "development": "false", **SHAPES[shape]}
    async with process.intervene(home, **settings) as server:
        bystanders = Bystanders(server, size.rooms)
        await bystanders.come()
        target, witness = await _prepare(server, size)
        await bystanders.round(1.0)  # warm
        rounds = [await _round(shape, server, bystanders, target, witness, home / "log") for _ in range(size.rounds)]
    return _figures(shape, rounds)


async def _round(
    shape: str, server: Server, bystanders: Bystanders, target: Target, witness: "Witness", log: Path
) -> Round:
    await bystanders.come()
    alone = await bystanders.round(target.seconds)
    await bystanders.come()
    before, logged = server.memory(), log.stat().st_size
    memory = Memory(server)
    async with memory.watched():
        async with attacking(shape, target) as attack:
            await asyncio.sleep(BITE_SECONDS)
            witness.frames, begun = 0, time.monotonic()
            attacked = await bystanders.round(target.seconds)
            typing = witness.frames / (time.monotonic() - begun)
        over = time.monotonic()
        usual = 2 * max(alone.message)
        with anyio.move_on_after(REST_SECONDS):
            while await bystanders.message() > usual:  # noqa: ASYNC110  # a probe has no event
                await asyncio.sleep(MESSAGE_EVERY)
        back = time.monotonic() - over
        logged = log.stat().st_size - logged
    with anyio.move_on_after(REST_SECONDS):
        while server.memory() > before + NEAR:  # noqa: ASYNC110  # nor has another's memory
            await asyncio.sleep(LOOK_EVERY)
    report = attack.report
    assert report is not None, "it has ended"
    grown, after = (memory.most - before) / 2**20, (server.memory() - before) / 2**20
    return Round(alone, attacked, report, grown, after, back, typing, logged / 1024 / report.seconds)


def _figures(shape: str, rounds: Sequence[Round]) -> list[Figure]:
    bench = f"attack-{shape}"

    def beside(name: str, percent: float, at: Callable[[Times], list[float]], aim: str = "") -> Figure:
        values, floors = (
            [percentile(chain.from_iterable(map(at, times)), percent)]
            for times in ([one.attacked for one in rounds], [one.alone for one in rounds])
        )
        return Figure(
            bench=bench, name=f"{name}, p{percent:.0f}", unit="ms", values=values, aim=aim, floor=FLOOR, floors=floors
        )

    def plain(name: str, unit: str, values: list[float], aim: str = "") -> Figure:
        return Figure(bench=bench, name=name, unit=unit, values=values, aim=aim)

    did = sorted({what for one in rounds for what in one.report.did})
    return [
        beside("takeover", 50, lambda times: times.takeover),
        beside("takeover", 99, lambda times: times.takeover, "x floor < 5"),
        beside("another's message", 50, lambda times: times.message),
        beside("another's message", 99, lambda times: times.message),
        beside("an agent comes in", 99, lambda times: times.join),
        plain("probes without an answer", "", [float(one.attacked.unanswered) for one in rounds], "0"),
        plain("memory, most growth", "MiB", [one.mib for one in rounds], "< 100"),
        plain("memory, growth that stays", "MiB", [one.mib_after for one in rounds], "< 10"),
        plain("until a message is as quick as before", "s", [one.back for one in rounds]),
        plain("log written meanwhile", "KiB/s", [one.log_kib for one in rounds]),
        plain("typing frames to a watching agent", "/s", [one.typing for one in rounds]),
        plain("attacker's CPU", "%", [100 * one.report.cpu / one.report.seconds for one in rounds]),
        *(
            plain(f"attacker: {what}", "/s", [one.report.did.get(what, 0) / one.report.seconds for one in rounds])
            for what in did
        ),
    ]


# -- the attacker ------------------------------------------------------------------------------------------------------


class Witness:
    """An agent's socket that counts the typing it is told of."""

    def __init__(self) -> None:
        self.frames = 0

    def hear(self, data: bytes) -> None:
        self.frames += data.startswith(b'{"type":"typing"')


async def _prepare(server: Server, size: Size) -> tuple[Target, Witness]:
    """The attacker's conversation, long and of large messages, which an agent watches."""
    token = contact_token("mallory")
    contact, agent = await wire.join(server.port, token), await wire.join(server.port, agent_token("patient"))
    conversation = await open_mine(contact)
    epoch = await watch(agent, conversation)
    await agent.ask(wire.encode("intervene", id="take", conversation=conversation, epoch=epoch), b'"type":"ack"')
    for number in range(size.messages):
        say = wire.encode(
            "say", id=f"said-{number}", conversation=conversation, text=LARGE, epoch=epoch + 1, seen=0, confirmed=True
        )
        await agent.ask(say, b'"type":"ack"')
        if number > 90:
            await asyncio.sleep(0.05)  # behind its burst, an agent has 20 a second
    contact.abort()
    witness = Witness()
    agent.on_frame = witness.hear
    return Target(server.port, token, conversation, size.messages + 2, size.seconds), witness


class Attacking:
    report: Report | None = None


@asynccontextmanager
async def attacking(shape: str, target: Target) -> AsyncIterator[Attacking]:
    """It attacks until the block ends; then it has reported."""
    command = [sys.executable, "-m", "tests.bench.attacker", shape]
    child = await asyncio.create_subprocess_exec(
        *command, cwd=process.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None, "it is a pipe"
    assert child.stdout is not None, "it is a pipe"
    attack = Attacking()
    most = msgspec.structs.replace(target, seconds=target.seconds + 4 * PATIENCE_SECONDS)
    try:
        with anyio.fail_after(process.START_SECONDS):
            await child.stdout.readline()
            child.stdin.write(msgspec.json.encode(most) + b"\n")
            await child.stdout.readline()
        yield attack
        child.stdin.close()
        with anyio.fail_after(process.START_SECONDS):
            attack.report = msgspec.json.decode(await child.stdout.readline(), type=Report)
            await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
