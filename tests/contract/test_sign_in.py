"""How people sign in, as every store keeps it: the contracts of `ports.Devices`, `ports.Links` and `ports.Attempts`."""

import asyncio

import pytest
from msgspec.structs import replace

from intervene.core.actors import Role
from intervene.core.devices import Device
from intervene.core.errors import VersionChanged
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import DEVICES
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.audit import Audit
from intervene.ports.people import Changes, People
from intervene.ports.sign_in import Attempts, Counted, Devices, Link, Links, Outcome
from tests.kit.server import until

ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")
ANA, BEN = AgentId("ana"), AgentId("ben")
HOUR = 3600


def entry(action: str = "session.begin") -> AuditEntry:
    return AuditEntry(organisation=ACME, action=action, subject="ana")


def device(id: str = "d1", person: AgentId = ANA) -> Device:
    return Device(id=id, organisation=ACME, person=person, label="Firefox")


def link(hash: str = "h1", person: AgentId = ANA) -> Link:
    return Link(hash=hash, organisation=ACME, person=person, purpose="reset")


@pytest.fixture
async def ana(people: People) -> StaffMember:
    return await people.add(
        StaffMember(organisation=ACME, id=ANA, role=Role.AGENT, name="Ana"), "", entry("person.add")
    )


# -- devices -----------------------------------------------------------------------------------------------------------


async def test_a_device_is_stored_with_the_databases_times(devices: Devices, audit: Audit) -> None:
    made = await devices.add(device(), entry())
    assert made.issued_at == made.created_at > 1_600_000_000_000
    assert (made.n, made.first_used_at, made.label) == (1, 0, "Firefox")
    assert await devices.of(ACME, ANA) == [made]
    assert [found.action for found in await audit.of(ACME, 10)] == ["session.begin"]


async def test_a_device_becomes_what_is_decided(devices: Devices, audit: Audit) -> None:
    made = await devices.add(device(), entry())
    times: list[int] = []

    def use(found: Device, now: int) -> Outcome:
        times.append(now)
        return Outcome(replace(found, n=found.n + 1, issued_at=now, first_used_at=now))

    after = await devices.decide("d1", use)
    assert after == replace(made, n=2, issued_at=times[-1], first_used_at=times[-1])
    assert await devices.of(ACME, ANA) == [after]
    assert await devices.decide("d1", lambda found, now: Outcome(None, entry("device.revoke"))) is None
    assert await devices.of(ACME, ANA) == []
    assert await devices.decide("d1", use) is None
    assert [found.action for found in await audit.of(ACME, 10)] == ["device.revoke", "session.begin"]


async def test_decisions_at_once_are_made_one_after_another(devices: Devices) -> None:
    await devices.add(device(), entry())
    await asyncio.gather(
        *(devices.decide("d1", lambda found, now: Outcome(replace(found, n=found.n + 1))) for _ in range(8))
    )
    assert [found.n for found in await devices.of(ACME, ANA)] == [9]


async def test_a_person_removes_their_own_devices_only(devices: Devices, audit: Audit) -> None:
    """[P6]"""
    await devices.add(device(), entry())
    assert not await devices.remove(BEN, "d1", entry("device.end"))
    assert await devices.of(GLOBEX, ANA) == []
    assert await devices.remove(ANA, "d1", entry("device.end"))
    assert not await devices.remove(ANA, "d1", entry("device.end"))
    assert [found.action for found in await audit.of(ACME, 1)] == ["device.end"]
    assert len(await audit.of(ACME, 10)) == 2


async def test_the_devices_of_a_person_are_bounded(devices: Devices) -> None:
    """[P7]"""
    await devices.add(device("other", BEN), entry())
    for n in range(DEVICES + 2):
        await devices.add(device(f"d{n:02}"), entry())
        if n == 0:
            await devices.decide("d00", lambda found, now: Outcome(replace(found, first_used_at=now + HOUR * 1000)))
    left = {found.id for found in await devices.of(ACME, ANA)}
    assert len(left) == DEVICES
    assert "d00" in left, "it was used last"
    assert len(await devices.of(ACME, BEN)) == 1


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        (Changes(password="new"), 0),
        (Changes(is_disabled=True), 0),
        (Changes(signs_out=True), 0),
        (Changes(role=Role.ADMIN), 1),
        (Changes(name="Anna"), 1),
    ],
)
@pytest.mark.usefixtures("ana")
async def test_what_ends_a_persons_tokens_signs_their_devices_out(
    devices: Devices, people: People, changes: Changes, left: int
) -> None:
    await devices.add(device(), entry())
    await devices.add(device("other", BEN), entry())
    await people.change(ACME, ANA, changes, entry())
    assert len(await devices.of(ACME, ANA)) == left
    assert len(await devices.of(ACME, BEN)) == 1


