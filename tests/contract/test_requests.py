"""Requests that make something, as every store keeps them: each is carried out once, whatever it makes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from intervene.adapters.sql.store import Store
from intervene.core.actors import Role
from intervene.core.errors import IdReused, IllegalMove
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.tree import Organisation
from intervene.ports.requests import Request

ACME, ANA, BEN = OrganisationId("acme"), AgentId("ana"), AgentId("ben")
Make = Callable[[Store, str, Request], Awaitable[str]]


def request(key: str = "k1", digest: str = "d1", person: AgentId = ANA) -> Request:
    return Request(person=person, key=key, digest=digest)


def entry(action: str) -> AuditEntry:
    return AuditEntry(organisation=ACME, action=action, subject="")


async def organisation(store: Store, id: str, asked: Request) -> str:
    new = Organisation(id=OrganisationId(id), parent=ACME, name=id)
    return (await store.organisations.add(new, entry("organisation.add"), asked)).organisation.id


async def member(store: Store, id: str, asked: Request) -> str:
    new = StaffMember(organisation=ACME, id=AgentId(id), role=Role.AGENT, name=id, email=f"{id}@acme.test")
    return (await store.people.add(new, "", entry("person.add"), asked)).id


@pytest.fixture(params=[organisation, member], ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


async def test_however_often_it_is_repeated_it_makes_one(store: Store, make: Make) -> None:
    """[P3, R177] Also at once, and from several nodes."""
    ids = await asyncio.gather(*(make(store, f"id{n}", request()) for n in range(6)))
    assert len({*ids, await make(store, "later", request())}) == 1
    assert len(await store.audit.of(ACME, 10)) == 1


async def test_a_key_belongs_to_one_request_of_one_person(store: Store, make: Make) -> None:
    """[R177]"""
    await make(store, "one", request())
    with pytest.raises(IdReused):
        await make(store, "two", request(digest="d2"))
    assert await make(store, "three", request(digest="d2", person=BEN)) == "three"
    assert await make(store, "four", request("k2")) == "four"


async def test_what_was_refused_was_not_carried_out(store: Store) -> None:
    """[R177] The key is free for another try."""
    await member(store, "one", request("k0"))
    with pytest.raises(IllegalMove):
        await member(store, "one", request())
    assert await member(store, "two", request(digest="d2")) == "two"


async def test_a_request_is_forgotten_after_a_time(store: Store, make: Make) -> None:
    now = await store.schedule.now()
    await make(store, "one", request())
    await store.retention.drop_requests(now - 60_000)
    assert await make(store, "two", request()) == "one"
    await store.retention.drop_requests(now + 60_000)
    assert await make(store, "two", request()) == "two"
