"""The cluster of compose.yaml, with people in it who come through its proxy."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import anyio
import pytest
from websockets.asyncio.client import connect

from intervene.client import AgentClient, CustomerClient, Pace, visitor_tokens
from intervene.client.sides import AgentConversation, CustomerConversation
from intervene.core.events import Message
from intervene.core.limits import VISITOR_BURST
from intervene.demo.checks import check_takeover
from tests.integration.deploy.cluster import Cluster, figures_of_the_docs, token_of_the_docs
from tests.integration.deploy.container import Container
from tests.integration.deploy.image import Image
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.postgres import Postgres
from tests.kit.server import ask, until

GIVEN_UP_SECONDS = 4.0  # the proxy looks every second, and gives up what does not answer after three looks
QUICK = Pace(first_delay=0.05, longest_delay=0.5)


@pytest.fixture
async def cluster(image: Image, postgres: Postgres) -> AsyncIterator[Cluster]:
    before = set(image.snapshot())
    with tempfile.TemporaryDirectory(prefix="intervene-cluster-") as directory:
        Path(directory).chmod(0o755)  # containers have users of their own
        cluster = Cluster(image, postgres, Path(directory))
        try:
            await cluster.start()
            yield cluster
        finally:
            await cluster.close()
    assert set(image.snapshot()) == before, "a node with a read-only root could not have written that"


def ada_of(cluster: Cluster) -> AgentClient:
    token = token_of_the_docs(cluster.secrets.parent)

    async def tokens() -> str:
        return token

    return AgentClient(cluster.socket_url, tokens, pace=QUICK, history=10_000)


def maria_of(cluster: Cluster) -> CustomerClient:
    return CustomerClient(cluster.socket_url, visitor_tokens(cluster.url, "Maria"), pace=QUICK, history=10_000)


async def node_of(cluster: Cluster, audience: str) -> Container:
    """The only one that has a session of those."""
    [found] = [n for n in cluster.nodes.values() if n.process and await n.metric(_sessions(audience)) == 1]
    return found


def _sessions(audience: str) -> str:
    return f'intervene_sessions{{audience="{audience}"}}'


def texts(conversation: AgentConversation) -> list[str]:
    return [event.body.text for event in conversation.events if isinstance(event.body, Message)]


def shown(conversation: CustomerConversation) -> list[str]:
    return [event.event.text for event in conversation.events if hasattr(event.event, "text")]


async def talk(maria: CustomerConversation, ada: AgentConversation, about: str) -> None:
    """A word each, seen by the other."""
    with anyio.fail_after(LONG_WAIT):
        await maria.say(f"A question about {about}.")
        await eventually(lambda: texts(ada)[-1:] == [f"A question about {about}."], within=LONG_WAIT)
        await ada.say(f"An answer about {about}.")
        await eventually(lambda: shown(maria)[-1:] == [f"An answer about {about}."], within=LONG_WAIT)


async def test_a_takeover_goes_through_the_proxy_and_outlives_each_of_the_nodes(cluster: Cluster) -> None:
    """[P1] [P3] [P5] The customer is at one node and the agent at the other; each node dies once."""
    async with maria_of(cluster) as maria, ada_of(cluster) as ada:
        customer = await maria.open()
        agent = await ada.watch(customer.id)
        first, second = await node_of(cluster, "contacts"), await node_of(cluster, "staff")
        assert first is not second, "the proxy spreads them"

        await customer.say("Hello, is this a robot?")
        await eventually(lambda: agent.stream is not None and agent.stream.n >= 3, within=LONG_WAIT)
        taken = await agent.intervene()
        await talk(customer, agent, "both nodes")

        await first.kill()
        await talk(customer, agent, "the node that is left")
        assert (maria.joins, ada.joins) == (2, 1)
        assert await second.metric(_sessions("contacts")) == 1

        first.start()
        await first.is_up()
        await second.kill()
        await talk(customer, agent, "the node that came back")
        assert (maria.joins, ada.joins) == (3, 2)

        assert [event.seq for event in agent.events] == list(range(1, agent.screen.number + 1))
        assert not check_takeover(agent.events, taken.seq, [customer, agent])
        assert any(isinstance(event.body, Message) and event.body.interrupted for event in agent.events)
    verified = cluster.image.run(["intervene", "verify"], first.environment)
    assert verified.returncode == 0, verified.stdout + verified.stderr


async def test_nodes_are_replaced_one_after_another_and_nobody_is_turned_away(cluster: Cluster) -> None:
    """[P5] Newcomers too: what meets a node that has begun to stop is given to the other."""
    async with maria_of(cluster) as maria, ada_of(cluster) as ada:
        customer = await maria.open()
        agent = await ada.watch(customer.id)
        for name, node in cluster.nodes.items():
            await customer.say(f"Tell me something, {name}.")
            await eventually(lambda: agent.stream is not None, within=LONG_WAIT)
            node.is_told_to_stop()
            for _ in range(10):
                async with connect(cluster.socket_url, proxy=None):  # refused, it would raise
                    pass
            await agent.intervene()  # which also ends the turn for which a node may be waiting
            assert await node.ends(cluster.grace) == 0
            node.start()
            await until(partial(gets_newcomers, cluster, node))
            await talk(customer, agent, name)
            await agent.hand_back()
        assert [event.seq for event in agent.events] == list(range(1, agent.screen.number + 1))


async def test_a_node_that_answers_nothing_loses_its_sockets_at_the_proxy(cluster: Cluster) -> None:
    """[P5] Frozen, or cut off from everything: nothing that it says reaches anybody, so the proxy hangs up for it."""
    async with maria_of(cluster) as maria, ada_of(cluster) as ada:
        customer = await maria.open()
        agent = await ada.watch(customer.id)
        first = await node_of(cluster, "contacts")
        first.freezes()
        try:
            await eventually(lambda: maria.joins == 2)
            await agent.intervene()
            await talk(customer, agent, "the node that is left")
        finally:
            first.thaws()
        assert ada.joins == 1


async def test_a_node_that_is_not_ready_keeps_its_sockets_at_the_proxy(cluster: Cluster) -> None:
    """[P5] For longer than the proxy takes to give a node up: it stops, and waits for its bot."""
    async with maria_of(cluster) as maria, ada_of(cluster) as ada:
        customer = await maria.open()
        agent = await ada.watch(customer.id)
        await customer.say("Hello, is this a robot?")
        await eventually(lambda: agent.stream is not None, within=LONG_WAIT)
        node = await node_of(cluster, "contacts")
        node.is_told_to_stop()
        over = time.monotonic() + GIVEN_UP_SECONDS
        await eventually(lambda: time.monotonic() > over)
        assert agent.stream is not None, "the bot still speaks"
        assert (maria.joins, ada.joins) == (1, 1)
        await agent.intervene()
        assert await node.ends(cluster.grace) == 0


async def gets_newcomers(cluster: Cluster, node: Container) -> bool:
    """Whether the proxy knows that it is back: it has the fewest sockets."""
    if not node.is_healthy():
        return False
    before = await node.metric("intervene_sockets")
    async with connect(cluster.socket_url, proxy=None):
        return await node.metric("intervene_sockets") > before


async def test_the_proxy_tells_addresses_apart_and_keeps_figures_to_itself(cluster: Cluster) -> None:
    """[P7] What clients themselves write into the header that proxies write changes nothing."""
    claims = [f"192.0.2.{number}" for number in range(3 * VISITOR_BURST)]
    answers = [await asks_for_a_token(cluster, "127.0.0.31", claim) for claim in claims]
    assert set(answers) == {200, 429}
    assert await asks_for_a_token(cluster, "127.0.0.32") == 200

    for path in ("/metrics", "/%6detrics", "//metrics", "/metrics/", "/metrics?x", "/a/../metrics"):
        assert (await ask(cluster.url, "GET", path)).status == 404
    told = "".join([await node.metrics() for node in cluster.nodes.values()])
    for named in figures_of_the_docs():
        assert f"# HELP {named} " in told, f"docs/operations.md names {named}"


async def asks_for_a_token(cluster: Cluster, address: str, claims: str = "192.0.2.1") -> int:
    """The status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", cluster.port, local_addr=(address, 0))
    lines = ["POST /v1/webchat/webchat/visitors HTTP/1.1", "Host: here", "Connection: close", "Content-Length: 2"]
    writer.write("\r\n".join([*lines, f"X-Forwarded-For: {claims}", "", "{}"]).encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])
