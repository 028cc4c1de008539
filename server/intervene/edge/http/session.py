"""Signing in over HTTP: sessions of a browser, and what people see and change of themselves.

The refresh token is in a cookie that no script reads and that only `/v1/session` gets; a request for it comes from a
page of this server, as its `Origin` shows. What is answered is an access token, which a page keeps in memory.
"""

from typing import Annotated, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from intervene.accounts.accounts import Accounts
from intervene.accounts.sign_in import SignedIn, Visit
from intervene.core import limits
from intervene.core.access import Staff, check_in_use
from intervene.core.actors import Role
from intervene.core.errors import NotFound
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.presence import Choice
from intervene.core.text import name_text, printable
from intervene.edge.http.answers import Problem
from intervene.edge.http.operations import Call, Caller, Cookie, Operation, Price, WithCookies
from intervene.edge.services import Services
from intervene.ports.people import Changes
from intervene.ports.settings import By

PATH = "/v1/session"
REFRESH, KNOWN = "intervene_session", "intervene_device"
KNOWN_SECONDS = 400 * 24 * 3600  # as long as browsers keep a cookie
LABEL_CHARS = 200

SIGN_IN = frozenset({"bad_credentials", "busy", "unavailable"})
IN_USE = frozenset({"illegal_move"})

Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=limits.PERSON_CHARS,
        pattern=r"\A[^\s@\x00-\x1f\ud800-\udfff]+@[^\s@\x00-\x1f\ud800-\udfff]+\Z",
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
NewPassword = Annotated[
    str,
    Meta(
        min_length=limits.PASSWORD_CHARS_LEAST, max_length=limits.PASSWORD_CHARS, pattern=r"\A[^\x00\ud800-\udfff]*\Z"
    ),
]
Password = Annotated[str, Meta(max_length=limits.PASSWORD_CHARS)]
Secret = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email
    password: Password


class Redemption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`link`: what is behind `#link=` in the link that an admin was shown."""

    link: Secret
    password: NewPassword


class LinkSecret(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    link: Secret


class LinkFound(Struct, frozen=True, kw_only=True):
    """Whose link it is. `purpose` is "invitation", "reset" or "first_admin"; `expires` in milliseconds since 1970."""

    purpose: str
    name: str
    email: str
    expires: int


class Me(Struct, frozen=True, kw_only=True):
    id: AgentId
    organisation: OrganisationId
    name: str
    email: str
    role: Role
    version: int
    presence: Choice


class Session(Struct, frozen=True, kw_only=True):
    """`token`: for hello and requests; `expires` in milliseconds since 1970. `device`: the id of this browser among the
    person's devices."""

    token: str
    expires: int
    person: Me
    device: str


