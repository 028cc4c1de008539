"""The bench: nodes as processes, on a real PostgreSQL and a real Redis, with everything between them in a test's hands.

Each node reaches either through a line of its own, which goes wrong on demand:

    a, b = await bench.starts("a", "b")
    a.postgres_line.mode = Mode.HALF_OPEN
    b.freeze()
    ...
    await bench.is_in_order(maria, ana)
"""

import asyncio
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.cluster.clock import Clock
from tests.kit.log import session_of
from tests.kit.oracles import judge
from tests.kit.oracles.database import compare, is_sound, logs_in
from tests.kit.oracles.findings import Counts, Findings, Log, Problem, Session
from tests.kit.oracles.history import Command, History
from tests.kit.people import Agent
from tests.kit.person import CUT, Person
from tests.kit.postgres import Postgres
from tests.kit.proxy import Proxy
from tests.kit.redis import RedisServer
from tests.kit.scripts import FAST
from tests.kit.server import ServerProcess

HOSTILE = "-m tests.cluster.hostile"
ROOT = Path(__file__).parent.parent.parent


class Node(ServerProcess):
    """Made by `Bench.node`. Whoever comes to it writes the bench's history."""

    def __init__(self, bench: "Bench", name: str, directory: Path, script: str, **settings: str) -> None:
        super().__init__(directory, script, keys=bench.key, **settings)
        self.name = name
        self.history = bench.history
        self.postgres_line = Proxy(bench.postgres.port)
        self.redis_line = Proxy(bench.redis.port)
        self._bench = bench
        self._clock: Clock | None = None
        self._has_lines = False

    @property
    def clock(self) -> Clock:
        assert self._clock, "made with `has_own_clock`"
        return self._clock

    def goes_by(self, clock: Clock) -> None:
        self._clock = clock
        self.environment |= clock.environment

    async def start(self) -> None:
        await self.opens_lines()
        await super().start()

    async def opens_lines(self) -> None:
        """To be done before `spawn`; once."""
        if not self._has_lines:
            await self._bench.opens(self.postgres_line)
            await self._bench.opens(self.redis_line)
            self.settings["database_url"] = self._bench.database(self.postgres_line.port)
            self.settings["redis_url"] = f"redis://127.0.0.1:{self.redis_line.port}"
            self._has_lines = True


