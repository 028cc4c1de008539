"""The hub on Redis while Redis is well: order, seals, bounds, subscriptions, beats, and every way to reach it."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.names import PLAIN
from intervene.adapters.redis.publisher import DROPPABLE_BYTES, DROPPABLES, QUEUE_BYTES, QUEUE_MESSAGES
from intervene.core.actors import Agent
from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import AgentId, ConversationId, Key, NodeId
from intervene.ports.log import Commit
from intervene.ports.messages import Message, Presence, Typing
from intervene.ports.topics import NODES, ConversationTopic
from tests.integration.adapters.redis.conftest import Nodes, Serve
from tests.integration.adapters.redis.nodes import ACME, C1, C2, KEYS, RedisNode, commit
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.redis import RedisServer

UNHURRIED = dict.fromkeys(("heartbeat", "redis_ping", "redis_answer", "redis_send"), LONG_WAIT)
"""For nodes with ten thousand things to send. What comes back behind them takes what the machine takes: a line whose
echo or answer is late is replaced, and what waits then is lost."""

ON_C1 = PLAIN.channel(ConversationTopic(C1))


def conversations(count: int) -> list[Key]:
    return [Key(ACME, ConversationId(f"c{number}")) for number in range(count)]


# -- order and bounds --------------------------------------------------------------------------------------------------


async def test_ten_thousand_commits_of_each_of_two_nodes_arrive_in_order(nodes: Nodes) -> None:
    n1, n2, n3 = [await nodes(name, **UNHURRIED) for name in ("n1", "n2", "n3")]
    await n3.follows(C1, C2)
    for version in range(1, 10_001):
        n1.commits(C1, version)
        n2.commits(C2, version)
        if version % 50 == 0:
            await eventually(lambda version=version: len(n3.received) > 2 * version - 2000, every=0)  # type: ignore[misc]
    await n3.has_taken(C1, range(1, 10_001), LONG_WAIT)
    await n3.has_taken(C2, range(1, 10_001), LONG_WAIT)
    assert n1.stats.lost == n2.stats.lost == 0
    assert n1.stats.pipelines < 5000, "many commits share a pipeline"


async def test_what_waits_is_bounded_and_what_is_dropped_is_remembered(nodes: Nodes) -> None:
    n1, n2 = await nodes("n1", idle=True, **UNHURRIED), await nodes("n2", **UNHURRIED)
    await n2.follows(C1)
    for version in range(1, QUEUE_MESSAGES + 51):
        n1.commits(C1, version)
    assert n1.hub.waiting == QUEUE_MESSAGES
    assert n1.stats.lost == 50
    assert n1.losses == 0, "not inside the call"
    await eventually(lambda: n1.losses == 1)
    await n1.starts()
    await n2.has_taken(C1, range(1, QUEUE_MESSAGES + 1), LONG_WAIT)
    await eventually(lambda: n2.asks == 1)
    assert n1.losses == 1
    assert n1.asks == 0


async def test_bytes_that_wait_are_bounded_too(nodes: Nodes) -> None:
    n1 = await nodes("n1", idle=True)
    for version in range(1, 2 * QUEUE_BYTES // 100_000):
        n1.hub.publish(commit(C1, version, text="x" * 100_000))
    assert n1.hub.waiting * 300_000 <= QUEUE_BYTES + 300_000
    assert n1.stats.lost > 0


async def test_typing_is_dropped_first_and_never_takes_the_place_of_a_commit(nodes: Nodes) -> None:
    n1, n2 = await nodes("n1", idle=True, **UNHURRIED), await nodes("n2", **UNHURRIED)
    await n2.follows(C1)
    for _ in range(DROPPABLES + 100):
        n1.types(C1)
    for version in range(1, QUEUE_MESSAGES + 1):
        n1.commits(C1, version)
    assert n1.stats.lost == 0
    assert n1.stats.whispers_dropped == 100
    await n1.starts()
    await eventually(lambda: len(n2.received) == QUEUE_MESSAGES + DROPPABLES, within=LONG_WAIT)
    assert [type(message) for message in n2.received] == [Commit] * QUEUE_MESSAGES + [Typing] * DROPPABLES


async def test_what_waits_beside_commits_is_bounded_in_bytes(nodes: Nodes) -> None:
    """[P7] The oldest is dropped: what comes later replaces it."""
    n1, n2 = await nodes("n1", idle=True), await nodes("n2")
    await n2.follows(C1)
    many = tuple(Agent(id=AgentId(f"a{number}"), name="\U0001f600" * 80) for number in range(20))
    for number in range(DROPPABLES):
        n1.hub.publish(Presence(C1, NodeId("n1"), many, contact=number == DROPPABLES - 1, asks=False))
    kept = n1.hub.waiting
    assert 0 < kept < DROPPABLES
    assert kept * 20 * 320 <= DROPPABLE_BYTES
    assert n1.stats.whispers_dropped == DROPPABLES - kept
    await n1.starts()
    await eventually(lambda: len(n2.received) == kept)
    met = [message.contact for message in n2.received if isinstance(message, Presence)]
    assert met == [False] * (kept - 1) + [True]


async def test_a_follower_that_fails_does_not_keep_others_from_hearing(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(C1)
    receive = n2.receive

    def fails_once(message: Message) -> None:
        if isinstance(message, Commit):
            monkeypatch.setattr(n2, "receive", receive)
            raise RuntimeError("no")

    monkeypatch.setattr(n2, "receive", fails_once)
    n1.commits(C1, 1)
    n1.commits(C1, 2)
    await n2.has_taken(C1, [2])


# -- seals -------------------------------------------------------------------------------------------------------------


async def test_what_others_write_into_redis_is_dropped_and_counted(nodes: Nodes, server: RedisServer) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    stranger = await nodes("n3", keys=[b"the key of somebody else"])
    await n2.follows(C1)
    await stranger.follows(C1)
    server.ask("PUBLISH", ON_C1, b"not even a message")
    server.ask("PUBLISH", PLAIN.channel(NODES), b"")
    stranger.commits(C1, 1)
    n1.commits(C1, 2)
    await n2.has_taken(C1, [2])
    assert n2.stats.forged >= 3
    assert "n3" not in n2.beats
    assert not stranger.taken


async def test_a_node_with_the_next_key_is_heard_before_all_have_it(nodes: Nodes) -> None:
    old, new = await nodes("n1", keys=KEYS), await nodes("n2", keys=KEYS[::-1])
    await old.follows(C1)
    await new.follows(C1)
    old.commits(C1, 1)
    new.commits(C1, 2)
    await old.has_taken(C1, [2])
    await new.has_taken(C1, [1])
    assert old.stats.forged == new.stats.forged == 0


async def test_a_commit_of_a_newer_format_is_read_from_the_log(nodes: Nodes) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(C1)
    newer = commit(C1, 1)
    n1.hub.publish(replace(newer, state=replace(newer.state, format=FORMAT + 1)))
    await eventually(lambda: n2.gaps[C1] == 2)
    assert n2.stats.unreadable == 1
    assert not n2.taken


# -- subscriptions -----------------------------------------------------------------------------------------------------


async def test_a_conversation_left_and_followed_again_keeps_its_channel(nodes: Nodes) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(C1)
    for version in range(1, 101):
        n2.leaves(C1)
        await asyncio.sleep(0)
        n2.hub.subscribe(ConversationTopic(C1))
        n1.commits(C1, version)
    await n2.has_taken(C1, range(1, 101))
    assert n2.gaps[C1] == 1


async def test_a_conversation_left_for_good_is_not_heard_any_more(nodes: Nodes, server: RedisServer) -> None:
    n2 = await nodes("n2", redis_linger=0.05)
    await n2.follows(C1, C2)
    n2.leaves(C1)
    await eventually(lambda: server.subscribers(ON_C1) == 0)
    assert n2.hub.channels == 1
    await n2.follows(C1)
    assert n2.gaps[C1] == 2, "what was published meanwhile was not heard"


async def test_a_storm_of_following_and_leaving_ends_as_it_should(
    nodes: Nodes, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intervene.adapters.redis.listener.LINGERING", 500)
    n1, n2 = await nodes("n1"), await nodes("n2", redis_linger=0.05)
    keys = conversations(3000)
    for turn in range(10):
        for number, key in enumerate(keys):
            if (number + turn) % 3:
                n2.hub.subscribe(ConversationTopic(key))
            else:
                n2.leaves(key)
        await asyncio.sleep(0.01)
    for key in keys[::2]:
        n2.hub.subscribe(ConversationTopic(key))
    for key in keys[1::2]:
        n2.leaves(key)
    await eventually(lambda: n2.hub.channels == 1500)
    await eventually(lambda: server.subscribers(PLAIN.channel(ConversationTopic(keys[1]))) == 0)
    for key in keys:
        n1.commits(key, 1)
    await eventually(lambda: len(n2.taken) == 1500)
    assert {taken.key for taken in n2.taken} == set(keys[::2])


async def test_ten_thousand_subscriptions_are_told_in_few_commands(nodes: Nodes, server: RedisServer) -> None:
    n2 = await nodes("n2", **UNHURRIED)
    before = commands(server)
    await n2.follows(*conversations(10_000))
    assert commands(server) - before < 100
    assert n2.stats.gaps == 10_000


def commands(server: RedisServer) -> int:
    info = server.ask("INFO", "stats")
    assert isinstance(info, dict)
    return int(info["total_commands_processed"])


# -- beats -------------------------------------------------------------------------------------------------------------


async def test_nodes_hear_each_other_and_measure_their_own_echo(nodes: Nodes) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    await eventually(lambda: n1.beats["n2"] > 1 and n2.beats["n1"] > 1)
    assert 0 <= n1.stats.echo_seconds < 2.0  # uvloop's clock has whole milliseconds
    assert "n1" not in n1.beats
    await n1.ends()
    heard = n2.beats["n1"]
    await eventually(lambda: n2.beats["n1"] == heard and n2.hub.is_up)


# -- ways to reach it --------------------------------------------------------------------------------------------------


async def talk(url: str) -> None:
    """Two nodes hear each other by this URL."""
    n1, n2 = RedisNode("n1", url), RedisNode("n2", url)
    try:
        await n1.starts()
        await n2.starts()
        await n2.follows(C1)
        n1.commits(C1, 1)
        await n2.has_taken(C1, [1])
    finally:
        await n1.ends()
        await n2.ends()


@pytest.mark.parametrize("options", ["", "?protocol=2", "?protocol=3", "/3", "?db=2&protocol=3"])
async def test_options_of_the_url_are_taken(server: RedisServer, options: str) -> None:
    await talk(server.url + options)


async def test_a_socket_file_will_do(server: RedisServer) -> None:
    await talk(f"unix://{server.socket}")


async def test_redis_may_ask_for_a_password(serve: Serve) -> None:
    server = await serve(requirepass="s3cret")
    await talk(server.url)
    await talk(f"redis://default:s3cret@127.0.0.1:{server.port}?protocol=3")


async def test_redis_may_speak_tls(tmp_path: Path, serve: Serve) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(key, certificate)
    port = free_port()
    await serve(
        **{
            "tls-port": str(port),
            "tls-key-file": str(key),
            "tls-cert-file": str(certificate),
            "tls-ca-cert-file": str(certificate),
            "tls-auth-clients": "no",
        }
    )
    await talk(f"rediss://localhost:{port}?ssl_ca_certs={certificate}")
    stranger = RedisNode("n1", f"rediss://localhost:{port}")  # whose certificate nobody vouches for
    stranger.begins()
    await eventually(lambda: stranger.stats.listener_falls > 2)
    assert not stranger.hub.is_up
    await stranger.ends()


OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
)


def make_certificate(key: Path, certificate: Path) -> None:
    subprocess.run(
        [*OPENSSL.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def sentinel(server: RedisServer, tmp_path: Path) -> Iterator[int]:
    """The port of a Sentinel that watches the server as `main`."""
    port = free_port()
    settings = tmp_path / "sentinel.conf"
    settings.write_text(f"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {server.port} 1\n")
    with (tmp_path / "sentinel.log").open("wb") as log:
        program = RedisServer.program()
        assert program, "the fixture of the server says what is missing"
        process = subprocess.Popen([program, str(settings), "--sentinel"], stdout=log, stderr=log)
    yield port
    process.kill()
    process.wait()


async def test_a_sentinel_is_asked_where_redis_is(sentinel: int) -> None:
    await talk(f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel}/main")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "redis://localhost?colour=blue",
        "redis+sentinel://localhost",
        "redis+sentinel:///main",
        "redis+sentinel://:26379/main",
        "redis://localhost?protocol=4",
    ],
)
async def test_a_url_that_says_something_else_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Connections(url)
