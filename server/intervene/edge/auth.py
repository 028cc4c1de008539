"""Tokens: JSON Web Tokens signed with HS256, and the file that keeps the keys.

The algorithm is ours, never the header's. Of two live keys the first signs and both verify, so that one can be
replaced while tokens of the other are still out.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import jwt
import msgspec
import structlog
from msgspec import Meta, Struct
from msgspec.structs import replace

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.control import Agent, Contact, Role
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.core.limits import ID_CHARS
from intervene.files import BadPath, why

ALGORITHM = "HS256"
AUDIENCE = "intervene"
TOKEN_CHARS = 2048
NAME_CHARS = 80

VISITOR_SECONDS = 3600.0
AGENT_SECONDS = 12 * 3600.0
KEY_FILE_BYTES = 64 * 1024
RENEW_SECONDS = 30 * 24 * 3600.0  # how long after its end a visitor's token still gets a new one

log_ = structlog.get_logger(__name__)

Name = Annotated[str, Meta(max_length=NAME_CHARS, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
_Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARS)]
_Time = Annotated[int, Meta(ge=0, le=2**53)]


class BadToken(Exception):
    def __init__(self, *, is_expired: bool = False) -> None:
        super().__init__("the token has expired" if is_expired else "the token is not valid here")
        self.is_expired = is_expired


class _Claims(Struct, frozen=True, kw_only=True, tag_field="typ"):
    aud: str
    org: _Id
    sub: _Id
    name: Name
    iat: _Time
    exp: _Time


class _AgentClaims(_Claims, tag="agent", frozen=True, kw_only=True):
    role: Role


class _VisitorClaims(_Claims, tag="visitor", frozen=True, kw_only=True):
    pass


class Tokens:
    """`now` in seconds since 1970."""

    def __init__(self, keys: Sequence[str], now: Callable[[], float]) -> None:
        assert keys, "without a key nothing can be signed"
        self._keys = {_name(key): key for key in keys}
        self._signing = _name(keys[0])
        self._now = now

    def make(self, principal: Principal) -> str:
        claims = msgspec.to_builtins(_claims(principal, int(self._now())))
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers={"kid": self._signing})

    def verify(self, token: str) -> Principal:
        """Whose it is. Raises `BadToken`."""
        claims = self._read(token)
        if claims.exp <= self._now():
            raise BadToken(is_expired=True)
        return _principal(claims)

    def renew(self, token: str) -> Visitor:
        """The visitor of a token that may have ended meanwhile, with a new end. Raises `BadToken`."""
        claims = self._read(token)
        if not isinstance(claims, _VisitorClaims) or claims.exp + RENEW_SECONDS <= self._now():
            raise BadToken(is_expired=isinstance(claims, _VisitorClaims))
        visitor = _principal(claims)
        assert isinstance(visitor, Visitor), "a visitor's claims are a visitor's"
        return replace(visitor, expires=self._now() + VISITOR_SECONDS)

    def _read(self, token: str) -> _AgentClaims | _VisitorClaims:
        if len(token) > TOKEN_CHARS:
            raise BadToken
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            # Only the signature is the library's to judge: time and types are judged here, by one clock and strictly.
            claims = jwt.decode(
                token, key, [ALGORITHM], options={"verify_exp": False, "verify_iat": False}, audience=AUDIENCE
            )
            return msgspec.convert(claims, _AgentClaims | _VisitorClaims)
        except (jwt.PyJWTError, LookupError, TypeError, ValueError):
            raise BadToken from None


def _claims(principal: Principal, now: int) -> _Claims:
    organisation, exp = principal.organisation, int(principal.expires)
    if isinstance(principal, Staff):
        agent, role = principal.agent, principal.role
        return _AgentClaims(aud=AUDIENCE, org=organisation, sub=agent.id, name=agent.name, role=role, iat=now, exp=exp)
    contact = principal.contact
    return _VisitorClaims(aud=AUDIENCE, org=organisation, sub=contact.id, name=contact.name, iat=now, exp=exp)


def _principal(claims: _AgentClaims | _VisitorClaims) -> Principal:
    organisation = OrganisationId(claims.org)
    if isinstance(claims, _AgentClaims):
        agent = Agent(id=AgentId(claims.sub), name=claims.name)
        return Staff(organisation=organisation, agent=agent, role=claims.role, expires=float(claims.exp))
    contact = Contact(id=ContactId(claims.sub), name=claims.name)
    return Visitor(organisation=organisation, contact=contact, expires=float(claims.exp))


def _name(key: str) -> str:
    """The `kid` of a key: says which it is and nothing about it."""
    return hashlib.sha256(b"intervene kid " + key.encode()).hexdigest()[:16]


# -- the key file ------------------------------------------------------------------------------------------------------


class BadKeyFile(BadPath):
    """The message is one sentence for the person who starts the server."""


class _KeyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`old` still verifies. To replace a key: move `current` to `old`, put a new one there, restart."""

    current: Annotated[str, Meta(min_length=32)]
    old: Annotated[str, Meta(pattern=r"\A(.{32,})?\Z")] = ""


def load_keys(path: Path) -> tuple[str, ...]:
    """The keys of the file, which is made when it is missing. Raises `BadKeyFile`."""
    try:
        if not os.path.lexists(path):
            _make_keys(path)
        data = _read_keys(path)
    except BadKeyFile:
        raise
    except OSError as problem:
        raise BadKeyFile(f"The keys in {path} cannot be read: {why(problem)}.") from problem
    try:
        keys = msgspec.json.decode(data, type=_KeyFile)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise BadKeyFile(f"{path} does not hold keys: restore it, or remove it and every token ends.") from None
    return (keys.current, keys.old) if keys.old else (keys.current,)


def _read_keys(path: Path) -> bytes:
    # Without O_NONBLOCK, a pipe in the place of the file would hold the start up for ever.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise BadKeyFile(f"{path} does not hold keys: it is not a regular file.")
        mode = stat.S_IMODE(facts.st_mode)
        if mode & 0o007:
            raise BadKeyFile(f"{path} can be read by others (mode {mode:o}): run chmod 600 on it, or replace its keys.")
        if mode & 0o070:
            _close_to_group(path, file.fileno(), mode)
        return file.read(KEY_FILE_BYTES)


def _close_to_group(path: Path, file: int, mode: int) -> None:
    """Kubernetes gives the files of a volume to a group (`fsGroup`), with each mount."""
    try:
        os.fchmod(file, mode & ~0o070)
    except OSError as problem:
        log_.warning("the group can read the signing keys", file=str(path), mode=f"{mode:o}", reason=problem.strerror)
    else:
        log_.warning("the group could read the signing keys; now only their owner can", file=str(path), was=f"{mode:o}")


def _make_keys(path: Path) -> None:
    """Whole or not at all, and once, whoever else starts at this moment."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    keys = _KeyFile(current=secrets.token_urlsafe(48))
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was first: its keys are the keys
            os.link(draft, path)
    finally:
        draft.unlink()
