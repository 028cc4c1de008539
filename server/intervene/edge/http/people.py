"""The people of an organisation over HTTP: for admins of it and of those above it; their names for all its staff."""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import UNSET, Struct, UnsetType

from intervene.accounts.accounts import Accounts
from intervene.accounts.staff import PAGE, NewLink
from intervene.core.access import check_in_use
from intervene.core.actors import Role
from intervene.core.errors import IllegalMove, NotFound
from intervene.core.ids import AgentId, QueueId
from intervene.core.limits import PERSON_CHARS
from intervene.core.people import StaffMember
from intervene.core.policy import Policy
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.http.session import Email, Name, visible_name
from intervene.edge.services import Services
from intervene.ports.people import Changes


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class PersonRow(Struct, frozen=True, kw_only=True):
    """Times in milliseconds since 1970. `disabled`: since when, 0 for not."""

    id: AgentId
    name: str
    email: str
    role: Role
    version: int
    disabled: int
    created_at: int


class PersonRows(Struct, frozen=True, kw_only=True):
    items: list[PersonRow]
    next: str = ""


class Colleague(Struct, frozen=True, kw_only=True):
    """`queues`: those that they serve, by their ids. Supervisors and admins see what waits in all others too."""

    id: AgentId
    name: str
    role: Role
    queues: list[QueueId]


class Colleagues(Struct, frozen=True, kw_only=True):
    items: list[Colleague]
    next: str = ""


class NewPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email
    name: Name
    role: Role = Role.AGENT


class ChangePerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class Invitation(Struct, frozen=True, kw_only=True):
    """`link`: what `POST /v1/session/redeem` takes. It is shown once: a repeated request is answered without."""

    person: PersonRow
    link: str = ""
    expires: int = 0

    @property
    def id(self) -> AgentId:
        return self.person.id


# -- acts --------------------------------------------------------------------------------------------------------------


async def read_people(api: _Api, call: Call) -> PersonRows:
    found, following = await _page(api, call)
    return PersonRows(items=[_row(member) for member in found], next=following)


async def read_colleagues(api: _Api, call: Call) -> Colleagues:
    found, following = await _page(api, call)
    policy = await api.services.policies.loaded(call.organisation)
    in_use = [id for id, queue in policy.queues.items() if not queue.is_archived]
    items = [_colleague(member, in_use, policy) for member in found if not member.disabled]
    return Colleagues(items=items, next=following)


def _colleague(member: StaffMember, queues: Sequence[QueueId], policy: Policy) -> Colleague:
    served = [id for id in queues if policy.serves(member.id, id)]
    return Colleague(id=member.id, name=member.name, role=member.role, queues=served)


async def _page(api: _Api, call: Call) -> tuple[Sequence[StaffMember], str]:
    if "\0" in call.after or len(call.after) > PERSON_CHARS:
        raise bad_cursor()
    found = await _accounts(api).stored.people.page(call.organisation, call.after, PAGE)
    return found, found[-1].id if len(found) == PAGE else ""


async def invite(api: _Api, call: Call) -> Invitation:
    asked: NewPerson = call.body
    check_in_use(call.organisation, api.services.tree())
    name = visible_name(asked.name)
    made = await _accounts(api).staff.invite(
        call.organisation, asked.email, name, asked.role, call.by, request=call.request
    )
    return _invitation(made)


async def change(api: _Api, call: Call) -> PersonRow:
    asked: ChangePerson = call.body
    member = await _named(api, call)
    if member.id == call.by.agent and (asked.role is not UNSET or asked.disabled is not UNSET):
        raise IllegalMove("Nobody takes their own role: another admin does that.")
    name = visible_name(asked.name) if isinstance(asked.name, str) else UNSET
    changes = Changes(name=name, role=asked.role, is_disabled=asked.disabled, expected=call.version)
    return _row(await _accounts(api).staff.change(member, changes, call.by))


async def reset_link(api: _Api, call: Call) -> Invitation:
    return _invitation(await _accounts(api).staff.reset(await _named(api, call), call.by))


async def sign_out(api: _Api, call: Call) -> None:
    await _accounts(api).staff.sign_out(await _named(api, call), call.by)


async def _named(api: _Api, call: Call) -> StaffMember:
    if "\0" in call.path["id"]:
        raise NotFound("There is no such person, or none of yours.")
    return await _accounts(api).staff.find(call.organisation, call.path["id"])


def _accounts(api: _Api) -> Accounts:
    return api.services.accounts


def _row(member: StaffMember) -> PersonRow:
    return PersonRow(
        id=member.id, name=member.name, email=member.email, role=member.role, version=member.version,
        disabled=member.disabled, created_at=member.created_at,
    )  # fmt: skip


def _invitation(made: NewLink) -> Invitation:
    return Invitation(person=_row(made.member), link=made.secret, expires=made.expires)


_ADMINS: dict[str, Any] = {"caller": Caller.STAFF, "least": Role.ADMIN, "price": Price.MESSAGE}

OPERATIONS = (
    Operation(
        "GET", "/v1/colleagues", "who works in the organisation, and in which queues", read_colleagues, Colleagues,
        caller=Caller.STAFF, price=Price.READ,
    ),
    Operation(
        "GET", "/v1/people", "the people of an organisation", read_people, PersonRows, caller=Caller.STAFF,
        least=Role.ADMIN, price=Price.READ,
    ),
    Operation(
        "POST", "/v1/people", "invites somebody: their row, and a link", invite, Invitation, body=NewPerson,
        refusals=frozenset({"id_reused", "illegal_move"}), has_key=True, status=201, **_ADMINS,
    ),
    Operation(
        "PATCH", "/v1/people/{id}", "changes somebody's name or role, disables or enables them", change, PersonRow,
        body=ChangePerson, has_version=True, refusals=frozenset({"illegal_move"}), **_ADMINS,
    ),
    Operation(
        "POST", "/v1/people/{id}/reset-link", "a link with which somebody sets another password", reset_link,
        Invitation, refusals=frozenset({"illegal_move"}), **_ADMINS,
    ),
    Operation("POST", "/v1/people/{id}/sign-out", "signs somebody out everywhere", sign_out, None, **_ADMINS),
)  # fmt: skip
