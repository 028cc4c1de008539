"""What this node remembers of rows of people."""

from typing import cast

from intervene.adapters.memory import LocalHub
from intervene.core.access import Staff
from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.core.people import StaffMember
from intervene.core.timing import PRODUCTION
from intervene.directory.people import KnownPeople
from intervene.ports.people import People

ACME = OrganisationId("acme")


class Stored:
    async def of(self, organisation: OrganisationId, id: AgentId) -> StaffMember:
        return StaffMember(organisation=organisation, id=id, role=Role.AGENT, name=id)


class Clock:
    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> int:
        return int(self.seconds * 1000)


def claimed(id: str) -> Staff:
    return Staff(organisation=ACME, agent=Agent(id=AgentId(id), name=id), role=Role.AGENT)


async def test_a_row_that_is_too_old_to_stand_is_not_kept() -> None:
    clock = Clock()
    people = KnownPeople(cast(People, Stored()), LocalHub().side(NodeId("here")), clock, lambda: "spare")
    for id in ("ana", "ben"):
        await people.find(claimed(id), 1)
    clock.seconds += PRODUCTION.policies / 2
    await people.find(claimed("ana"), 1)
    clock.seconds += PRODUCTION.policies * 0.75
    await people.find(claimed("cleo"), 1)
    assert people.known(claimed("ana"), 1) is not None, "it was read again"
    assert people.known(claimed("ben"), 1) is None
    assert [name.name for name in people._known] == ["ana", "cleo"]
