"""A visitor who is forgotten at one node is refused by all, whether they were told or not."""

import anyio

from tests.cluster.bench import Bench, Node
from tests.kit.limits import HEARD, LONG_WAIT
from tests.kit.people import Customer
from tests.kit.person import CUT


async def is_refused(node: Node, name: str = "Maria") -> bool:
    again = Customer(node, name)
    try:
        await again.joins()
    except CUT:
        return again.close_code == 4500
    await again.leaves()
    return False


async def forget(node: Node, name: str = "Maria", method: str = "DELETE") -> int:
    body = b"{}" if method == "POST" else b""
    bearer = f"Bearer {node.visitor_token(name)}"
    return (await node.ask(method, "/v1/webchat/visitor", body, authorization=bearer)).status


async def test_a_visitor_forgotten_at_one_node_is_gone_from_all(bench: Bench) -> None:
    """[R17] At once, by the hub. Others stay, and forgetting again is the same."""
    a, b = await bench.starts("a", "b", bot="none")
    async with Customer(a) as maria, Customer(b) as second, Customer(b, "Carl") as carl:
        await maria.opens()
        assert await forget(b) == 204
        for session in (maria, second):
            assert await session.is_gone(within=HEARD) == 4500
        await carl.opens()
        assert [await is_refused(node) for node in (a, b)] == [True, True]
        assert [await forget(node, method="POST") for node in (a, b)] == [401, 401]
        assert [await forget(node) for node in (a, b)] == [204, 204]


async def test_a_node_that_hears_nothing_finds_out_by_itself(bench: Bench) -> None:
    """[P4, R17] Redis is away: hello, renewal and open are refused at once, and a session ends at the next look."""
    bench.may_complain("the hub")
    a, b = await bench.starts("a", "b", bot="none")
    async with Customer(a, "Quiet") as quiet, Customer(a) as maria:
        await bench.redis.kill()
        for name in ("Quiet", "Maria", "Nobody"):
            assert await forget(b, name) == 204
        await maria.sends({"type": "open"})
        assert await maria.is_gone() == 4500
        assert await is_refused(a, "Nobody")
        assert await forget(a, "Nobody", "POST") == 401
        with anyio.fail_after(LONG_WAIT):
            assert await quiet.is_gone(within=LONG_WAIT) == 4500
    assert await bench.sql("SELECT address FROM channel_id WHERE conversation <> ''") == []
