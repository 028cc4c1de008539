"""The tree of organisations, as every store keeps it: the contract of `ports.Organisations`."""

import asyncio

import pytest

from intervene.core.errors import IllegalMove, VersionChanged
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import TREE_DEPTH
from intervene.core.people import AuditEntry
from intervene.core.policy import Settings, Stored
from intervene.core.tree import ROOTS, Organisation, Tree
from intervene.ports.audit import Audit
from intervene.ports.organisations import OrganisationChanges, Organisations, Placed
from intervene.ports.policies import Policies
from intervene.ports.requests import Request

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


async def adds(organisations: Organisations, id: OrganisationId, parent: OrganisationId = ACME) -> Placed:
    request = Request(person=AgentId("ana"), key=f"add {id}", digest="")
    return await organisations.add(Organisation(id=id, parent=parent, name=id.title()), entry(id), request)


async def test_an_organisation_is_added_and_listed_right_below_its_parent(organisations: Organisations) -> None:
    placed = await adds(organisations, BANK)
    assert placed.organisation == Organisation(id=BANK, parent=ACME, name="Bank", version=1)
    assert placed.tree == await organisations.tree() == Tree(version=1, parents={BANK: ACME})
    shop = (await adds(organisations, SHOP)).organisation
    await adds(organisations, OrganisationId("till"), SHOP)
    assert await organisations.below(ACME, "", 10) == [placed.organisation, shop]
    assert await organisations.below(ACME, BANK, 10) == await organisations.below(ACME, BANK, 1) == [shop]
    assert await organisations.read(ACME) == Organisation(id=ACME, parent=OrganisationId(""))


async def test_a_change_is_made_for_a_version(organisations: Organisations, audit: Audit) -> None:
    await adds(organisations, BANK)
    await adds(organisations, SHOP)
    moved = await organisations.change(BANK, OrganisationChanges(parent=SHOP, name="B", expected=1), entry(BANK))
    assert (moved.organisation.parent, moved.organisation.name, moved.organisation.version) == (SHOP, "B", 2)
    with pytest.raises(VersionChanged):
        await organisations.change(BANK, OrganisationChanges(name="C", expected=1), entry(BANK))
    with pytest.raises(IllegalMove):
        await organisations.change(SHOP, OrganisationChanges(parent=BANK, expected=1), entry(SHOP))
    assert (await organisations.tree()).version == 3
    assert len(await audit.of(BANK, 10)) == 2


async def test_what_is_archived_is_in_the_tree(organisations: Organisations) -> None:
    await adds(organisations, BANK)
    archived = await organisations.change(BANK, OrganisationChanges(is_archived=True, expected=1), entry(BANK))
    assert archived.organisation.archived > 1_600_000_000_000
    assert archived.tree.archived == (await organisations.tree()).archived == {BANK}
    renamed = await organisations.change(BANK, OrganisationChanges(name="B", expected=2), entry(BANK))
    assert renamed.organisation.archived == archived.organisation.archived
    again = await organisations.change(BANK, OrganisationChanges(is_archived=False, expected=3), entry(BANK))
    assert (again.organisation.archived, again.tree.archived) == (0, frozenset())
