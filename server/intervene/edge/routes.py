"""The HTTP of a node, and the way in for sockets.

In development there are tokens for the asking and a page to try things on, both only for this machine.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from intervene.core.access import Principal, Staff, Visitor, person
from intervene.core.control import Agent, Contact, Holder, Role
from intervene.core.conversation import Conversation
from intervene.core.fair import Owner
from intervene.core.ids import AgentId, ContactId, ConversationId, OrganisationId
from intervene.core.session import Cost
from intervene.core.text import name_text
from intervene.edge.allowances import network
from intervene.edge.answers import Problem, answer, handlers, read_body
from intervene.edge.auth import AGENT_SECONDS, VISITOR_SECONDS, BadToken
from intervene.edge.denials import HEADERS, Denial
from intervene.edge.front import Front
from intervene.edge.handshake import SOCKET_PATH, Handshake, admit_locally
from intervene.edge.head import Head
from intervene.edge.metrics import Metrics
from intervene.edge.proxies import LOOPBACK, Proxies
from intervene.edge.sockets import RETRY_SECONDS, Sockets

RECENT = 50  # conversations in one list

POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_PAGES = {
    "/" if file.name == "index.html" else f"/{file.name}": file
    for file in (Path(__file__).parent / "pages").glob("*")
    if file.suffix in _KINDS
}


class Settings(NamedTuple):
    organisation: OrganisationId
    development: bool
    origins: tuple[str, ...] = ()
    """Browser origins that may open sockets; empty: that of this server's own pages."""
    proxies: tuple[str, ...] = LOOPBACK


def make_front(sockets: Sockets, settings: Settings) -> Front:
    """Everything that the public port answers."""
    return Front(
        make_app(sockets, settings),
        sockets.services.metrics,
        proxies=Proxies(settings.proxies),
        admit=_admission(is_local=settings.development),
        socket_path=SOCKET_PATH,
        upgrade=Handshake(sockets, settings.origins),
    )


def make_figures(metrics: Metrics, *, is_local: bool = False) -> Front:
    """What the port for metrics answers: they are for those who run the server, and no path of the public port leads
    there. `is_local`: for this machine only, as everything is in development."""

    async def figures(_request: Request) -> Response:
        data = generate_latest(metrics.registry)
        return Response(data, headers={**HEADERS, "Content-Type": CONTENT_TYPE_LATEST})

    app = _starlette([Route("/metrics", figures)], metrics)
    return Front(app, metrics, proxies=Proxies(), admit=_admission(is_local=is_local))


def _admission(*, is_local: bool) -> Callable[[Head], Denial | None]:
    return admit_locally if is_local else lambda head: None


def make_app(sockets: Sockets, settings: Settings) -> Starlette:
    routes = _Routes(sockets, settings)
    listed = [
        Route("/healthz", routes.health),
        Route("/readyz", routes.ready),
        Route("/tokens/visitor", routes.visitor_token, methods=["POST"]),
        Route("/conversations", routes.conversations),
    ]
    if settings.development:
        listed.append(Route("/tokens/agent", routes.agent_token, methods=["POST"]))
        listed += [Route(path, routes.page) for path in _PAGES]
    return _starlette(listed, sockets.services.metrics)


def _starlette(listed: list[Route], metrics: Metrics) -> Starlette:
    app = Starlette(routes=listed, exception_handlers=handlers(metrics))
    app.router.redirect_slashes = False  # it would send clients to whatever host they named
    return app


# -- bodies ------------------------------------------------------------------------------------------------------------


class AskVisitorToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`renew`: an earlier token, to stay the same visitor."""

    name: str = ""
    renew: str = ""


class AskAgentToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    role: Role = Role.AGENT


class VisitorToken(Struct, frozen=True, kw_only=True):
    """`expires` in milliseconds since 1970, as in frames."""

    token: str
    visitor: ContactId
    expires: int


class AgentToken(Struct, frozen=True, kw_only=True):
    token: str
    agent: AgentId
    expires: int


class Summary(Struct, frozen=True, kw_only=True):
    """A line of an agent's list."""

    id: ConversationId
    contact: Contact
    holder: Holder
    is_open: bool
    asked: int
    last_at: int


class Conversations(Struct, frozen=True, kw_only=True):
    conversations: list[Summary]


# -- routes ------------------------------------------------------------------------------------------------------------


