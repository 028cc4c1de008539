"""HTTP as a table of operations: who may call each, what it takes, what it answers and refuses. Routes are made of it.

An operation is carried out in this order: what it costs is paid, its caller shows a token, its body is read, it acts.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from intervene.core.access import Principal, Staff, Visitor, acting_in, person
from intervene.core.actors import Role, lower
from intervene.core.errors import Forbidden
from intervene.core.fair import Owner
from intervene.core.ids import OrganisationId
from intervene.core.origins import is_loopback
from intervene.core.session import Cost
from intervene.edge.allowances import Rate, network
from intervene.edge.auth import BadToken, Credential
from intervene.edge.http import reading
from intervene.edge.http.answers import Problem, answer, answer_text, rate_fields, read_body
from intervene.edge.problems import HEADERS
from intervene.edge.socket.registry import Sockets
from intervene.ports.requests import Request as Idempotent
from intervene.ports.settings import By

ANYWHERE = frozenset(
    {"bad_request", "forbidden", "forwarded", "full", "head_too_large", "host", "http_version", "internal",
     "method_not_allowed", "not_found", "timeout", "too_fast", "too_large", "too_many", "transfer_coding"}
)  # fmt: skip
"""What a request may be refused with before it is known what it asks for, and by a fault of ours."""


FOR_WIDGETS = "/v1/webchat/"
"""What pages of other sites may ask, of origins that are allowed, begins with this."""


class Caller(StrEnum):
    ANYBODY = "anybody"
    STAFF = "staff"
    VISITOR = "a visitor"
    """Also with a token that ended, while it can still be renewed."""


class Price(StrEnum):
    NOTHING = "nothing"
    TOKEN = "token"
    """Paid by the address, from its allowance of visitors' tokens."""
    READ = "read"
    """Paid by the person."""
    MESSAGE = "message"
    """The same."""


COSTS = {Price.READ: Cost.READ, Price.MESSAGE: Cost.MESSAGE}


class Cookie(NamedTuple):
    """`seconds`: for which the browser keeps it; 0 removes it."""

    name: str
    value: str
    path: str
    seconds: int


class WithCookies(NamedTuple):
    """What an act answers, and cookies with it."""

    made: Struct | None
    cookies: tuple[Cookie, ...]


class Call(NamedTuple):
    path: Mapping[str, str]
    body: Any
    """An instance of the operation's `body`."""
    principal: Principal | None
    """Whose token was shown; None where anybody may call."""
    organisation: OrganisationId = OrganisationId("")
    """Where a person of the staff acts: at home, or in the one that the URL names, which they reach."""
    key: str = ""
    """The `Idempotency-Key`, where the operation has one."""
    digest: str = ""
    """The same; of all that is asked with it."""
    version: int = 0
    """Of `If-Match`, where the operation has it: what the caller has seen."""
    after: str = ""
    """Where the last page ended, as the operation itself has said it in `next`; "" for the first."""
    network: str = ""
    """The caller's."""
    label: str = ""
    """What the browser calls itself."""
    cookies: Mapping[str, str] = MappingProxyType({})
    """Where the operation has them."""
    query: Mapping[str, str] = MappingProxyType({})
    """All of the URL's."""

    @property
    def staff(self) -> Staff:
        assert isinstance(self.principal, Staff), "staff call it"
        return self.principal

    @property
    def by(self) -> By:
        """For the audit."""
        return By(self.staff.agent.id, self.network)

    @property
    def request(self) -> Idempotent:
        """That is carried out once."""
        return Idempotent(person=self.staff.agent.id, key=self.key, digest=self.digest)


