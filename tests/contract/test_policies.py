"""What organisations have set, as every store keeps it: the contract of `ports.Policies`."""

import asyncio

from intervene.core.ids import OrganisationId
from intervene.core.policy import Settings, Stored
from intervene.ports.policies import Policies

ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")


async def test_an_organisation_that_has_set_nothing_has_the_defaults(policies: Policies) -> None:
    assert await policies.read(ACME) == Stored()


async def test_each_change_raises_the_version_of_its_organisation_by_one(policies: Policies) -> None:
    """[P6] Of no other."""
    assert await policies.change(ACME, Settings(bot="scripted")) == 1
    assert await policies.change(GLOBEX, Settings(bot="none")) == 1
    assert await policies.change(ACME, Settings(bot="echo")) == 2
    assert await policies.read(ACME) == Stored(version=2, settings=Settings(bot="echo"))
    assert await policies.read(GLOBEX) == Stored(version=1, settings=Settings(bot="none"))
    assert await policies.change(ACME, Settings()) == 3
    assert await policies.read(ACME) == Stored(version=3)


async def test_changes_at_once_are_all_counted(policies: Policies) -> None:
    made = await asyncio.gather(*(policies.change(ACME, Settings(bot=f"b{n}")) for n in range(8)))
    assert sorted(made) == list(range(1, 9))
    assert await policies.read(ACME) == Stored(version=8, settings=Settings(bot=f"b{made.index(8)}"))
