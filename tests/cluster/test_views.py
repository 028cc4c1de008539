"""[P5] [P6] Lists on two nodes: whatever happens, what was shown and what changed since is what a fresh read shows."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import msgspec
import pytest

from intervene.client import AgentClient, Listed, OpenedView, Pace, Row, View
from tests.cluster import misfortunes
from tests.cluster.bench import Bench, Node
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.people import Customer
from tests.kit.proxy import Proxy
from tests.kit.server import until

CUSTOMERS = 8
VIEWS = [*(View(list=listed) for listed in Listed), View(queue="billing"), View(list=Listed.WAITING, status="new")]
STAFF = {"Ana": "agent", "Ben": "agent", "Sue": "supervisor", "Ada": "admin"}
"""Ana is put into the queue `billing`, and Ben into none."""
MOVES = ["intervene", "intervene", "release", "close", "reopen", "hand_back", "set_queue", "set_status", "set_tags"]
MISFORTUNES = [misfortunes.redis_drops_its_listeners, misfortunes.redis_forgets_everything]
WORSE = [misfortunes.a_node_is_cut_off_from_redis, misfortunes.redis_is_killed_and_comes_back_empty]


class Reader:
    """One of the staff at a node, by a line that can be cut, with all views open."""

    def __init__(self, bench: Bench, node: Node, name: str) -> None:
        self.bench, self.node, self.name = bench, node, name
        self.line = Proxy(node.port)

    def client(self, port: int) -> AgentClient:
        async def token() -> str:
            return self.node.agent_token(self.name, STAFF[self.name])

        return AgentClient(f"ws://127.0.0.1:{port}/socket", token, pace=Pace(first_delay=0.1, longest_delay=0.5))

    async def opens(self, stack: AsyncExitStack) -> None:
        await self.bench.opens(self.line)
        client = await stack.enter_async_context(self.client(self.line.port))
        self.views = [await client.open_view(view) for view in VIEWS[:8]]

    async def sees_what_is_so(self) -> bool:
        """What another session is shown, that has just come."""
        async with self.client(self.node.port) as client:
            fresh = [await client.open_view(view) for view in VIEWS[:8]]
            return all(map(same, self.views, fresh))

    @property
    def rows(self) -> Sequence[Row]:
        return [row for view in self.views for row in view.rows]


def same(one: OpenedView, other: OpenedView) -> bool:
    return one.is_live and one.rows == other.rows and one.more == other.more and one.read == other.read


class Floor:
    """Two nodes, customers, and staff who do what comes to their mind."""

    def __init__(self, bench: Bench, nodes: list[Node], random: Random, stack: AsyncExitStack) -> None:
        self.bench, self.nodes, self.random, self.stack = bench, nodes, random, stack
        self.readers = [Reader(bench, node, name) for name in STAFF for node in nodes]
        self.customers: list[Customer] = []
        self._made = 0

    async def begins(self) -> None:
        queue = {"name": "Billing", "visibility": "team"}
        self.billing = (await self.asks("Ada", "POST", "/v1/queues", queue)).json["id"]
        await self.asks("Ada", "PATCH", f"/v1/queues/{self.billing}/members", {"add": ["ana"]})
        status = await self.asks("Ada", "POST", "/v1/statuses", {"name": "new", "colour": "#112233"})
        self.status = status.json["id"]
        VIEWS[-2:] = [View(queue=self.billing), View(list=Listed.WAITING, status=self.status)]
        for reader in self.readers:
            await reader.opens(self.stack)
        for number in range(CUSTOMERS):
            customer = Customer(self.nodes[number % 2], f"Customer{number}")
            self.customers.append(await self.stack.enter_async_context(customer))
            await customer.opens()

    async def asks(self, name: str, method: str, path: str, body: Any, **headers: str) -> Any:
        self._made += 1
        node = self.random.choice(self.nodes)
        bearer = f"Bearer {node.agent_token(name, STAFF[name])}"
        given = {"authorization": bearer, "idempotency-key": f"k{self._made}", **headers}
        return await node.ask(method, path, msgspec.json.encode(body), **given)

    async def something_happens(self) -> None:
        match self.random.randrange(20):
            case 0:
                self.random.choice(self.readers).line.reset()
            case 1:
                await self.the_queue_is_changed()
            case number if number < 6:
                await self.random.choice(self.customers).gives("say", self.random.choice(self.customers).c, text="hi")
            case _:
                await self.somebody_acts()

    async def somebody_acts(self) -> None:
        """On what they see, or on what they saw: it may be refused."""
        reader = self.random.choice(self.readers)
        if not reader.rows:
            return
        row = self.random.choice(reader.rows)
        move = self.random.choice(MOVES)
        more = {
            "close": {"seen": row.seq},
            "set_queue": {"queue": self.random.choice([self.billing, "default"])},
            "set_status": {"status": self.random.choice([self.status, ""])},
            "set_tags": {"tags": self.random.choice([["vip"], []])},
        }
        await self.asks(
            reader.name, "POST", f"/v1/conversations/{row.id}/{move}", {"epoch": row.epoch, **more.get(move, {})}
        )

    async def the_queue_is_changed(self) -> None:
        """What is held there is for its holder alone, or for all who serve it."""
        path = f"/v1/queues/{self.billing}"
        version = (await self.asks("Ada", "GET", path, None)).json["version"]
        visibility = self.random.choice(["team", "holder"])
        await self.asks("Ada", "PATCH", path, {"visibility": visibility}, **{"if-match": f'"{version}"'})

    async def settles(self) -> None:
        views = [view for reader in self.readers for view in reader.views]
        await eventually(lambda: all(view.is_live for view in views), within=LONG_WAIT)
        for reader in self.readers:
            await until(reader.sees_what_is_so)


async def lives(bench: Bench, seed: str, steps: int, harm: Sequence[Any]) -> None:
    random = Random(seed)
    nodes = list(await bench.starts("a", "b", bot="echo"))
    async with AsyncExitStack() as stack:
        floor = Floor(bench, nodes, random, stack)
        await floor.begins()
        for step in range(steps):
            await floor.something_happens()
            if step % (steps // 4) == steps // 8:
                await random.choice(harm)(bench, random)
        await floor.settles()


async def test_views_are_what_a_fresh_read_is(bench: Bench) -> None:
    """[R164] Sockets are cut, listeners of Redis are dropped, and a queue shows what is held there or not."""
    bench.may_complain("hub")
    await lives(bench, "short", 240, MISFORTUNES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["one", "two"])
async def test_views_are_what_a_fresh_read_is_after_ten_thousand_operations(bench: Bench, seed: str) -> None:
    """[R164] The same for longer, and while Redis is away too."""
    bench.may_complain("hub", "Redis")
    await lives(bench, seed, 5000, [*MISFORTUNES, *WORSE])
