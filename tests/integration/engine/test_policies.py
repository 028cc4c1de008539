"""Each organisation's settings on the nodes that act on them: read once, kept, and read again when they change."""

import asyncio

import anyio
import pytest
from msgspec.structs import replace

from intervene.core.errors import Unavailable
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.core.policy import Policy, Settings, Stored
from intervene.core.settings import Kind, StatusSettings
from intervene.policies.cache import PolicyCache
from intervene.ports.log import Receipt
from intervene.ports.messages import SettingsChanged
from intervene.ports.settings import By
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.stage import comes_in
from tests.kit.limits import WAIT, eventually
from tests.unit.core.cast import ACME, ECHO


class Reads:
    """Of the stored settings by a node: counted, held up, refused."""

    def __init__(self, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.is_away = False
        self._read = node.policies._stored.read
        monkeypatch.setattr(node.policies._stored, "read", self)

    async def __call__(self, organisation: OrganisationId) -> Stored:
        self.count += 1
        answer = await self._read(organisation)
        await self.may_read.wait()
        if self.is_away:
            raise Unavailable("The database is away.")
        return answer


async def sets(node: Node, bot: str) -> None:
    """As another process does: nobody is told."""
    await node.policies._stored.change(ACME, Settings(bot=bot))


async def loads(policies: PolicyCache) -> Policy:
    with anyio.fail_after(WAIT):
        return await policies.loaded(ACME)


async def test_the_first_commands_of_an_organisation_wait_for_one_read(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] Without a task for each of them, and in the order in which they came."""
    n1 = cluster.node("n1")
    rooms = [await cluster.opens(n1) for _ in range(5)]
    n2 = cluster.node("n2")
    reads = Reads(n2, monkeypatch)
    reads.may_read.clear()
    customers = [room.customer(n2) for room in rooms]
    tasks = len(asyncio.all_tasks())
    asked = [customer.says(f"message {n}") for n in range(4) for customer in customers]
    await eventually(lambda: reads.count == 1)
    asked += [customer.says("and another") for customer in customers]
    assert len(asyncio.all_tasks()) <= tasks + 1
    assert not any(each.answers for each in asked)
    reads.may_read.set()
    await cluster.settles()
    assert all(isinstance(each.answer, Receipt) for each in asked)
    assert reads.count == 1
    for room in rooms:
        said = [text for text in await room.messages() if text.startswith("Clara")]
        assert said == [f"Clara: message {n}" for n in range(4)] + ["Clara: and another"]


async def test_commands_that_meet_a_database_without_an_answer_are_refused_and_may_come_again(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P4] [P5] Nothing is decided on settings that nobody has read."""
    n1, n2 = cluster.node("n1"), cluster.node("n2")
    room = await cluster.opens(n1)
    reads = Reads(n2, monkeypatch)
    reads.is_away = True
    clara = room.customer(n2)
    asked = [clara.says("one"), clara.says("two")]
    await eventually(lambda: all(each.answers for each in asked))
    assert all(isinstance(each.answer, Unavailable) for each in asked)
    newcomer = replace(room.visitor, contact=replace(room.visitor.contact, id=ContactId("newcomer")))
    with pytest.raises(Unavailable):
        await n2.engine.open(newcomer)
    reads.is_away = False
    again = [clara.repeats(each) for each in asked]
    await cluster.settles()
    assert all(isinstance(each.answer, Receipt) for each in again)


async def test_a_change_that_one_node_finds_is_acted_on_by_all(cluster: Cluster) -> None:
    """A comparison with the database finds it, and a message tells the others."""
    n1, n2 = cluster.node("n1"), cluster.node("n2")
    for node in (n1, n2):
        assert (await loads(node.policies)).bot == ECHO
    await sets(n1, "none")
    await n1.comparison.compare()
    await eventually(lambda: [node.policies.get(ACME) for node in (n1, n2)] == [Policy(version=1)] * 2)
    assert await _holder(cluster, n2) == ""
    await sets(n2, "echo")
    await n2.comparison.compare()
    await eventually(lambda: n1.policies.get(ACME) == Policy(version=2, bot=ECHO))
    assert await _holder(cluster, n1) == "Echo"


async def _holder(cluster: Cluster, node: Node) -> str:
    room = await cluster.opens(node)
    return getattr((await room.state()).holder, "name", "")


async def test_a_node_that_was_told_nothing_finds_a_change_by_itself(cluster: Cluster) -> None:
    """[P4]"""
    n1 = cluster.node("n1")
    await loads(n1.policies)
    keeping = asyncio.create_task(n1.comparison.keep())
    await sets(n1, "none")
    await eventually(lambda: n1.policies.get(ACME) == Policy(version=1))
    keeping.cancel()


async def test_a_change_during_a_read_is_read_again(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the read brings was true when it began."""
    n1 = cluster.node("n1")
    await loads(n1.policies)
    reads = Reads(n1, monkeypatch)
    reads.may_read.clear()
    await sets(n1, "none")
    n1.policies.receive(SettingsChanged(ACME, 1))
    await eventually(lambda: reads.count == 1)
    await sets(n1, "echo")
    n1.policies.receive(SettingsChanged(ACME, 2))
    reads.may_read.set()
    await eventually(lambda: n1.policies.get(ACME) == Policy(version=2, bot=ECHO))
    assert reads.count == 2


async def test_a_database_that_was_restored_to_before_a_change_is_believed(cluster: Cluster) -> None:
    """[P5] Versions are compared for being the same, not for being higher."""
    n1 = cluster.node("n1")
    await sets(n1, "none")
    assert await loads(n1.policies) == Policy(version=1)
    await cluster.database.writer.run(lambda connection: connection.execute("DELETE FROM organisation").rowcount)
    await n1.comparison.compare()
    await eventually(lambda: n1.policies.get(ACME) == Policy(bot=ECHO))


async def test_a_bot_that_a_node_has_not_leaves_customers_to_people(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """[P5] An operator misspelt it, or this node is of a release before."""
    n1 = cluster.node("n1")
    await sets(n1, "ecko")
    assert await _holder(cluster, n1) == ""
    clara = await comes_in(cluster, n1)
    assert (await clara.room.state()).wants_person is False


async def test_a_node_remembers_so_many_organisations_and_no_more(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] The one read longest ago is forgotten, and read again when it is needed."""
    monkeypatch.setattr("intervene.policies.cache.POLICIES", 3)
    policies = cluster.node("n1").policies
    names = [OrganisationId(f"o{n}") for n in range(4)]
    for name in names:
        await policies.loaded(name)
    assert [policies.get(name) is None for name in names] == [True, False, False, False]
    assert await policies.loaded(names[0]) == Policy(bot=ECHO)
    assert policies.get(names[1]) is None


async def test_what_one_node_changes_in_rows_others_go_by_at_once(cluster: Cluster) -> None:
    """Without looking at the database in between."""
    n1, n2 = cluster.node("n1"), cluster.node("n2")
    for node in (n1, n2):
        await loads(node.policies)
    made = await cluster.store.settings.create(
        ACME, Kind.STATUS, "s1", StatusSettings(name="New"), "", By(AgentId("ana"))
    )
    n1.policies.change(ACME, made.settings_version)
    for node in (n1, n2):
        await eventually(lambda node=node: "s1" in node.policies.get(ACME).statuses)  # type: ignore[misc]
