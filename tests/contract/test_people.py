"""People who work for organisations, as every store keeps them: the contracts of `ports.People` and
`ports.Versions`."""

import asyncio
from typing import Any

import pytest

from intervene.adapters.sql import people as stored
from intervene.core.actors import Role
from intervene.core.errors import IllegalMove, TooMany
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.policy import Settings
from intervene.ports.audit import Audit
from intervene.ports.organisations import Organisations
from intervene.ports.people import Changes, Newcomer, People
from intervene.ports.policies import Policies
from intervene.ports.versions import Found, PersonVersion, Versions

ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")
ANA, BEN = AgentId("ana"), AgentId("ben")


def newcomer(subject: str, organisation: OrganisationId = ACME, **more: Any) -> Newcomer:
    given = {
        "name": subject.title(),
        "role": Role.AGENT,
        "spare_id": AgentId(f"spare-{organisation}-{subject}"),
        **more,
    }
    return Newcomer(organisation=organisation, subject=subject, **given)


def entry(action: str = "person.change", organisation: OrganisationId = ACME) -> AuditEntry:
    return AuditEntry(organisation=organisation, action=action, subject="ana")


def member(id: AgentId, **more: Any) -> StaffMember:
    return StaffMember(**{"organisation": ACME, "id": id, "role": Role.AGENT, "name": id.title(), **more})


async def test_who_comes_first_gets_a_row_and_keeps_it(people: People) -> None:
    assert await people.named(ACME, "ana") is None
    first = await people.arrive(newcomer("ana", role=Role.SUPERVISOR))
    assert (first.id, first.role, first.name, first.version) == (ANA, Role.SUPERVISOR, "Ana", 1)
    assert first.created_at > 1_600_000_000_000
    again = await people.arrive(newcomer("ana", name="Other", role=Role.AGENT))
    assert again == first == await people.named(ACME, "ana") == await people.of(ACME, ANA)


async def test_whether_there_is_anybody_counts_all_organisations(people: People) -> None:
    assert not await people.is_anybody()
    await people.arrive(newcomer("ana", GLOBEX))
    assert await people.is_anybody()


async def test_however_many_come_at_once_it_is_one_row(people: People) -> None:
    found = await asyncio.gather(*(people.arrive(newcomer("ana", spare_id=AgentId(f"s{n}"))) for n in range(8)))
    assert len(set(found)) == 1
    assert await people.page(ACME, "", 10) == found[:1]


async def test_people_of_two_organisations_never_have_one_id(people: People) -> None:
    """[P6] People act in organisations below their own: an id that two had would make them one."""
    mine, theirs = await asyncio.gather(people.arrive(newcomer("ana")), people.arrive(newcomer("ana", GLOBEX)))
    assert mine.id != theirs.id
    assert {mine.organisation, theirs.organisation} == {ACME, GLOBEX}
    assert await people.named(GLOBEX, "ana") == theirs
    assert await people.of(GLOBEX, mine.id) is None


async def test_a_token_that_names_another_persons_id_is_not_that_person(people: People) -> None:
    """[P6] Whoever signs tokens chooses the subject."""
    ana = await people.add(member(ANA, role=Role.ADMIN), "", entry())
    stranger = await people.arrive(newcomer("ana"))
    assert stranger.id != ana.id
    assert stranger.role is Role.AGENT


async def test_a_person_is_found_by_their_address_with_their_password(people: People) -> None:
    ana = await people.add(member(ANA, email="ana@acme.test"), "hash", entry("person.add"))
    await people.add(member(BEN), "", entry("person.add"))
    assert await people.with_email("ana@acme.test") == (ana, "hash")
    assert await people.with_email("") is await people.with_email("ben@acme.test") is None


async def test_an_address_or_id_is_one_persons(people: People, audit: Audit) -> None:
    await people.add(member(ANA, email="ana@acme.test"), "", entry())
    await people.add(member(BEN), "", entry())
    for other in (member(ANA), member(AgentId("cy"), email="ana@acme.test", organisation=GLOBEX)):
        with pytest.raises(IllegalMove):
            await people.add(other, "", entry())
    with pytest.raises(IllegalMove):
        await people.change(ACME, BEN, Changes(email="ana@acme.test"), entry())
    assert len(await audit.of(ACME, 10)) == 2