async def test_a_change_for_another_version_changes_nothing(people: People, ana: StaffMember, audit: Audit) -> None:
    changed = await people.change(ACME, ANA, Changes(role=Role.ADMIN, expected=ana.version), entry())
    assert changed is not None
    with pytest.raises(VersionChanged):
        await people.change(ACME, ANA, Changes(role=Role.AGENT, expected=ana.version), entry())
    assert await people.of(ACME, ANA) == changed
    assert len(await audit.of(ACME, 10)) == 2


# -- links -------------------------------------------------------------------------------------------------------------


async def test_a_link_is_good_once(links: Links, people: People, ana: StaffMember) -> None:
    made = await links.make(link(), HOUR, entry("link.make"))
    assert made.expires > ana.created_at + 3_500_000
    assert await links.find("h1") == made
    changed = await links.redeem("h1", Changes(password="hash"), entry("link.redeem"))
    assert changed is not None
    assert changed.version == ana.version + 1
    assert await links.redeem("h1", Changes(password="other"), entry()) is None
    assert await links.find("h1") is None
    assert await people.of(ACME, ANA) == changed


@pytest.mark.usefixtures("ana")
async def test_of_many_who_redeem_a_link_at_once_one_does(links: Links, audit: Audit) -> None:
    await links.make(link(), HOUR, entry("link.make"))
    redeemed = [links.redeem("h1", Changes(password=f"hash {n}"), entry("link.redeem")) for n in range(8)]
    found = await asyncio.gather(*redeemed)
    assert sum(changed is not None for changed in found) == 1
    assert [found.action for found in await audit.of(ACME, 10)] == ["link.redeem", "link.make", "person.add"]


@pytest.mark.usefixtures("ana")
async def test_a_new_link_takes_the_place_of_the_former_and_an_old_one_ends(links: Links) -> None:
    await links.make(link("h1"), HOUR, entry())
    await links.make(link("h2"), HOUR, entry())
    assert await links.find("h1") is None
    assert await links.find("h2") is not None
    await links.make(link("h3"), 0, entry())
    assert await links.find("h3") is None
    assert await links.redeem("h3", Changes(password="hash"), entry()) is None


@pytest.mark.usefixtures("ana")
async def test_a_link_of_a_disabled_person_is_good_for_nothing(links: Links, people: People) -> None:
    await links.make(link(), HOUR, entry())
    await people.change(ACME, ANA, Changes(is_disabled=True), entry())
    assert await links.find("h1") is None
    assert await links.redeem("h1", Changes(password="hash"), entry()) is None


# -- attempts ----------------------------------------------------------------------------------------------------------

DECADE = 10 * 365 * 24 * HOUR
"""A period that does not end during a test."""


async def test_attempts_are_counted_up_to_what_there_may_be(attempts: Attempts) -> None:
    """[P7]"""
    account = [Counted("account ana", 3)]
    assert [await attempts.take(account, DECADE) > 0 for _ in range(5)] == [False, False, False, True, True]
    await attempts.give_back(account, DECADE)
    assert [await attempts.take(account, DECADE) > 0 for _ in range(2)] == [False, True]
    assert await attempts.take([Counted("account ben", 3)], DECADE) == 0


async def test_where_one_count_is_full_none_is_counted(attempts: Attempts) -> None:
    network, account = Counted("network", 2), Counted("account", 3)
    assert [await attempts.take([network, account], DECADE) > 0 for _ in range(3)] == [False, False, True]
    assert [await attempts.take([account], DECADE) > 0 for _ in range(2)] == [False, True]
    wait = await attempts.take([network], HOUR)
    assert wait == 0, "of another period"


async def test_of_attempts_at_once_no_more_than_may_get_through(attempts: Attempts) -> None:
    """[P7] However many nodes there are: they count in one place."""
    waits = await asyncio.gather(*(attempts.take([Counted("a", 4), Counted("b", 9)], DECADE) for _ in range(12)))
    assert waits.count(0) == 4
    assert max(waits) <= DECADE


async def test_another_period_counts_anew(attempts: Attempts) -> None:
    async def is_counted() -> bool:
        return await attempts.take([Counted("a", 1)], 1) == 0

    for _ in range(2):
        await until(is_counted)
