"""An organisation's settings on a cluster: changed in the database, and acted on by every node."""

from tests.cluster.bench import Bench, Node
from tests.integration.ops.test_organisation import becomes, holder
from tests.kit.command import command


async def sets(bench: Bench, bot: str) -> None:
    folder = bench.nodes["a"].data.parent
    said = await command("organisation", "default", "--bot", bot, cwd=folder, database_url=bench.url)
    assert said.status == 0, said.text


async def all_become(nodes: list[Node], expected: str, name: str) -> None:
    for node in nodes:
        await becomes(node, expected, f"{name}-{node.name}-")


async def test_every_node_goes_by_a_change(bench: Bench) -> None:
    """[P5] Told by the hub, or by itself within 2 s."""
    nodes = list(await bench.starts("a", "b", bot="echo"))
    assert [await holder(node, f"Maria-{node.name}") for node in nodes] == ["Echo", "Echo"]
    await sets(bench, "none")
    await all_become(nodes, "", "Carl")
    await sets(bench, "scripted")
    await all_become(nodes, "Assistant", "Clara")


async def test_every_node_goes_by_a_change_while_redis_is_away(bench: Bench) -> None:
    """[P4]"""
    bench.may_complain("the hub")
    nodes = list(await bench.starts("a", "b", bot="echo"))
    assert [await holder(node, f"Maria-{node.name}") for node in nodes] == ["Echo", "Echo"]
    await bench.redis.kill()
    await sets(bench, "none")
    await all_become(nodes, "", "Carl")
