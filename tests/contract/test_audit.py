"""The record of what people changed, as every store keeps it: the contract of `ports.Audit`."""

import asyncio
from typing import Any

from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.ports.audit import Audit

ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")


def entry(action: str, organisation: OrganisationId = ACME, **more: Any) -> AuditEntry:
    return AuditEntry(organisation=organisation, action=action, subject="ben", by=AgentId("ana"), **more)


async def test_entries_are_read_latest_first_and_page_by_page(audit: Audit) -> None:
    for action in ("one", "two", "three"):
        await audit.record(entry(action))
    first = await audit.of(ACME, 2)
    assert [found.action for found in first] == ["three", "two"]
    assert [found.action for found in await audit.of(ACME, 2, first[-1].number)] == ["one"]


async def test_an_entry_keeps_what_was_before_and_after(audit: Audit) -> None:
    await audit.record(entry("person.role", before={"role": "agent"}, after={"role": "admin"}, network="192.0.2.0"))
    (found,) = await audit.of(ACME, 10)
    assert (found.by, found.subject, found.network) == ("ana", "ben", "192.0.2.0")
    assert (found.before, found.after) == ({"role": "agent"}, {"role": "admin"})
    assert found.at > 1_600_000_000_000


async def test_an_organisation_reads_no_entry_of_another(audit: Audit) -> None:
    """[P6]"""
    await audit.record(entry("one"))
    assert await audit.of(GLOBEX, 10) == []


async def test_of_entries_that_are_kept_once_the_first_stays(audit: Audit) -> None:
    """Of one organisation, and however many nodes record it at once."""
    await asyncio.gather(*(audit.record(entry(f"n{n}", once="read:c1")) for n in range(4)))
    await audit.record(entry("other", GLOBEX, once="read:c1"))
    await audit.record(entry("always"))
    await audit.record(entry("always"))
    assert len(await audit.of(ACME, 10)) == 3
    assert [found.action for found in await audit.of(GLOBEX, 10)] == ["other"]