class Bench:
    """`database` is the name of an empty one in `postgres`, `clock` the one that PostgreSQL goes by, if it has its own.
    Made by the fixtures."""

    def __init__(self, folder: Path, postgres: Postgres, database: str, clock: Clock | None = None) -> None:
        self.postgres = postgres
        self.redis = RedisServer(folder)
        self.history = History()
        self.key = secrets.token_hex(32)
        self.nodes: dict[str, Node] = {}
        self.is_sound_at_the_end = True
        """A test that breaks its database on purpose says no."""
        self._folder = folder
        self._name = database
        self._clock = clock
        self._stack = AsyncExitStack()
        self._allowed: list[str] = []

    # -- what it is made of --------------------------------------------------------------------------------------------

    def node(
        self, name: str, *, script: str = FAST, hostile: str = "", has_own_clock: bool = False, **settings: str
    ) -> Node:
        """Made as described when it is first named, and not yet started. `hostile`: a bot of `hostile.py`, instead of
        the script."""
        if name in self.nodes:
            return self.nodes[name]
        directory = self._folder / f"node-{name}"
        directory.mkdir()
        if hostile:
            settings["program"] = f"{HOSTILE} {hostile}"
        node = self.nodes[name] = Node(self, name, directory, script, **settings)
        node.environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
        node.may_complain(*self._allowed)
        if has_own_clock:
            node.goes_by(Clock(directory))
        return node

    async def starts(self, *names: str, **options: Any) -> list[Node]:
        """All at once; `options` as for `node`."""
        nodes = [self.node(name, **options) for name in names]
        await asyncio.gather(*(node.start() for node in nodes))
        return nodes

    @property
    def postgres_clock(self) -> Clock:
        assert self._clock, "the bench of the fixture `clocked_bench`"
        return self._clock

    @property
    def url(self) -> str:
        """Of the database, without a line in between."""
        return self.postgres.url(self._name)

    def database(self, port: int) -> str:
        """Its URL, by a line with that port."""
        return self.postgres.url(self._name, port)

    async def sql(self, statement: str, *values: object) -> list[Any]:
        """What somebody else does to the database."""
        return await self.postgres.sql(statement, *values, database=self._name)

    def may_complain(self, *sentences: str) -> None:
        """Any node, as `ServerProcess.may_complain`."""
        self._allowed += sentences
        for node in self.nodes.values():
            node.may_complain(*sentences)

    # -- from the fixtures ---------------------------------------------------------------------------------------------

    async def begins(self) -> None:
        self._stack.push_async_callback(self.redis.kill)
        await self.redis.start()

    async def opens(self, line: Proxy) -> None:
        await self._stack.enter_async_context(line)

    async def ends(self) -> None:
        for node in self.nodes.values():
            if node.is_running:
                await node.kill()
        await self._stack.aclose()

    @property
    def complaints(self) -> list[str]:
        return [f"{node.name}: {line}" for node in self.nodes.values() for line in node.complaints]

    def writes_down_the_history(self) -> Path:
        file = self.history.dump(self._folder / "history.jsonl")
        print(f"What everybody asked and was told: {file}")
        return file

    # -- what must be true ---------------------------------------------------------------------------------------------

    async def is_in_order(self, *people: Person) -> Findings:
        """[P1, P2, P3, P5] Every conversation that they have seen: the log, in the database and as a node shows it,
        against all that they asked for and were shown. Whoever is here has been told everything, or is before long.
        Bots may go on meanwhile."""
        told = await self._told(people)
        shown = {person: _as_it_is_now(person) for person in people}
        commands = _by_conversation(self.history.commands())
        logs = await logs_in(self.url)  # so all that was shown or acknowledged is in it
        found = Findings(Counts())
        for conversation in told:
            mine = [person for person in people if conversation in person.screens]
            authors = {person.author for person in mine}
            found += judge(
                conversation,
                logs[conversation],
                [shown[person][conversation] for person in mine],
                [command for command in commands.get(conversation, []) if command.who in authors],
                told[conversation],
            )
        found.problems += await self._shown_otherwise(logs, told)
        if found.problems:
            raise AssertionError(f"{found}\n{self.writes_down_the_history()}")
        return found

    async def _told(self, people: Sequence[Person]) -> dict[str, int]:
        """The events that there are, by conversation; everybody has been given the time to hear of them."""
        logs = await logs_in(self.url)
        told = {}
        for conversation in sorted({conversation for person in people for conversation in person.screens}):
            told[conversation] = len(logs[conversation].events)
            for person in people:
                if conversation in person.screens:
                    await _comes_to_the_end(person, conversation, logs[conversation])
        return told

    async def _shown_otherwise(self, logs: Mapping[str, Log], conversations: Iterable[str]) -> list[Problem]:
        living = [node for node in self.nodes.values() if node.is_running]
        if not living:
            return []
        wrong: list[Problem] = []
        inspector = Agent(living[0], "Inspector", "supervisor").knows(*living)
        await inspector.comes_back()
        for conversation in conversations:
            shown = await inspector.reads_the_log(conversation)
            wrong += compare(conversation, logs[conversation], Log(shown))
        await inspector.leaves()
        return wrong

    async def is_sound(self) -> None:
        """`intervene verify` finds nothing in the database, also beside running nodes."""
        await is_sound(self.url)


def _by_conversation(commands: Iterable[Command]) -> Mapping[str, list[Command]]:
    found: dict[str, list[Command]] = {}
    for command in commands:
        found.setdefault(command.conversation, []).append(command)
    return found


def _as_it_is_now(person: Person) -> dict[str, Session]:
    return {conversation: session_of(person, conversation) for conversation in person.screens}


async def _comes_to_the_end(person: Person, conversation: str, log: Log) -> None:
    """Waits for it. Who is not told of it is found by the checker."""
    numbers = [event["seq"] if person.is_staff else event.get("pub", 0) for event in log.events]
    screen = person.screens[conversation]
    if person.is_here:
        try:
            await person.finds(lambda: screen.last >= max(numbers))
        except (TimeoutError, *CUT):
            pass
