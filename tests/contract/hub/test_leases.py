"""The contract of `ports.Leases`: a hint of the epoch that is being taken, and never more. That it may fail silently is
what `tests/integration/engine` lives with; here it does not.
"""

from intervene.core.ids import ConversationId, Key, OrganisationId
from tests.contract.hub.conftest import Locks

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
KEY = Key(ACME, ConversationId("c1"))


async def test_of_a_conversation_that_nobody_takes_nothing_is_known(locks: Locks) -> None:
    assert await locks.leases.peek(KEY) == 0


async def test_a_lease_names_the_epoch_that_is_being_taken(locks: Locks) -> None:
    locks.leases.take(KEY, 3)
    await locks.settles()
    assert await locks.leases.peek(KEY) == 3


async def test_only_a_higher_epoch_replaces_a_lease(locks: Locks) -> None:
    for epoch in (3, 2, 3):
        locks.leases.take(KEY, epoch)
        await locks.settles()
        assert await locks.leases.peek(KEY) == 3
    locks.leases.take(KEY, 4)
    await locks.settles()
    assert await locks.leases.peek(KEY) == 4


async def test_of_many_leases_taken_at_once_the_highest_stays(locks: Locks) -> None:
    """[P3] Two agents who click together are two nodes that ask together."""
    for epoch in (3, 17, 5, 11, 2):
        locks.leases.take(KEY, epoch)
    await locks.settles()
    assert await locks.leases.peek(KEY) == 17


async def test_a_lease_is_gone_after_its_time(locks: Locks) -> None:
    """[P4] Whoever died with it stops nobody; then a lower epoch may take it, as after a restore."""
    locks.leases.take(KEY, 3)
    await locks.settles()
    locks.pass_time(locks.seconds - locks.leeway)
    assert await locks.leases.peek(KEY) == 3
    locks.pass_time(locks.leeway + 0.05 * locks.seconds)
    assert await locks.leases.peek(KEY) == 0
    locks.leases.take(KEY, 1)
    await locks.settles()
    assert await locks.leases.peek(KEY) == 1


async def test_a_lease_is_not_made_longer_by_who_takes_it_again(locks: Locks) -> None:
    """[P4]"""
    locks.leases.take(KEY, 3)
    await locks.settles()
    locks.pass_time(locks.seconds - locks.leeway)
    for epoch in (3, 2):
        locks.leases.take(KEY, epoch)
        await locks.settles()
    locks.pass_time(locks.leeway + 0.5)
    assert await locks.leases.peek(KEY) == 0


async def test_a_higher_epoch_has_its_own_time(locks: Locks) -> None:
    locks.leases.take(KEY, 3)
    await locks.settles()
    locks.pass_time(locks.seconds - locks.leeway)
    locks.leases.take(KEY, 4)
    await locks.settles()
    locks.pass_time(locks.leeway + 0.5)
    assert await locks.leases.peek(KEY) == 4


async def test_each_conversation_of_each_organisation_has_its_own(locks: Locks) -> None:
    """[P6] Whatever its name looks like."""
    locks.leases.take(KEY, 3)
    locks.leases.take(Key(OrganisationId("acme:c"), KEY.conversation), 4)
    await locks.settles()
    assert await locks.leases.peek(KEY) == 3
    assert await locks.leases.peek(Key(OrganisationId("acme:c"), KEY.conversation)) == 4
    assert await locks.leases.peek(Key(OTHER, KEY.conversation)) == 0
    assert await locks.leases.peek(Key(ACME, ConversationId("c2"))) == 0