class Operation(NamedTuple):
    method: str
    path: str
    summary: str
    act: Callable[[Any, Call], Awaitable[Struct | WithCookies | None]]
    """Of an `api.Api`."""
    answer: type[Struct] | None
    """None: the status 204 says it all."""
    caller: Caller = Caller.ANYBODY
    least: Role = Role.AGENT
    """Of staff: those in a lower role are refused with `forbidden`."""
    price: Price = Price.NOTHING
    body: Any = None
    """The type that the body is decoded as; None: there is none."""
    refusals: frozenset[str] = frozenset()
    """The codes that `act` adds."""
    is_development: bool = False
    has_key: bool = False
    """An `Idempotency-Key` is required."""
    has_version: bool = False
    """`If-Match` is required: what has changed meanwhile is not overwritten unseen."""
    status: int = 200
    """Of an answer that is not empty."""
    has_cookies: bool = False
    """It goes by cookies, so that only pages of this server may ask it: each request has their `Origin`."""
    as_text: Callable[[Any], str] | None = None
    """The answer as text, for those who want that."""
    described: Any = None
    """The type of the body for documents, where it is not decoded as what it is."""
    query: Mapping[str, str] = MappingProxyType({})
    """What the URL may have beside `organisation` and `cursor`, and what each means."""

    @property
    def who(self) -> str:
        return _WHO[self.least] if self.caller is Caller.STAFF else self.caller.value

    @property
    def shape(self) -> Any:
        """Of the body, for documents; None: there is none."""
        return self.described or self.body

    @property
    def has_pages(self) -> bool:
        return self.answer is not None and "next" in self.answer.__struct_fields__

    @property
    def own_refusals(self) -> frozenset[str]:
        """Whatever it may be refused with that is not in `ANYWHERE`."""
        of_token = () if self.caller is Caller.ANYBODY else ("bad_token",)
        of_row = ("busy", "unavailable") if self.caller is Caller.STAFF else ()
        of_body = () if self.body is None else ("bad_json", "no_body")
        of_origin = ("origin",) if self.has_cookies or self.path.startswith(FOR_WIDGETS) else ()
        of_version = ("version_changed", "version_needed") if self.has_version else ()
        return self.refusals | {*of_token, *of_row, *of_body, *of_origin, *of_version}


_WHO = {Role.AGENT: "staff", Role.SUPERVISOR: "supervisors", Role.ADMIN: "admins"}


