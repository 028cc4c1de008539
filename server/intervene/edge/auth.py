"""Tokens: JSON Web Tokens (RFC 7519). Our own are signed with HS256.

The algorithm is the key's, never the header's. Of two live keys the first signs and both verify, so that one can be
replaced while tokens of the other are still out. Beside these stand the keys of host applications (`host_keys.py`),
which make what their entry says, whatever a token says. docs/protocol.md says what claims a token has (R13, R15, R18).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from sys import intern
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import jwt
import msgspec
import structlog
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Agent, Contact, Role, lower
from intervene.core.codes import CloseCode
from intervene.core.contacts import attributes_of
from intervene.core.errors import BadText
from intervene.core.ids import WEBCHAT, Address, AgentId, ContactId, OrganisationId
from intervene.core.limits import ID_CHARS, PERSON_CHARS
from intervene.core.people import StaffMember
from intervene.core.signing_keys import Algorithm, Purpose
from intervene.core.text import name_text, printable
from intervene.core.tree import ROOTS, Tree
from intervene.edge.familiar import FamiliarHeaders
from intervene.host_keys import HostKey, contact_of, key_name
from intervene.public_keys import verifier

ALGORITHM = Algorithm.HS256  # of our own keys
AUDIENCE = "intervene"
TOKEN_CHARS = 4096
QUOTED_CHARS = 120  # of what a token or a library says, in one line of the log

VISITOR_SECONDS = 3600.0
AGENT_SECONDS = 12 * 3600.0
RENEW_SECONDS = 30 * 24 * 3600.0  # how long after its end a visitor's token still gets a new one
LEEWAY_SECONDS = 60.0  # that another machine's clock may be ahead of ours, for `nbf`

log_ = structlog.get_logger(__name__)

# An id is compared and stored, and so it is refused where a name would be mended: controls, halves of characters, and
# what turns around the line in which it is printed.
_Id = Annotated[
    str, Meta(min_length=1, pattern="\\A[^\\x00-\\x1f\\x7f-\\x9f\u2028-\u202e\u2066-\u2069\\ud800-\\udfff]*\\Z")
]
_Channel = Annotated[_Id, Meta(max_length=ID_CHARS)] | UnsetType
"""The channel that a customer comes by; absent: the organisation's first."""
_Time = Annotated[float, Meta(ge=0, le=2**53)]
"""NumericDate: seconds since 1970, with or without a fraction."""


class Reason(StrEnum):
    """What a token was refused for; a label of a metric."""

    EXPIRED = "expired"
    NOT_YET = "not_yet"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    CLAIMS = "claims"
    SPENT = "spent"
    """Nothing is wrong with it, but its visitor was forgotten."""
    PERSON = "person"
    """The same; there is no such person."""
    DISABLED = "disabled"
    """The same; the person was disabled."""
    ARCHIVED = "archived"
    """The same; the organisation was archived."""
    OUTDATED = "outdated"
    """The same; the person has signed out, or what they may do has changed, since it was made."""


class BadToken(Exception):
    """`detail` is for the log: the signer of the tokens must be able to mend them. `sentence` is for the client,
    which learns no more of another's token than the reason's."""

    def __init__(self, reason: Reason, detail: str = "", sentence: str = "") -> None:
        super().__init__(sentence or _SENTENCES.get(reason, "the token is not valid here"))
        self.reason = reason
        self.detail = printable(detail)[:QUOTED_CHARS]

    @property
    def close_code(self) -> CloseCode:
        """What a session is closed with: says whether another token is worth asking for."""
        return _CLOSES.get(self.reason, CloseCode.BAD_TOKEN)


_SENTENCES = {
    Reason.EXPIRED: "the token has expired",
    Reason.NOT_YET: "the token is not valid yet",
    Reason.SPENT: "this visitor was forgotten",
    Reason.ARCHIVED: "the organisation is archived",
    Reason.DISABLED: "this person may not sign in any more",
    Reason.OUTDATED: "the token is of before a change",
}

