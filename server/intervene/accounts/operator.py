"""What the operator of a server does with people, from the machine it runs on: the requests of `intervene init` and
`intervene person`, and how they are carried out, in a server that runs or without one.
"""

from msgspec import Struct

from intervene.accounts.sign_in import Stored, email_form
from intervene.accounts.staff import OPERATOR, NewLink, StaffAccounts
from intervene.core.actors import Role
from intervene.core.errors import IllegalMove, NotFound
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import LINK_SECONDS
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.people import Changes, People

SOCKET = "operator.sock"  # in the data directory, for its owner alone
LINE_BYTES = 8 * 1024  # of one request or answer
SECONDS = 15.0  # for an answer

# -- shapes ------------------------------------------------------------------------------------------------------------


class Init(Struct, frozen=True, kw_only=True, tag="init", tag_field="type"):
    organisation: OrganisationId
    email: str
    name: str


class Add(Struct, frozen=True, kw_only=True, tag="add", tag_field="type"):
    organisation: OrganisationId
    email: str
    name: str
    role: Role


class Disable(Struct, frozen=True, kw_only=True, tag="disable", tag_field="type"):
    """`person`: an e-mail address, or an id in the organisation."""

    organisation: OrganisationId
    person: str


class Reset(Struct, frozen=True, kw_only=True, tag="reset", tag_field="type"):
    """The same."""

    organisation: OrganisationId
    person: str


Request = Init | Add | Disable | Reset


class Done(Struct, frozen=True, kw_only=True, tag="done", tag_field="type"):
    """`link`: the secret of a link that was made, "" for none."""

    sentence: str
    link: str = ""


class Failed(Struct, frozen=True, kw_only=True, tag="failed", tag_field="type"):
    sentence: str


# -- carried out -------------------------------------------------------------------------------------------------------


class Operator:
    def __init__(self, stored: Stored, staff: StaffAccounts) -> None:
        self._stored = stored
        self._staff = staff

    async def carry_out(self, request: Request) -> Done:
        """Raises `IllegalMove`, `NotFound`, `TooMany` and `Unavailable`."""
        match request:
            case Init(organisation=organisation, email=email, name=name):
                return _done(await self._staff.first_admin(organisation, email, name), "is the first admin")
            case Add(organisation=organisation, email=email, name=name, role=role):
                return _done(await self._staff.invite(organisation, email, name, role, OPERATOR), f"is {_a(role)} now")
            case Disable():
                member = await self._find(request.organisation, request.person)
                if member.disabled:
                    raise IllegalMove("This person is disabled already.")
                await self._staff.change(member, Changes(is_disabled=True), OPERATOR)
                return Done(sentence=f"{member.id} ({member.name}) is disabled: their sessions end, no token is good.")
            case Reset():
                member = await self._find(request.organisation, request.person)
                return _done(await self._staff.reset(member, OPERATOR), "can set another password", "reset")

    async def _find(self, organisation: OrganisationId, person: str) -> StaffMember:
        if "@" in person and (found := await self._stored.people.with_email(email_form(person))):
            return found[0]
        if member := await self._stored.people.of(organisation, AgentId(person)):
            return member
        raise NotFound(f"Nobody has that address, and nobody in {organisation} that id.")


def _done(made: NewLink, what: str, purpose: str = "") -> Done:
    purpose = purpose or ("first_admin" if "first" in what else "invitation")
    member = made.member
    hours = LINK_SECONDS[purpose] // 3600
    return Done(
        sentence=f"{member.id} ({member.name}) {what}. The link is good once, for {hours} hours.", link=made.secret
    )


def _a(role: Role) -> str:
    return f"an {role.value}" if role is not Role.SUPERVISOR else f"a {role.value}"


class Unpublished:
    """A directory without a server: servers that use the same database find a change by its version, within 2 s."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        return await self._people.change(organisation, id, changes, entry)

    def changed(self, member: StaffMember) -> None:
        pass
