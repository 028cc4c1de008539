"""The operations over HTTP: their table, the shapes of what they take and answer, and what they do."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from msgspec import Struct

from intervene.core.access import Staff, person
from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.session import Cost
from intervene.core.text import name_text
from intervene.edge.auth import AGENT_SECONDS
from intervene.edge.channels import Channels
from intervene.edge.http import (
    audit,
    beginning,
    blocks,
    bulk,
    commands,
    contacts,
    development,
    drafts,
    history,
    lists,
    organisations,
    people,
    session,
    settings,
    signing_keys,
    tags,
    takeovers,
    webchat,
)
from intervene.edge.http.answers import Problem
from intervene.edge.http.development import NO_DEMO, DemoPeople
from intervene.edge.http.operations import Call, Operation, paid
from intervene.edge.http.pages import BUILT
from intervene.edge.proxies import LOOPBACK
from intervene.edge.socket.registry import RETRY_SECONDS, Sockets
from intervene.ports.people import Changes


class Settings(NamedTuple):
    organisation: OrganisationId
    development: bool
    origins: tuple[str, ...] = ()
    """Browser origins that may open sockets beside that of this server's own pages."""
    proxies: tuple[str, ...] = LOOPBACK
    pages: Path = BUILT
    desk_token_url: str = ""
    demo: Callable[[], Awaitable[DemoPeople]] = NO_DEMO
    """Asked in development."""


# -- shapes ------------------------------------------------------------------------------------------------------------


class Status(Struct, frozen=True, kw_only=True):
    status: str


class AskAgentToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    role: Role = Role.AGENT


class AgentToken(Struct, frozen=True, kw_only=True):
    token: str
    agent: AgentId
    expires: int


class Desk(Struct, frozen=True, kw_only=True):
    """How agents enter the desk: in development with a name, else with the token that `token_url` answers, if any."""

    development: bool
    token_url: str


# -- acts --------------------------------------------------------------------------------------------------------------


class Api:
    def __init__(self, sockets: Sockets, settings: Settings, channels: Channels) -> None:
        self._sockets = sockets
        self.services = sockets.services
        self.visitors, self.blocked = sockets.visitors, sockets.blocked
        self.channels = channels
        self._settings = settings
        self.demo = settings.demo

    def pay(self, call: Call, commands: int) -> None:
        """For so many more than the operation's price. Raises `Problem`."""
        who, now = person(call.staff), self.services.clock.monotonic()
        paid(self._sockets.allowances.take(who, call.network, Cost.MESSAGE, now, commands))

    async def health(self, _call: Call) -> Status:
        return Status(status="ok")

    async def ready(self, _call: Call) -> Status:
        reason = "it is stopping" if self._sockets.is_draining else self.services.ready()
        if reason:
            raise Problem(503, "not_ready", f"Not ready: {reason}.", RETRY_SECONDS)
        return Status(status="ready")

    async def desk(self, _call: Call) -> Desk:
        return Desk(development=self._settings.development, token_url=self._settings.desk_token_url)

    async def development_agent(self, call: Call) -> AgentToken:
        asked: AskAgentToken = call.body
        name = name_text(asked.name)
        if not name:
            raise Problem(400, "bad_request", "The body does not fit: the name has no visible character.")
        claimed = Staff(
            organisation=self._settings.organisation, agent=Agent(id=_agent_id(name), name=name), role=asked.role
        )
        member, expires = await self._with_role(claimed), self._seconds + AGENT_SECONDS
        staff = Staff(organisation=member.organisation, agent=member.agent, role=member.role)
        token = self.services.tokens.make(staff, expires, member.version)
        return AgentToken(token=token, agent=member.id, expires=_milliseconds(expires))

    async def _with_role(self, claimed: Staff) -> StaffMember:
        """In development people have the role that they ask for."""
        people = self.services.people
        member = await people.find(claimed, 0)
        assert member is not None, "a subject without a row gets one"
        if member.role is claimed.role:
            return member
        entry = AuditEntry(
            organisation=member.organisation, action="person.role", subject=member.id,
            before={"role": member.role.value}, after={"role": claimed.role.value},
        )  # fmt: skip
        changed = await people.change(member.organisation, member.id, Changes(role=claimed.role), entry)
        assert changed is not None, "no row is ever deleted"
        return changed

    @property
    def _seconds(self) -> float:
        return self.services.clock.now() / 1000


OPERATIONS = (
    Operation("GET", "/healthz", "whether the process serves", Api.health, Status),
    Operation(
        "GET", "/readyz", "whether the node can take sessions", Api.ready, Status, refusals=frozenset({"not_ready"})
    ),
    *webchat.OPERATIONS,
    Operation("GET", "/v1/desk", "how agents enter the desk", Api.desk, Desk),
    *lists.OPERATIONS,
    *tags.OPERATIONS,
    *commands.OPERATIONS,
    *bulk.OPERATIONS,
    *history.OPERATIONS,
    *takeovers.OPERATIONS,
    *settings.OPERATIONS,
    *session.OPERATIONS,
    *people.OPERATIONS,
    *organisations.OPERATIONS,
    *audit.OPERATIONS,
    *signing_keys.OPERATIONS,
    *development.OPERATIONS,
    *contacts.OPERATIONS,
    *beginning.OPERATIONS,
    *blocks.OPERATIONS,
    *drafts.OPERATIONS,
    Operation(
        "POST", "/v1/development/agents", "the token of an agent", Api.development_agent, AgentToken,
        body=AskAgentToken, refusals=frozenset({"busy", "unavailable"}), is_development=True,
    ),
)  # fmt: skip


def _agent_id(name: str) -> AgentId:
    """The same name, but for capitals and the width of blanks, is the same agent, and another name another one: where
    letters are lost, a hash of all of them follows."""
    whole = " ".join(normalize("NFC", name).lower().split())
    if re.fullmatch(r"[a-z0-9 ]{1,40}", whole):
        return AgentId(whole.replace(" ", "-"))
    slug = re.sub(r"[^a-z0-9]+", "-", whole)[:40].strip("-")
    return AgentId(f"{slug or 'agent'}.{sha256(whole.encode()).hexdigest()[:12]}")


def _milliseconds(expires: float) -> int:
    return int(expires) * 1000