_CLOSES = {
    Reason.EXPIRED: CloseCode.TOKEN_EXPIRED,
    Reason.NOT_YET: CloseCode.TOKEN_EXPIRED,
    Reason.OUTDATED: CloseCode.NEW_TOKEN,
}


class _Claims(Struct, frozen=True, kw_only=True, tag_field="typ"):
    """Others may stand beside them. `iat` only informs: RFC 7519 gives it no say."""

    aud: str | list[str]
    org: Annotated[_Id, Meta(max_length=ID_CHARS)]
    sub: Annotated[_Id, Meta(max_length=PERSON_CHARS)]
    name: str
    exp: _Time
    nbf: _Time = 0.0
    iat: _Time = 0.0


class _AgentClaims(_Claims, tag="agent", frozen=True, kw_only=True):
    role: Role
    ver: Annotated[int, Meta(ge=0, le=2**53)] = 0
    """Of the person's row. 0, as in tokens of before there were rows: `sub` is no person's id."""


class _VisitorClaims(_Claims, tag="visitor", frozen=True, kw_only=True):
    chn: _Channel = UNSET


_OwnClaims = _AgentClaims | _VisitorClaims


class _HostClaims(Struct, frozen=True, kw_only=True):
    """Of a token that a host application has signed. What it says of type, and what it does not know, counts nothing;
    an organisation other than the key's is a mistake."""

    aud: str | list[str]
    sub: Annotated[_Id, Meta(max_length=PERSON_CHARS)]
    exp: _Time
    iat: _Time
    nbf: _Time = 0.0
    name: str = ""
    org: object = None
    chn: _Channel = UNSET
    attributes: dict[str, str | int | float | bool | None] = {}


class _HostStaffClaims(_HostClaims, frozen=True, kw_only=True):
    role: Role | None = None


class Credential(NamedTuple):
    """What a good token says. Times are in seconds since 1970. Of staff it says who somebody claims to be: their row
    says who they are (`admitted`)."""

    principal: Principal
    expires: float
    begins: float
    """It is not valid before that."""
    is_of_host: bool
    issued: float = 0.0
    version: int = 0
    """Of the person's row, whose id the token then has; 0: it has another subject."""
    cap: Role = Role.ADMIN
    """The highest role that a session of it has."""
    key: str = ""
    """The name of the host application's, if it is one of those."""

    def admitted(self, member: StaffMember | None) -> Staff:
        """The person whose row was found. Raises `BadToken`."""
        if member is None:
            raise BadToken(Reason.PERSON, "there is no such person")
        if member.disabled:
            raise BadToken(Reason.DISABLED, f"{member.id} was disabled")
        if self.version not in (0, member.version) or self.issued < member.tokens_from // 1000:
            raise BadToken(Reason.OUTDATED, f"of {member.id}")
        return Staff(organisation=member.organisation, agent=member.agent, role=lower(member.role, self.cap))


