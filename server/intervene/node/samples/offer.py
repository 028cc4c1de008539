"""Who of the demo organisation is offered at the sign-in: those who are there, as they are now."""

from intervene.core.ids import OrganisationId
from intervene.edge.http.development import DemoPeople, DemoPerson
from intervene.node.samples.team import PASSWORD, TEAM
from intervene.ports.people import People


async def offered(people: People, organisation: OrganisationId) -> DemoPeople:
    """Raises `Unavailable`."""
    items = []
    for colleague in TEAM:
        member, _ = await people.with_email(colleague.email) or (None, "")
        if member is not None and member.organisation == organisation and not member.disabled:
            items.append(
                DemoPerson(name=member.name, role=member.role, email=member.email, about=colleague.about)
            )  # fmt: skip
    return DemoPeople(items=items, password=PASSWORD if items else "")
