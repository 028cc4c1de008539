"""Watches end when their right does: after the tree, or settings, have changed."""

import pytest

from intervene.core.access import Principal, Staff, Unseen, unseen
from intervene.core.actors import Role
from intervene.core.conversation.state import Conversation
from intervene.core.ids import DEFAULT_QUEUE, Key, OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.policy import Policy
from intervene.core.settings import Kind, QueueSettings, Row, Visibility
from intervene.feed.sight import recheck
from tests.integration.engine import screen
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.screen import Session
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME
from tests.unit.core.test_policy import policy

GROUP, BANK = OrganisationId("group"), OrganisationId("bank")


async def places(cluster: Cluster, organisation: OrganisationId, parent: OrganisationId | None) -> None:
    """As another process does: nothing is published."""
    entry = AuditEntry(organisation=organisation, action="organisation.place", subject=organisation)
    await cluster.store.organisations.place(organisation, parent, entry)


async def test_a_node_finds_that_the_tree_has_changed_and_the_others_follow(cluster: Cluster) -> None:
    """[P6] By one query for all versions."""
    n1, n2 = cluster.node("n1"), cluster.node("n2")
    for node in (n1, n2):
        assert (await node.policies.loaded(ACME)).ancestors == ()
    await places(cluster, ACME, BANK)
    await places(cluster, BANK, GROUP)
    await n1.comparison.compare()
    await eventually(lambda: all(_ancestors(node) == (BANK, GROUP) for node in (n1, n2)))
    await places(cluster, BANK, None)
    await n2.comparison.compare()
    await eventually(lambda: all(_ancestors(node) == (BANK,) for node in (n1, n2)))


def _ancestors(node: Node) -> tuple[OrganisationId, ...]:
    policy = node.policies.get(ACME)
    return policy.ancestors if policy else ()


async def test_who_loses_their_right_loses_the_watch_and_others_keep_theirs(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P6]"""
    node = cluster.node("n1")
    node.policies.observers.append(lambda changed: recheck(node.feeds, changed))
    lost: list[str] = []

    def unseen_by(whose: Principal, state: Conversation, _: Policy) -> Unseen | None:
        policy = node.policies.get(state.organisation)
        assert policy is not None, "it was loaded"
        return unseen(whose, state, policy)

    def loses(session: Session, key: Key, why: Unseen) -> None:
        assert why is Unseen.RIGHTS
        lost.append(session.screen.name)
        session.screen.session = None

    monkeypatch.setattr(screen, "unseen", unseen_by)  # by the policy of the node, and not the default
    monkeypatch.setattr(Session, "lose", loses)
    await places(cluster, ACME, GROUP)
    await node.comparison.compare()
    await node.policies.loaded(ACME)
    room = await cluster.opens(node)
    above, at_home = room.supervisor("Gus", node), room.agent("Anna", node)
    above.screen.whose = Staff(organisation=GROUP, agent=above.who, role=Role.SUPERVISOR)
    for person in (above, at_home):
        person.screen.joins(node)
    await eventually(lambda: len(node.feeds.watchers(room.key)) == 2)
    await places(cluster, ACME, None)
    await node.comparison.compare()
    await eventually(lambda: lost == ["Gus"])
    assert len(node.feeds.watchers(room.key)) == 1


@pytest.mark.parametrize("is_lost", [False, True])
async def test_who_loses_sight_by_what_another_node_commits_is_shown_nothing_of_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    """[P6, R141] As the hub brings it, and as the log does where the hub has lost it."""
    n1, n2 = cluster.node("n1"), cluster.node("n2")
    default = QueueSettings(name="Default", visibility=Visibility.HOLDER)
    hides = policy(Row(kind=Kind.QUEUE, id=DEFAULT_QUEUE, values=default))
    lost: list[tuple[str, Unseen]] = []

    def loses(session: Session, key: Key, why: Unseen) -> None:
        lost.append((session.screen.name, why))
        session.screen.leaves()

    monkeypatch.setattr(screen, "unseen", lambda whose, state, _: unseen(whose, state, hides))
    monkeypatch.setattr(Session, "lose", loses)
    n1.feeds.policy = n2.feeds.policy = lambda organisation: hides
    room = await cluster.opens(n1)
    anna, ben, sara = room.agent("Anna", n1), room.agent("Ben", n2), room.supervisor("Sara", n2)
    for person in (anna, ben, sara):
        person.screen.joins(person.node)
    await eventually(lambda: all(person.screen.events for person in (anna, ben, sara)))
    shown = ben.screen.n
    cluster.hub.fate = lambda node, commit: 0 if is_lost else 1
    await anna.intervenes()
    await anna.notes("a secret")
    n2.feeds.check(room.key, n1.feeds.versions()[room.key])
    await eventually(lambda: sara.screen.n == anna.screen.n)
    assert lost == [("Ben", Unseen.HELD)]
    assert ben.screen.n == shown