class Tokens:
    """`now` in seconds since 1970. `refused` is called for each token that was. `hosts`: keys of host applications, by
    name, which are good unless their organisation is archived in the `tree`."""

    def __init__(
        self,
        keys: Sequence[str],
        now: Callable[[], float],
        refused: Callable[[BadToken], None] = lambda problem: None,
        hosts: Mapping[str, HostKey] = MappingProxyType({}),
        tree: Callable[[], Tree] = lambda: ROOTS,
    ) -> None:
        assert keys, "without a key nothing can be signed"
        self._keys = {key_name(key): key for key in keys}
        self._signing = key_name(keys[0])
        self._hosts = hosts
        self._tree = tree
        self._now = now
        self._refused = refused
        self._familiar = FamiliarHeaders()

    def make(self, principal: Principal, expires: float, version: int = 0) -> str:
        """`version`: that of the person's row, whose id the principal has."""
        claims = msgspec.to_builtins(_claims(principal, int(expires), int(self._now()), version))
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers={"kid": self._signing})

    def verify(self, token: str) -> Credential:
        """Raises `BadToken`."""
        return self._checked(token)

    def renew(self, token: str) -> Visitor:
        """The visitor of a token that may have ended meanwhile. Raises `BadToken`."""
        found = self._checked(token, is_renewal=True).principal
        assert isinstance(found, Visitor), "another is not renewed"
        return found

    def _checked(self, token: str, *, is_renewal: bool = False) -> Credential:
        try:
            found = self._read(token)
            if is_renewal:
                _check_renewal(found)
            now = self._now()
            if found.expires + (RENEW_SECONDS if is_renewal else 0.0) <= now:
                raise BadToken(Reason.EXPIRED, f"{now - found.expires:.1f} s ago")
            if found.begins > now + LEEWAY_SECONDS:
                raise BadToken(Reason.NOT_YET, f"it begins {found.begins - now:.1f} s ahead")
        except BadToken as problem:
            self._refused(problem)
            raise
        return found

    def _read(self, token: str) -> Credential:
        name, payload = self._payload(token)
        if host := self._hosts.get(name):
            if host.organisation in self._tree().archived:
                raise BadToken(Reason.ARCHIVED)
            return _read_of_host(payload, host)._replace(key=name)
        claims: _AgentClaims | _VisitorClaims = _claims_of(payload, _OwnClaims)
        version = claims.ver if isinstance(claims, _AgentClaims) else 0
        return Credential(
            _principal(claims), float(claims.exp), claims.nbf, is_of_host=False, issued=claims.iat, version=version
        )

    def _payload(self, token: str) -> tuple[str, bytes]:
        """The name of the key that has signed it, and what. Only the signature is the library's to judge: time and
        types are judged here, by one clock and strictly."""
        if len(token) > TOKEN_CHARS or not token.isascii():
            raise BadToken(Reason.MALFORMED, f"{len(token)} characters; at most {TOKEN_CHARS} of ASCII are read")
        if familiar := self._familiar.read(token, self._signer):
            return familiar
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if not isinstance(kid, str) or (signer := self._signer(kid)) is None:
                raise BadToken(Reason.UNKNOWN_KEY, f"kid is {kid!r}")
            algorithm, key = signer
            if header.get("alg") != algorithm:
                raise BadToken(Reason.ALGORITHM, f"alg is not {algorithm}, as that key's is")
            payload: bytes = _SIGNATURES.decode(token, verifier(algorithm, key), [algorithm])
            self._familiar.learn(token, kid, algorithm)
            return kid, payload
        except jwt.InvalidSignatureError:
            raise BadToken(Reason.SIGNATURE) from None
        except (jwt.PyJWTError, LookupError, TypeError, ValueError) as problem:
            raise BadToken(Reason.MALFORMED, str(problem)) from None

    def _signer(self, name: str) -> tuple[Algorithm, str] | None:
        if host := self._hosts.get(name):
            return host.algorithm, host.key
        return (ALGORITHM, own) if (own := self._keys.get(name)) else None


_SIGNATURES = jwt.PyJWS()


def _check_renewal(found: Credential) -> None:
    if found.is_of_host:
        sentence = "the token is your application's, which makes the next one itself; only visitors are renewed here"
        raise BadToken(Reason.CLAIMS, "a token of a host application is not renewed", sentence)
    if not isinstance(found.principal, Visitor):
        raise BadToken(Reason.CLAIMS, "only a visitor's token is renewed")


