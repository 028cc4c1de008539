"""The tree of organisations, as every store keeps it: the contract of `ports.Organisations`."""

import asyncio

import pytest

from intervene.core.errors import IllegalMove
from intervene.core.ids import OrganisationId
from intervene.core.limits import TREE_DEPTH
from intervene.core.people import AuditEntry
from intervene.core.policy import Settings, Stored
from intervene.core.tree import ROOTS
from intervene.ports.audit import Audit
from intervene.ports.organisations import Organisations
from intervene.ports.policies import Policies

ACME, BANK, SHOP = map(OrganisationId, ("acme", "bank", "shop"))


def entry(organisation: OrganisationId) -> AuditEntry:
    return AuditEntry(organisation=organisation, action="organisation.place", subject=organisation)


async def test_without_a_row_every_organisation_is_a_root(organisations: Organisations, policies: Policies) -> None:
    await policies.change(ACME, Settings(bot="none"))
    assert await organisations.tree() == ROOTS


async def test_a_place_is_kept_with_its_entry_and_raises_the_version(
    organisations: Organisations, audit: Audit
) -> None:
    assert (await organisations.place(BANK, ACME, entry(BANK))).parents == {BANK: ACME}
    tree = await organisations.place(SHOP, BANK, entry(SHOP))
    assert tree == await organisations.tree()
    assert (tree.version, tree.ancestors(SHOP)) == (2, (BANK, ACME))
    assert (await organisations.place(SHOP, None, entry(SHOP))).parents == {BANK: ACME}
    assert [found.action for found in await audit.of(SHOP, 10)] == ["organisation.place"] * 2


async def test_an_organisation_keeps_its_settings_where_it_is_placed(
    organisations: Organisations, policies: Policies
) -> None:
    await policies.change(BANK, Settings(bot="echo"))
    await organisations.place(BANK, ACME, entry(BANK))
    assert await policies.read(BANK) == Stored(version=1, settings=Settings(bot="echo"))


async def test_an_organisation_is_never_below_itself(organisations: Organisations, audit: Audit) -> None:
    """[P6] Also if two changes at once would have made a circle together."""
    with pytest.raises(IllegalMove):
        await organisations.place(ACME, ACME, entry(ACME))
    answers = await asyncio.gather(
        organisations.place(BANK, ACME, entry(BANK)), organisations.place(ACME, BANK, entry(ACME)),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == 1
    tree = await organisations.tree()
    assert (tree.version, len(tree.parents)) == (1, 1)
    assert len([*await audit.of(ACME, 10), *await audit.of(BANK, 10)]) == 1


async def test_a_tree_has_a_depth(organisations: Organisations) -> None:
    """[P7] Also if what is placed has others below it."""
    names = [OrganisationId(f"o{n}") for n in range(TREE_DEPTH)]
    for child, parent in zip(names[1:], names, strict=False):
        await organisations.place(child, parent, entry(child))
    with pytest.raises(IllegalMove):
        await organisations.place(ACME, names[-1], entry(ACME))
    with pytest.raises(IllegalMove):
        await organisations.place(names[0], ACME, entry(names[0]))
    await organisations.place(ACME, names[-2], entry(ACME))
