"""A shift: a team of agents who pick, type, transfer and leave, and customers who write to them, on two nodes.

All serve both queues, and none is a supervisor: what one holds, no colleague takes.
"""

import time
from contextlib import suppress
from typing import Any

import anyio
import msgspec

from tests.cluster.bench import Bench
from tests.cluster.town import Town
from tests.kit.limits import FACTOR
from tests.kit.oracles.database import logs_in
from tests.kit.oracles.findings import Problem
from tests.kit.oracles.queues import Row, Typing, judge_work, lapses
from tests.kit.people import Agent
from tests.kit.person import CUT

PAUSE = 2.0  # seconds between two acts of an agent, as often more as less
TYPES, LEAVES = (0.5, 4.0), (0.5, 3.0)  # seconds of production
SURE = 1.0  # seconds of production after which what is typed has been told
ACTS = ("say", "say", "types", "types", "assign", "transfer", "leaves", "picks")  # of who holds a conversation
LIMIT = 8.0  # seconds of production that an agent may be absent or silent


class Shift(Town):
    role = "agent"

    def __init__(self, bench: Bench, seed: str, *, customers: int, agents: int) -> None:
        super().__init__(bench, seed, customers=customers, agents=agents)
        self.typed: list[Typing] = []
        self.moves = dict.fromkeys(("intervene", "assign", "transfer", "types", "leaves"), 0)

    async def opens(self) -> None:
        await super().opens()
        names = [agent.id for agent in self.agents]
        made = await self.asks("POST", "/v1/queues", {"name": "Billing"}, **{"idempotency-key": "k1"})
        self.queues = ["default", made["id"]]
        for queue in self.queues:
            row = await self.asks("GET", f"/v1/queues/{queue}")
            changed = {"silent_seconds": int(LIMIT), "absent_seconds": int(LIMIT)}
            row = await self.asks("PATCH", f"/v1/queues/{queue}", changed, **{"if-match": f'"{row["version"]}"'})
            version = {"if-match": f'"{row["version"]}"'}
            await self.asks("PATCH", f"/v1/queues/{queue}/members", {"add": names}, **version)

    async def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """An admin does."""
        node = self.nodes[0]
        data = b"" if body is None else msgspec.json.encode(body)
        bearer = f"Bearer {node.agent_token('Ada', 'admin')}"
        reply = await node.ask(method, path, data, authorization=bearer, **headers)
        assert reply.status < 300, reply.body
        return reply.json

    # -- what they do --------------------------------------------------------------------------------------------------

    async def _agent_acts(self, agent: Agent) -> None:
        await anyio.sleep(self.random.expovariate(1 / PAUSE))
        mine = [customer.c for customer in self.customers if agent.screens[customer.c].is_held_by(agent.id)]
        if not mine:
            if self.random.random() < 0.1:
                await self._leaves(agent)
            else:
                await self._picks(agent)
            return
        c = self.random.choice(mine)
        missing = [kind for kind in ("assign", "transfer") if not self.moves[kind]]
        match self.random.choice(missing or ACTS):
            case "types":
                await self._types(agent, c)
            case "leaves":
                await self._leaves(agent)
            case "picks":
                await self._picks(agent)
            case "assign":
                await self._does(agent, "assign", c, agent=self.random.choice(self.agents).id)
            case "transfer":
                await self._does(agent, "transfer", c, queue=self.random.choice(self.queues))
            case kind:
                await self._does(agent, kind, c, text=f"{agent.name} says {len(agent.asked)}")

    async def _picks(self, agent: Agent) -> None:
        """What waits or a bot has, or now and then what a colleague holds, which is refused."""
        screens = [agent.screens[customer.c] for customer in self.customers]
        free = [c.c for c, screen in zip(self.customers, screens, strict=True) if screen.holder in ("nobody", "bot")]
        if self.random.random() < 0.05 or not free:
            free = [customer.c for customer in self.customers]
        await self._does(agent, "intervene", self.random.choice(free))

    async def _does(self, by: Agent, kind: str, c: str, **fields: Any) -> None:
        answer = await self.hears_the_answer(by, await by.gives(kind, c, **fields))
        if kind in self.moves and answer and answer["type"] == "ack":
            self.moves[kind] += 1
            self.takeovers += kind == "intervene" and bool(answer.get("seq"))

    async def _types(self, agent: Agent, c: str) -> None:
        """As a desk does while somebody types. It counts from when it was sure to be told, to the last word."""
        self.moves["types"] += 1
        begun = last = _now()
        end = time.monotonic() + FACTOR * self.random.uniform(*TYPES)
        with suppress(*CUT):
            while time.monotonic() < end and agent.is_here and agent.screens[c].is_held_by(agent.id):
                await agent.sends({"type": "set_typing", "conversation": c, "on": True})
                last = _now()
                await anyio.sleep(FACTOR * 0.5)
        sure = begun + int(FACTOR * SURE * 1000)
        if last > sure:
            self.typed.append(Typing(agent.author, c, sure, last))

    async def _leaves(self, agent: Agent) -> None:
        """For a moment, or for so long that what they hold comes back."""
        self.moves["leaves"] += 1
        await agent.leaves()
        stays = self.random.uniform(*LEAVES) if self.random.random() < 0.7 else 2 * LIMIT
        await anyio.sleep(FACTOR * stays)

    # -- how it ends ---------------------------------------------------------------------------------------------------

    async def has_lost_nothing(self) -> int:
        """[P3] [P5] By the oracle of the database. How many came back from agents who were gone or silent."""
        logs = await logs_in(self.bench.url)
        rows = await self.bench.sql("SELECT id, place, holder, queue FROM conversation")
        listed = await self.asks("GET", "/v1/conversations?list=waiting")
        waiting = {row["id"] for row in listed["items"]}
        wrong: list[Problem] = []
        for id, *row in rows:
            wrong += judge_work(id, logs[id], Row(*row), waiting, self.typed)
        assert not wrong, "\n".join(map(str, wrong))
        return lapses(logs)


def _now() -> int:
    return int(time.time() * 1000)