def _read_of_host(payload: bytes, host: HostKey) -> Credential:
    """The key's entry says whose it is, whatever the token says."""
    organisation = OrganisationId(host.organisation)
    claims: _HostClaims
    if host.purpose is Purpose.STAFF:
        claims = _claims_of(payload, _HostStaffClaims)
    else:
        claims = _claims_of(payload, _HostClaims)
    if claims.org not in (None, organisation):
        raise BadToken(Reason.CLAIMS, f"org is {claims.org!r}, and the key is of {organisation!r}")
    if host.lifetime and claims.exp - claims.iat > host.lifetime:
        raise BadToken(Reason.CLAIMS, f"it lasts longer than this key's {host.lifetime} s")
    name, cap = name_text(claims.name), Role.ADMIN
    principal: Principal
    if isinstance(claims, _HostStaffClaims):
        if claims.role is not None and lower(claims.role, host.role) is not claims.role:
            raise BadToken(Reason.CLAIMS, f"this key makes no {claims.role}")
        agent, cap = Agent(id=AgentId(claims.sub), name=name), claims.role or host.role
        principal = Staff(organisation=organisation, agent=agent, role=claims.role or Role.AGENT)
    else:
        contact = Contact(id=contact_of(organisation, claims.sub), name=name, vouched=True)
        principal = replace(_visitor(organisation, contact, claims.chn), vouched=_vouched(claims))
    begins = max(claims.nbf, claims.iat)
    return Credential(principal, float(claims.exp), begins, is_of_host=True, issued=claims.iat, cap=cap)


def _vouched(claims: _HostClaims) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(attributes_of(claims.attributes).items())
    except BadText as problem:
        raise BadToken(Reason.CLAIMS, problem.sentence) from None


_CLAIMS = {kind: msgspec.json.Decoder(kind).decode for kind in (_OwnClaims, _HostClaims, _HostStaffClaims)}


def _claims_of(payload: bytes, kind: Any) -> Any:
    try:
        claims = _typed(payload, kind) or msgspec.convert(_json(payload), kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as problem:  # the latter: half of a pair where a number is due
        raise BadToken(Reason.CLAIMS, str(problem)) from None
    if AUDIENCE not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
        raise BadToken(Reason.AUDIENCE, f"aud is {claims.aud!r}")
    return claims


def _typed(payload: bytes, kind: Any) -> Any:
    """None: not so, and it is to be read in two steps, which say why or mend it."""
    try:
        return _CLAIMS[kind](payload)
    except (ValueError, RecursionError):
        return None


def _json(payload: bytes) -> object:
    """Raises `BadToken`."""
    try:
        return msgspec.json.decode(payload)
    except (ValueError, RecursionError):  # it takes half of a surrogate pair, which is mended in a name, for no JSON
        pass
    try:
        return json.loads(payload.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadToken(Reason.MALFORMED, "the payload is not JSON") from None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")  # NaN and Infinity, which Python reads


def _claims(principal: Principal, exp: int, now: int, version: int) -> _Claims:
    organisation = principal.organisation
    if isinstance(principal, Staff):
        agent, role = principal.agent, principal.role
        return _AgentClaims(
            aud=AUDIENCE, org=organisation, sub=agent.id, name=agent.name, role=role, ver=version, iat=now, exp=exp
        )
    contact, channel = principal.contact, principal.reached_at.channel
    return _VisitorClaims(
        aud=AUDIENCE, org=organisation, sub=contact.id, name=contact.name, iat=now, exp=exp,
        chn=UNSET if channel == WEBCHAT else channel,
    )  # fmt: skip


def _principal(claims: _AgentClaims | _VisitorClaims) -> Principal:
    organisation, name = OrganisationId(intern(claims.org)), name_text(claims.name)  # one string for all its sessions
    if isinstance(claims, _AgentClaims):
        agent = Agent(id=AgentId(claims.sub), name=name)
        return Staff(organisation=organisation, agent=agent, role=claims.role)
    contact = Contact(id=ContactId(claims.sub), name=name)
    return _visitor(organisation, contact, claims.chn)


def _visitor(organisation: OrganisationId, contact: Contact, channel: str | UnsetType) -> Visitor:
    address = None if channel in (UNSET, WEBCHAT) else Address(str(channel), contact.id)
    return Visitor(organisation=organisation, contact=contact, address=address)
