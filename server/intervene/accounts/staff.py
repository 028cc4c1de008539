"""What admins, and operators of the server, do with people: invite, reset, disable, sign out. No mail is sent: a link
is shown once to the person who made it, and they hand it on.
"""

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from intervene.accounts.sign_in import Directory, Stored, email_form, link_hash
from intervene.core.actors import Role
from intervene.core.errors import IllegalMove, NotFound
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import LINK_SECONDS
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.people import Changes
from intervene.ports.requests import Request
from intervene.ports.settings import By
from intervene.ports.sign_in import Link

PAGE = 50

OPERATOR = By(AgentId(""), "")
"""A command on the machine: no person of an organisation."""


class NewLink(NamedTuple):
    """`secret` is stored nowhere; "" of one that was shown before. `expires`: milliseconds since 1970."""

    member: StaffMember
    secret: str
    expires: int


class StaffAccounts:
    """`make_id` makes ids that cannot be predicted."""

    def __init__(self, stored: Stored, directory: Directory, make_id: Callable[[], str]) -> None:
        self._stored = stored
        self._directory = directory
        self._make_id = make_id

    async def invite(
        self, organisation: OrganisationId, email: str, name: str, role: Role, by: By, purpose: str = "invitation",
        request: Request | None = None,
    ) -> NewLink:  # fmt: skip
        """A `request` that is repeated gets its person, and no link: that was shown once. Raises `IdReused`,
        `IllegalMove` if the address is another person's, `TooMany` and `Unavailable`."""
        member = StaffMember(
            organisation=organisation, id=AgentId(f"p-{self._make_id()}"), role=role, name=name, email=email_form(email)
        )
        after = {"name": name, "email": member.email, "role": role.value}
        added = await self._stored.people.add(member, "", _entry(member, "person.add", by, after=after), request)
        return await self._link(added, purpose, by) if added.id == member.id else NewLink(added, "", 0)

    async def reset(self, member: StaffMember, by: By, purpose: str = "reset") -> NewLink:
        """A link with which the person sets another password. Raises `IllegalMove` and `Unavailable`."""
        if not member.email:
            raise IllegalMove("This person has no e-mail address to sign in with; the host application signs them in.")
        if member.disabled:
            raise IllegalMove("This person is disabled. Enable them first.")
        return await self._link(member, purpose, by)

    async def change(self, member: StaffMember, changes: Changes, by: By) -> StaffMember:
        """Role, name, disabling. Raises `VersionChanged` and `Unavailable`."""
        given = {
            name: value
            for name, value in (("role", changes.role), ("name", changes.name), ("is_disabled", changes.is_disabled))
            if isinstance(value, str | bool)
        }
        former = {"role": member.role.value, "name": member.name, "is_disabled": member.disabled > 0}
        action = "person.disable" if changes.is_disabled is True else "person.change"
        before = {name: former[name] for name in given}
        return await self._changed(member, changes, _entry(member, action, by, before=before, after=given))

    async def sign_out(self, member: StaffMember, by: By) -> StaffMember:
        """Everywhere. Raises `Unavailable`."""
        return await self._changed(member, Changes(signs_out=True), _entry(member, "person.sign_out", by))

    async def find(self, organisation: OrganisationId, id: str) -> StaffMember:
        """Raises `NotFound` and `Unavailable`."""
        if found := await self._stored.people.of(organisation, AgentId(id)):
            return found
        raise NotFound("There is no such person, or none of yours.")

    async def first_admin(self, organisation: OrganisationId, email: str, name: str) -> NewLink:
        """For an organisation without an admin who can sign in. Raises `IllegalMove` and `Unavailable`."""
        after = ""
        while page := await self._stored.people.page(organisation, after, PAGE):
            for member in page:
                if member.role is Role.ADMIN and not member.disabled:
                    return await self._again(member, email)
            after = page[-1].id
        return await self.invite(organisation, email, name, Role.ADMIN, OPERATOR, "first_admin")

    async def _again(self, member: StaffMember, email: str) -> NewLink:
        """The admin who was named before, and has not come yet, gets another link."""
        _, password = await self._stored.people.with_email(member.email) or (None, "")
        if password or member.email != email_form(email):
            raise IllegalMove(f"There is an admin already: {member.email or member.id}.")
        return await self.reset(member, OPERATOR, "first_admin")

    async def _changed(self, member: StaffMember, changes: Changes, entry: AuditEntry) -> StaffMember:
        changed = await self._directory.change(member.organisation, member.id, changes, entry)
        assert changed is not None, "no row is ever deleted"
        return changed

    async def _link(self, member: StaffMember, purpose: str, by: By) -> NewLink:
        secret = secrets.token_urlsafe(32)
        link = Link(hash=link_hash(secret), organisation=member.organisation, person=member.id, purpose=purpose)
        entry = _entry(member, "link.make", by, after={"purpose": purpose})
        made = await self._stored.links.make(link, LINK_SECONDS[purpose], entry)
        return NewLink(member, secret, made.expires)


def _entry(
    member: StaffMember, action: str, by: By, *, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:  # fmt: skip
    return AuditEntry(
        organisation=member.organisation, action=action, subject=member.id, by=by.agent, network=by.network,
        before=before, after=after,
    )  # fmt: skip