class _Routes:
    def __init__(self, sockets: Sockets, settings: Settings) -> None:
        self._sockets = sockets
        self._services = sockets.services
        self._settings = settings

    # -- the node's own state ------------------------------------------------------------------------------------------

    async def health(self, _request: Request) -> Response:
        return answer({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        reason = "it is stopping" if self._sockets.is_draining else self._services.ready()
        if reason:
            raise Problem(503, "not_ready", f"Not ready: {reason}.", RETRY_SECONDS)
        return answer({"status": "ready"})

    # -- tokens --------------------------------------------------------------------------------------------------------

    async def visitor_token(self, request: Request) -> Response:
        if wait := self._sockets.allowances.take_token(_address(request), self._services.clock.monotonic()):
            raise Problem(429, "too_fast", "Too many tokens for one address.", int(wait) + 1)
        asked = await read_body(request, AskVisitorToken)
        visitor = self._renewed(asked.renew) if asked.renew else self._new_visitor()
        if name := name_text(asked.name):
            visitor = replace(visitor, contact=Contact(id=visitor.contact.id, name=name))
        token = self._services.tokens.make(visitor)
        return answer(VisitorToken(token=token, visitor=visitor.contact.id, expires=_milliseconds(visitor)))

    def _new_visitor(self) -> Visitor:
        contact = Contact(id=ContactId(f"v-{self._services.make_id()}"), name="")
        expires = self._services.clock.now() / 1000 + VISITOR_SECONDS
        return Visitor(organisation=self._settings.organisation, contact=contact, expires=expires)

    def _renewed(self, token: str) -> Visitor:
        try:
            return self._services.tokens.renew(token)
        except BadToken as error:
            raise Problem(401, "bad_token", f"It cannot be renewed: {error}.") from None

    async def agent_token(self, request: Request) -> Response:
        asked = await read_body(request, AskAgentToken)
        name = name_text(asked.name)
        if not name:
            raise Problem(400, "bad_request", "The body does not fit: the name has no visible character.")
        agent = Agent(id=_agent_id(name), name=name)
        expires = self._services.clock.now() / 1000 + AGENT_SECONDS
        staff = Staff(organisation=self._settings.organisation, agent=agent, role=asked.role, expires=expires)
        token = self._services.tokens.make(staff)
        return answer(AgentToken(token=token, agent=agent.id, expires=_milliseconds(staff)))

    # -- for agents ----------------------------------------------------------------------------------------------------

    async def conversations(self, request: Request) -> Response:
        staff = self._staff(request)
        who = person(staff)
        now = self._services.clock.monotonic()
        if wait := self._sockets.allowances.take(who, _address(request), Cost.READ, now):
            raise Problem(429, "too_fast", "Too many lists in a short time.", int(wait) + 1)
        recent = await self._services.readers.answer(
            Owner(who, who, 0), lambda log: log.recent(staff.organisation, RECENT)
        )
        return answer(Conversations(conversations=[_summary(state) for state in recent]))

    def _staff(self, request: Request) -> Staff:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            principal = self._services.tokens.verify(token) if scheme.lower() == "bearer" else None
        except BadToken as error:
            raise Problem(401, "bad_token", f"No: {error}.") from None
        if not isinstance(principal, Staff):
            raise Problem(401, "bad_token", "An agent's token is needed: Authorization: Bearer ...")
        return principal

    # -- the page to try things on -------------------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        file = _PAGES[request.scope["path"]]
        headers = {**HEADERS, "Content-Security-Policy": POLICY}
        return Response(file.read_bytes(), headers=headers, media_type=_KINDS[file.suffix])


def _address(request: Request) -> str:
    return network(request.client.host) if request.client else ""


def _agent_id(name: str) -> AgentId:
    """The same name, but for capitals and the width of blanks, is the same agent, and another name another one: where
    letters are lost, a hash of all of them follows."""
    whole = " ".join(normalize("NFC", name).lower().split())
    if re.fullmatch(r"[a-z0-9 ]{1,40}", whole):
        return AgentId(whole.replace(" ", "-"))
    slug = re.sub(r"[^a-z0-9]+", "-", whole)[:40].strip("-")
    return AgentId(f"{slug or 'agent'}.{sha256(whole.encode()).hexdigest()[:12]}")


def _milliseconds(principal: Principal) -> int:
    return int(principal.expires) * 1000


def _summary(state: Conversation) -> Summary:
    return Summary(
        id=state.id, contact=state.contact, holder=state.holder, is_open=state.is_open, asked=state.asked,
        last_at=state.last_at,
    )  # fmt: skip
