"""The contract of `ports.Leases`: a hint of the epoch that is being taken, and never more."""

from intervene.core.ids import ConversationId, Key, OrganisationId
from tests.hub.conftest import Locks

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
KEY = Key(ACME, ConversationId("c1"))


async def test_of_a_conversation_that_nobody_takes_nothing_is_known(locks: Locks) -> None:
    assert await locks.leases.peek(KEY) == 0


async def test_a_lease_names_the_epoch_that_is_being_taken(locks: Locks) -> None:
    locks.leases.take(KEY, 3)
    assert await locks.leases.peek(KEY) == 3


async def test_only_a_higher_epoch_replaces_a_lease(locks: Locks) -> None:
    for epoch in (3, 2, 3):
        locks.leases.take(KEY, epoch)
        assert await locks.leases.peek(KEY) == 3
    locks.leases.take(KEY, 4)
    assert await locks.leases.peek(KEY) == 4


async def test_a_lease_is_gone_after_its_time(locks: Locks) -> None:
    """[P4] Whoever died with it stops nobody; then a lower epoch may take it, as after a restore."""
    locks.leases.take(KEY, 3)
    locks.pass_time(locks.seconds - 0.5)
    assert await locks.leases.peek(KEY) == 3
    locks.pass_time(1.0)
    assert await locks.leases.peek(KEY) == 0
    locks.leases.take(KEY, 1)
    assert await locks.leases.peek(KEY) == 1


async def test_a_higher_epoch_has_its_own_time(locks: Locks) -> None:
    locks.leases.take(KEY, 3)
    locks.pass_time(locks.seconds - 0.5)
    locks.leases.take(KEY, 4)
    locks.pass_time(1.0)
    assert await locks.leases.peek(KEY) == 4


async def test_each_conversation_of_each_organisation_has_its_own(locks: Locks) -> None:
    """[P6]"""
    locks.leases.take(KEY, 3)
    assert await locks.leases.peek(Key(OTHER, KEY.conversation)) == 0
    assert await locks.leases.peek(Key(ACME, ConversationId("c2"))) == 0