async def test_an_organisation_has_room_for_so_many_people(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when they are not counted for each who comes; and who is there already comes again."""
    monkeypatch.setattr(stored, "PEOPLE", 7)
    monkeypatch.setattr(stored, "UNCOUNTED_SHARE", 2)
    await people.add(member(ANA), "", entry())
    for number in range(6):
        await people.arrive(newcomer(f"p{number}"))
    with pytest.raises(TooMany):
        await people.arrive(newcomer("late"))
    with pytest.raises(TooMany):
        await people.add(member(BEN), "", entry())
    assert (await people.arrive(newcomer("p0"))).id == "p0"
    await people.arrive(newcomer("late", GLOBEX))
    assert len(await people.page(ACME, "", 10)) == 7


async def test_of_those_who_come_at_once_one_without_room_keeps_out_no_other(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may share a transaction; of the one who is refused nothing stays, not even their subject."""
    monkeypatch.setattr(stored, "PEOPLE", 1)
    await people.add(member(ANA), "", entry())
    come = [
        newcomer("late") if number == 3 else newcomer(f"p{number}", OrganisationId(f"o{number}")) for number in range(8)
    ]
    came = await asyncio.gather(*map(people.arrive, come), return_exceptions=True)
    assert [type(each) for each in came] == [TooMany if number == 3 else StaffMember for number in range(8)]
    monkeypatch.setattr(stored, "PEOPLE", 2)
    assert await people.named(ACME, "late") is None
    assert (await people.arrive(newcomer("late"))).id == "late"
    assert [(await people.named(each.organisation, each.subject)) is not None for each in come] == [True] * 8


async def test_people_are_read_page_by_page(people: People) -> None:
    for id in ("cy", "ana", "ben"):
        await people.add(member(AgentId(id)), "", entry())
    await people.add(member(AgentId("abe"), organisation=GLOBEX), "", entry())
    assert [found.id for found in await people.page(ACME, "", 2)] == ["ana", "ben"]
    assert [found.id for found in await people.page(ACME, "ben", 2)] == ["cy"]


@pytest.mark.parametrize(
    ("changes", "raises", "ends_tokens"),
    [
        (Changes(role=Role.ADMIN), 1, False),
        (Changes(password="new"), 1, False),
        (Changes(is_disabled=True), 1, True),
        (Changes(signs_out=True), 1, True),
        (Changes(name="Anna"), 0, False),
        (Changes(email="a@acme.test"), 0, False),
        (Changes(is_available=False), 0, False),
        (Changes(role=Role.AGENT, password="old", is_disabled=False), 0, False),
        (Changes(role=Role.ADMIN, password="new", is_disabled=True, signs_out=True), 1, True),
    ],
)
async def test_what_ends_sessions_raises_the_version(
    people: People, audit: Audit, changes: Changes, raises: int, ends_tokens: bool
) -> None:
    await people.add(member(ANA), "old", entry("person.add"))
    changed = await people.change(ACME, ANA, changes, entry("person.change"))
    assert changed == await people.of(ACME, ANA)
    assert changed is not None
    assert (changed.version, changed.tokens_from > 0) == (1 + raises, ends_tokens)
    assert [found.action for found in await audit.of(ACME, 1)] == ["person.change"]


async def test_a_change_leaves_what_it_does_not_name(people: People) -> None:
    before = await people.add(member(ANA, email="ana@acme.test", role=Role.SUPERVISOR), "hash", entry())
    changed = await people.change(ACME, ANA, Changes(is_disabled=True), entry())
    assert changed is not None
    assert changed.disabled > 0
    assert (changed.role, changed.name, changed.email) == (before.role, before.name, before.email)
    enabled = await people.change(ACME, ANA, Changes(is_disabled=False), entry())
    assert enabled is not None
    assert (enabled.disabled, enabled.version) == (0, 3)
    assert await people.with_email("ana@acme.test") == (enabled, "hash")


async def test_nobody_is_changed_from_another_organisation(people: People, audit: Audit) -> None:
    """[P6]"""
    await people.add(member(ANA), "", entry())
    assert await people.change(GLOBEX, ANA, Changes(role=Role.ADMIN), entry(organisation=GLOBEX)) is None
    assert await people.of(GLOBEX, ANA) is None
    assert await audit.of(GLOBEX, 10) == []


async def test_changes_at_once_are_all_made(people: People) -> None:
    await people.add(member(ANA), "", entry())
    await asyncio.gather(*(people.change(ACME, ANA, Changes(signs_out=True), entry()) for _ in range(6)))
    assert [found.version for found in await people.page(ACME, "", 10)] == [7]


# -- versions ----------------------------------------------------------------------------------------------------------


async def test_all_versions_are_one_answer(
    versions: Versions, people: People, policies: Policies, organisations: Organisations
) -> None:
    assert await versions.read([], []) == Found(0, {}, {})
    for id in (ANA, BEN, AgentId("cy")):
        await people.add(member(id), "", entry())
    await people.change(ACME, ANA, Changes(signs_out=True), entry())
    await people.change(ACME, BEN, Changes(is_disabled=True), entry())
    await policies.change(GLOBEX, Settings(bot="none"))
    await organisations.place(GLOBEX, ACME, entry())
    asked = [ACME, GLOBEX, OrganisationId("'; --")], [ANA, BEN, AgentId("dee")]
    disabled = PersonVersion(2, is_disabled=True)
    assert await versions.read(*asked) == Found(
        1, {GLOBEX: 1}, {ANA: PersonVersion(2, is_disabled=False), BEN: disabled}
    )


async def test_the_versions_of_many_are_one_answer(versions: Versions, people: People, policies: Policies) -> None:
    await people.add(member(ANA), "", entry())
    organisations = [OrganisationId(f"o{n}") for n in range(10_000)]
    for organisation in organisations[::2500]:
        await policies.change(organisation, Settings(bot="none"))
    persons = [AgentId(f"p{n}") for n in range(5_000)]
    changed, mine = dict.fromkeys(organisations[::2500], 1), {ANA: PersonVersion(1, is_disabled=False)}
    assert await versions.read(organisations, [*persons, ANA]) == Found(0, changed, mine)


async def test_people_are_found_by_their_ids_wherever_they_are_at_home(people: People) -> None:
    """[P6] Ids are one person's in all organisations; who may be named where, the rules say."""
    ana, ben = [await people.add(member(id), "", entry("person.add")) for id in (ANA, BEN)]
    theirs = await people.arrive(newcomer("cleo", GLOBEX))
    some = await people.with_ids([BEN, theirs.id, AgentId("nobody"), BEN])
    assert {one.id: one for one in some} == {BEN: ben, theirs.id: theirs}
    assert await people.with_ids([ANA]) == [ana]
    assert await people.with_ids([]) == []