class ChangeMe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new `password` takes the `current` one."""

    name: Name | UnsetType = UNSET
    password: NewPassword | UnsetType = UNSET
    current: Password = ""
    presence: Choice | UnsetType = UNSET


class DeviceRow(Struct, frozen=True, kw_only=True):
    """Times in milliseconds since 1970. `used_at`: when it last got another refresh token, or first used one."""

    id: str
    label: str
    created_at: int
    used_at: int


class DeviceRows(Struct, frozen=True, kw_only=True):
    items: list[DeviceRow]


# -- acts --------------------------------------------------------------------------------------------------------------


async def sign_in(api: _Api, call: Call) -> WithCookies:
    asked: Credentials = call.body
    return _session(api, await _accounts(api).sign_in.sign_in(asked.email, asked.password, _visit(call)))


async def look(api: _Api, call: Call) -> LinkFound:
    asked: LinkSecret = call.body
    link, member = await _accounts(api).sign_in.look(asked.link)
    return LinkFound(purpose=link.purpose, name=member.name, email=member.email, expires=link.expires)


async def redeem(api: _Api, call: Call) -> WithCookies:
    asked: Redemption = call.body
    link, _ = await _accounts(api).sign_in.look(asked.link)
    check_in_use(link.organisation, api.services.tree())  # before the link is spent
    return _session(api, await _accounts(api).sign_in.redeem(asked.link, asked.password, _visit(call)))


async def refresh(api: _Api, call: Call) -> WithCookies:
    return _session(api, await _accounts(api).sign_in.refresh(_visit(call)))


async def sign_out(api: _Api, call: Call) -> WithCookies:
    await _accounts(api).sign_in.sign_out(_visit(call))
    return WithCookies(None, (Cookie(REFRESH, "", PATH, 0),))


def _visit(call: Call) -> Visit:
    label = printable(call.label)[:LABEL_CHARS]
    return Visit(call.network, label, call.cookies.get(REFRESH, ""), call.cookies.get(KNOWN, ""))


def _session(api: _Api, signed_in: SignedIn) -> WithCookies:
    """Raises `IllegalMove` to a person whose organisation takes nothing new."""
    member, services = signed_in.member, api.services
    check_in_use(member.organisation, services.tree())
    expires = services.clock.now() / 1000 + limits.ACCESS_SECONDS
    staff = Staff(organisation=member.organisation, agent=member.agent, role=member.role)
    token = services.tokens.make(staff, expires, member.version)
    cookies = []
    if signed_in.refresh:
        cookies.append(Cookie(REFRESH, signed_in.refresh, PATH, limits.DEVICE_SECONDS))
    if signed_in.known:
        cookies.append(Cookie(KNOWN, signed_in.known, PATH, KNOWN_SECONDS))
    session = Session(token=token, expires=int(expires) * 1000, person=_me(member), device=signed_in.device)
    return WithCookies(session, tuple(cookies))


def _me(member: StaffMember) -> Me:
    return Me(
        id=member.id, organisation=member.organisation, name=member.name, email=member.email, role=member.role,
        version=member.version, presence=Choice.AVAILABLE if member.is_available else Choice.BUSY,
    )  # fmt: skip


async def read_me(api: _Api, call: Call) -> Me:
    return _me(await _myself(api, call))


async def change_me(api: _Api, call: Call) -> Me:
    asked: ChangeMe = call.body
    member = await _myself(api, call)
    if isinstance(asked.password, str):
        member = await _accounts(api).sign_in.change_password(member, asked.current, asked.password, call.network)
    if isinstance(asked.name, str):
        changes = Changes(name=visible_name(asked.name))
        member = await _accounts(api).staff.change(member, changes, By(member.id, call.network))
    if isinstance(asked.presence, Choice):
        is_available = asked.presence is Choice.AVAILABLE
        await api.services.attendance.choose(member.organisation, member.id, is_available)
        member = replace(member, is_available=is_available)
    return _me(member)


async def devices(api: _Api, call: Call) -> DeviceRows:
    member = await _myself(api, call)
    found = await _accounts(api).stored.devices.of(member.organisation, member.id)
    rows = [
        DeviceRow(
            id=each.id, label=each.label, created_at=each.created_at, used_at=max(each.issued_at, each.first_used_at)
        )
        for each in found
    ]
    return DeviceRows(items=rows)


async def remove_device(api: _Api, call: Call) -> None:
    member, id = await _myself(api, call), call.path["id"]
    entry = AuditEntry(
        organisation=member.organisation, action="session.end", subject=id, by=member.id, network=call.network
    )
    if "\0" in id or not await _accounts(api).stored.devices.remove(member.id, id, entry):
        raise NotFound("There is no such device, or none of yours.")


async def sign_me_out(api: _Api, call: Call) -> None:
    member = await _myself(api, call)
    await _accounts(api).staff.sign_out(member, By(member.id, call.network))


def visible_name(given: str) -> str:
    """Raises `Problem`."""
    if name := name_text(given):
        return name
    raise Problem(400, "bad_request", "The body does not fit: the name has no visible character.")


async def _myself(api: _Api, call: Call) -> StaffMember:
    return await _accounts(api).staff.find(call.staff.organisation, call.staff.agent.id)


def _accounts(api: _Api) -> Accounts:
    return api.services.accounts


OPERATIONS = (
    Operation(
        "POST", PATH, "signs in with e-mail and password", sign_in, Session, body=Credentials, has_cookies=True,
        refusals=SIGN_IN | IN_USE,
    ),
    Operation(
        "DELETE", PATH, "signs this browser out", sign_out, None, has_cookies=True,
        refusals=frozenset({"unavailable"}),
    ),
    Operation(
        "POST", f"{PATH}/refresh", "an access token for a browser that is signed in", refresh, Session,
        has_cookies=True, refusals=IN_USE | {"signed_out", "unavailable"},
    ),
    Operation(
        "POST", f"{PATH}/link", "whose a link is that is good once, and until when", look, LinkFound, body=LinkSecret,
        has_cookies=True, refusals=frozenset({"bad_link", "unavailable"}),
    ),
    Operation(
        "POST", f"{PATH}/redeem", "sets a password with a link that is good once, and signs in", redeem, Session,
        body=Redemption, has_cookies=True, refusals=IN_USE | {"bad_link", "busy", "unavailable"},
    ),
    Operation("GET", "/v1/me", "who one is", read_me, Me, caller=Caller.STAFF, price=Price.READ),
    Operation(
        "PATCH", "/v1/me", "changes one's own name, password or presence", change_me, Me,
        caller=Caller.STAFF, price=Price.MESSAGE, body=ChangeMe, refusals=SIGN_IN | {"version_changed"},
    ),
    Operation(
        "GET", "/v1/me/devices", "the browsers on which one is signed in", devices, DeviceRows, caller=Caller.STAFF,
        price=Price.READ,
    ),
    Operation(
        "DELETE", "/v1/me/devices/{id}", "signs one of them out", remove_device, None, caller=Caller.STAFF,
        price=Price.MESSAGE,
    ),
    Operation(
        "POST", "/v1/me/sign-out", "signs oneself out everywhere", sign_me_out, None, caller=Caller.STAFF,
        price=Price.MESSAGE,
    ),
)  # fmt: skip
