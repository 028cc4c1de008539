"""Keys of host applications, as every store keeps them: the contract of `ports.SigningKeys`."""

import pytest

from intervene.adapters.sql.store import Store
from intervene.core.actors import Role
from intervene.core.errors import BadSetting, LimitReached, NotFound, VersionChanged
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import SIGNING_KEYS
from intervene.core.people import AuditEntry
from intervene.core.signing_keys import Purpose, SigningKey
from intervene.ports.requests import Request
from intervene.ports.signing_keys import KeptKey, KeyChanges

ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")
ENTRY = AuditEntry(organisation=ACME, action="signing_key.add", subject="")


async def added(store: Store, kid: str, organisation: OrganisationId = ACME, key: str = "") -> KeptKey:
    new = SigningKey(
        kid=kid, organisation=organisation, name=kid, purpose=Purpose.STAFF, role=Role.AGENT, key=key or f"key {kid}",
        lifetime=60,
    )  # fmt: skip
    return await store.signing_keys.add(new, ENTRY, Request(person=AgentId("ana"), key=kid, digest=""))


async def test_a_key_is_kept_and_every_change_raises_the_tree(store: Store) -> None:
    """[R176] So nodes that compare the tree read the keys again."""
    first = await added(store, "k1")
    assert first.key == (await store.signing_keys.read(ACME, "k1")) == (await store.signing_keys.good())[0]
    changes = KeyChanges(is_archived=True, name="old", expected=1)
    changed = await store.signing_keys.change(ACME, "k1", changes, ENTRY)
    assert (changed.key.name, changed.key.version, changed.key.archived > 1_600_000_000_000) == ("old", 2, True)
    assert (first.tree.version, changed.tree.version, (await store.organisations.tree()).version) == (1, 2, 2)
    assert not await store.signing_keys.good()
    assert await store.signing_keys.page(ACME, "", 10) == [changed.key]
    assert len(await store.audit.of(ACME, 10)) == 2


async def test_a_key_is_one_organisation_s(store: Store) -> None:
    """[P6]"""
    await added(store, "k1")
    with pytest.raises(NotFound):
        await store.signing_keys.read(GLOBEX, "k1")
    with pytest.raises(NotFound):
        await store.signing_keys.change(GLOBEX, "k1", KeyChanges(is_archived=True, expected=1), ENTRY)
    assert await store.signing_keys.page(GLOBEX, "", 10) == []
    await added(store, "k2", GLOBEX, "key k1")
    with pytest.raises(BadSetting):
        await added(store, "k3", ACME, "key k1")
    with pytest.raises(VersionChanged):
        await store.signing_keys.change(ACME, "k1", KeyChanges(name="x", expected=2), ENTRY)


async def test_an_organisation_has_so_many(store: Store) -> None:
    """[P7] Archived ones not counted."""
    for n in range(SIGNING_KEYS):
        await added(store, f"k{n}")
    with pytest.raises(LimitReached):
        await added(store, "more")
    await store.signing_keys.change(ACME, "k0", KeyChanges(is_archived=True, expected=1), ENTRY)
    await added(store, "more")
    with pytest.raises(LimitReached):
        await store.signing_keys.change(ACME, "k0", KeyChanges(is_archived=False, expected=2), ENTRY)
