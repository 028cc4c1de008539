"""Rights that are taken away act on open sockets, whichever node has them, with Redis and without."""

import time

import jwt
import pytest

from tests.cluster.bench import Bench, Node
from tests.kit.people import Customer
from tests.kit.server import until
from tests.kit.wire import Wire, dial

HOST_KEY = "a-key-of-the-host-application-that-is-long-enough"
CHANGES = {
    4006: "UPDATE person SET version = version + 1 WHERE id = $1",
    4500: "UPDATE person SET version = version + 1, disabled = 1 WHERE id = $1",
}
PLACE = """
    WITH placed AS (
        INSERT INTO organisation (id, settings_version, settings, parent) VALUES ('default', 0, '{}', $1)
        ON CONFLICT (id) DO UPDATE SET parent = excluded.parent
    )
    INSERT INTO revision (name, version) VALUES ('tree', 1)
    ON CONFLICT (name) DO UPDATE SET version = revision.version + 1
"""


async def joins(wire: Wire, node: Node, name: str, role: str = "agent", organisation: str = "default") -> None:
    welcome = await wire.joins(node.agent_token(name, role, organisation=organisation))
    assert (welcome["type"], welcome["role"]) == ("welcome", role)


async def begins(bench: Bench, *, has_redis: bool) -> list[Node]:
    nodes = list(await bench.starts("a", "b"))
    if not has_redis:
        bench.may_complain("the hub")
        await bench.redis.kill()
    return nodes


@pytest.mark.parametrize("has_redis", [True, False])
async def test_a_person_who_is_changed_elsewhere_is_closed_on_every_node(bench: Bench, has_redis: bool) -> None:
    """[P6, R123] Each node compares versions with the database, and others keep their sessions."""
    nodes = await begins(bench, has_redis=has_redis)
    for code, change in CHANGES.items():
        async with dial(nodes[0]) as one, dial(nodes[1]) as two, dial(nodes[1]) as other:
            for wire, node in ((one, nodes[0]), (two, nodes[1])):
                await joins(wire, node, f"Ana{code}")
            await joins(other, nodes[1], "Ben")
            await bench.sql(change, f"ana{code}")
            assert [await one.is_closed(), await two.is_closed()] == [code, code]
            await other.says({"type": "ping"})
            assert (await other.hears_json("pong"))["type"] == "pong"


@pytest.mark.parametrize("has_redis", [True, False])
async def test_a_supervisor_s_watch_below_their_home_lasts_as_long_as_the_tree_says_so(
    bench: Bench, has_redis: bool
) -> None:
    """[P6, R121, R124] On a node that is told nothing too."""
    a, b = await begins(bench, has_redis=has_redis)
    async with Customer(a, "Clara") as clara, dial(b) as gus:
        await clara.opens()
        conversation = clara.c
        await joins(gus, b, "Gus", "supervisor", organisation="group")
        watch = {"type": "watch", "conversation": conversation, "organisation": "default"}

        async def is_shown() -> bool:
            await gus.says(watch)
            answer = await gus.hears_json("error", "watched")
            return bool(answer["type"] == "watched")

        assert not await is_shown()
        await bench.sql(PLACE, "group")
        await until(is_shown)
        await clara.says("are you there?")
        assert (await gus.hears_json("event"))["conversation"] == conversation
        await bench.sql(PLACE, "")
        assert (await gus.hears_json("gone"))["conversation"] == conversation
        await clara.says("still there?")
        await gus.says({"type": "ping"})
        heard = await gus.hears_json("pong", "event")
        assert heard["type"] == "pong"
    entries = await bench.sql("SELECT action, person FROM audit WHERE organisation = 'default'")
    assert [tuple(entry) for entry in entries] == [("conversation.read", "gus")]


@pytest.mark.parametrize("has_redis", [True, False])
async def test_a_signing_key_that_is_archived_elsewhere_ends_the_sessions_that_it_let_in(
    bench: Bench, has_redis: bool
) -> None:
    """[P6, R176] And is good on every node before."""
    a, b = await begins(bench, has_redis=has_redis)
    admin = {"authorization": f"Bearer {a.agent_token('Ada', 'admin')}", "idempotency-key": "k1", "if-match": '"1"'}
    body = b'{"name":"CRM","purpose":"staff","key":"%s"}' % HOST_KEY.encode()
    kid = (await a.ask("POST", "/v1/signing-keys", body, **admin)).json["id"]
    now = int(time.time())
    claims = {"aud": "intervene", "sub": "hugo", "name": "Hugo", "iat": now, "exp": now + 600}
    token = jwt.encode(claims, HOST_KEY, "HS256", headers={"kid": kid})

    async def is_good() -> bool:
        return (await b.ask("GET", "/v1/me", b"", authorization=f"Bearer {token}")).status == 200

    await until(is_good)
    async with dial(b) as hugo:
        assert (await hugo.joins(token))["type"] == "welcome"
        assert (await a.ask("PATCH", f"/v1/signing-keys/{kid}", b'{"archived":true}', **admin)).status == 200
        assert await hugo.is_closed() == 4500
    assert not await is_good()