class Operations:
    """Carries them out. `api` is what they act on."""

    def __init__(self, listed: Iterable[Operation], sockets: Sockets, api: object) -> None:
        self._listed = sorted(listed, key=attrgetter("path"))
        self._allowances = sockets.allowances
        self._tokens = sockets.services.tokens
        self._people = sockets.services.people
        self._readers = sockets.services.readers
        self._tree = sockets.services.tree
        self._clock = sockets.services.clock
        self._api = api

    def routes(self) -> list[Route]:
        return [self._route(path, list(listed)) for path, listed in groupby(self._listed, attrgetter("path"))]

    def _route(self, path: str, listed: list[Operation]) -> Route:
        by_method = {operation.method: operation for operation in listed}

        async def endpoint(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            response = await self._carry_out(by_method[method], request)
            response.headers.update(rate_fields(request))
            return response

        return Route(path, endpoint, methods=list(by_method))

    async def _carry_out(self, operation: Operation, request: Request) -> Response:
        address = network(request.client.host) if request.client else ""
        rates = request.scope["state"]["rates"] = list[Rate]()
        if operation.path.startswith("/v1/"):
            wait = self._allowances.take_request(address, self._clock.monotonic())
            rates += self._allowances.rates(None, address, None, self._clock.monotonic())
            paid(wait, "Too many requests of one address in a short time.")
        if operation.has_cookies:
            reading.check_origin(request)
        if operation.price is Price.TOKEN:
            paid(self._allowances.take_token(address, self._clock.monotonic()), "Too many tokens for one address.")
        principal = await self._principal(operation.caller, request)
        if principal is not None and (cost := COSTS.get(operation.price)):
            who, now = person(principal), self._clock.monotonic()
            wait = self._allowances.take(who, address, cost, now)
            rates[:] = self._allowances.rates(who, address, cost, now)
            paid(wait)
        call = await self._call(operation, request, principal, address)
        made = await operation.act(self._api, call)
        if isinstance(made, WithCookies):
            return _with_cookies(_response(made.made, operation), made.cookies, request)
        if made is not None and operation.has_pages:
            made = replace(made, next=reading.cursor(made.next))  # type: ignore[attr-defined]
        if made is not None and operation.as_text and reading.wants_text(request):
            return answer_text(operation.as_text(made), reading.following(request, made))
        return _response(made, operation)

    async def _call(self, operation: Operation, request: Request, principal: Principal | None, address: str) -> Call:
        organisation = OrganisationId("")
        if isinstance(principal, Staff):
            named = request.query_params.get("organisation", principal.organisation)
            organisation = acting_in(principal, named, self._tree())
            _check_role(operation, principal)
        key = reading.idempotency_key(request) if operation.has_key else ""
        version = reading.version(request) if operation.has_version else 0
        after = reading.place(request) if operation.has_pages else ""
        body = await read_body(request, operation.body) if operation.body else None
        digest = reading.digest(operation.method, request.url.path, organisation, body=body) if key else ""
        label, cookies = request.headers.get("user-agent", ""), request.cookies if operation.has_cookies else {}
        return Call(
            request.path_params, body, principal, organisation, key, digest, version, after, address, label, cookies,
            request.query_params,
        )  # fmt: skip

    async def _principal(self, caller: Caller, request: Request) -> Principal | None:
        if caller is Caller.ANYBODY:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        is_bearer = scheme.lower() == "bearer"
        principal: Principal | None = None
        try:
            if is_bearer and caller is Caller.STAFF:
                principal = await self._staff(self._tokens.verify(token))
            elif is_bearer:
                principal = self._tokens.renew(token)
        except BadToken as error:
            raise no_token(f"No: {error}.") from None
        if principal is None:
            whose = "An agent's" if caller is Caller.STAFF else "A visitor's"
            raise no_token(f"{whose} token is needed: Authorization: Bearer ...")
        return principal

    async def _staff(self, credential: Credential) -> Staff | None:
        """As the person's row says. None for a customer."""
        claimed, people = credential.principal, self._people
        if isinstance(claimed, Visitor):
            return None
        member = people.known(claimed, credential.version)
        if member is None:
            who = person(claimed)
            version, is_of_host = credential.version, credential.is_of_host
            member = await self._readers.answer(
                Owner(who, who, 0), lambda reads: reads.in_time(people.find(claimed, version, is_of_host=is_of_host))
            )
        return credential.admitted(member)


def _check_role(operation: Operation, by: Staff) -> None:
    """Raises `Forbidden`."""
    if lower(by.role, operation.least) is not operation.least:
        raise Forbidden(f"Only {_ONLY[operation.least]} may do this.")


_ONLY = {Role.SUPERVISOR: "supervisors and admins", Role.ADMIN: "admins"}


def _response(made: Struct | None, operation: Operation) -> Response:
    if made is None:
        return Response(status_code=204, headers=HEADERS)
    response = answer(made, operation.status)
    if operation.status == 201:
        response.headers["Location"] = f"{operation.path}/{made.id}"  # type: ignore[attr-defined]  # what is made has one
    return response


def _with_cookies(response: Response, cookies: Iterable[Cookie], request: Request) -> Response:
    """Browsers keep a cookie that is `secure` only if it came by https; on this machine there is none."""
    is_secure = not is_loopback(request.scope["state"]["host"])
    for name, value, path, seconds in cookies:
        response.set_cookie(
            name, value, max_age=seconds, path=path, secure=is_secure, httponly=True, samesite="strict"
        )  # fmt: skip
    return response


def paid(wait: float, otherwise: str = "Too many requests of one person in a short time.") -> None:
    """Raises `Problem` if there is a wait."""
    if wait:
        raise Problem(429, "too_fast", otherwise, int(wait) + 1)


def no_token(sentence: str) -> Problem:
    return Problem(401, "bad_token", sentence, fields=(("WWW-Authenticate", "Bearer"),))
