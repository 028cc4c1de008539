"""Keys of host applications: with these they vouch for their own users, or for people of their staff.

A key is known by its name, which a token's header has as `kid`. What it may make is said here and nowhere in a token: a
key for contacts makes contacts, a key for staff makes staff, both of the organisation that stands beside the key.
"""

import json
import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from intervene import files
from intervene.core.actors import Role
from intervene.core.ids import ContactId, OrganisationId
from intervene.core.signing_keys import Algorithm, Purpose
from intervene.core.text import printable
from intervene.public_keys import UnfitKey, checked

FILE_BYTES = 64 * 1024
MOST_KEYS = 100
QUOTED_CHARS = 120
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_ID_CHARS = 40  # of the hash: 160 bits


class BadHostKeys(files.BadPath):
    """The message is one sentence for the person who starts the server."""


class HostKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`organisation` "": that of the settings. `role` is the highest that a key for staff may give;
    never that of an admin. `lifetime`: the most seconds from a token's `iat` to its `exp`; 0: any."""

    purpose: Purpose
    key: Annotated[str, Meta(min_length=32)]
    """For `algorithm`: a secret, or a public key as PEM."""
    organisation: Annotated[str, Meta(pattern=r"\A([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?\Z")] = ""
    role: Role = Role.AGENT
    lifetime: Annotated[int, Meta(ge=0)] = 0
    algorithm: Algorithm = Algorithm.HS256

    def __repr__(self) -> str:
        return f"HostKey({self.purpose}, {self.organisation})"


def contact_of(organisation: OrganisationId, sub: str) -> ContactId:
    """The id of a user of a host application: no visitor's begins so, whatever `sub` is. Neither part may hold NUL, so
    no two pairs are hashed alike. Another key of the organisation makes the same one."""
    text = f"intervene contact\0{organisation}\0{sub}"
    return ContactId("u-" + sha256(text.encode()).hexdigest()[:_ID_CHARS])


def key_name(key: str) -> str:
    """The `kid` of a key of the server itself: says which it is and nothing about it."""
    return sha256(b"intervene kid " + key.encode()).hexdigest()[:16]


def load_host_keys(path: Path, organisation: OrganisationId, own_keys: Collection[str]) -> Mapping[str, HostKey]:
    """The keys of the file, by name; `own_keys` are those of the server itself. Raises `BadHostKeys`."""
    try:
        text = files.read_text(path, FILE_BYTES)
    except OSError as problem:
        raise BadHostKeys(f"host_keys: {path} cannot be read: {files.why(problem)}.") from problem
    except ValueError as problem:
        raise BadHostKeys(f"host_keys: {path} is not text.") from problem
    try:
        found = msgspec.json.decode(text, type=dict[str, HostKey])
    except msgspec.ValidationError as problem:
        raise BadHostKeys(f"host_keys: {path} does not fit: {printable(str(problem))[:QUOTED_CHARS]}.") from None
    except (msgspec.DecodeError, RecursionError):
        raise BadHostKeys(f"host_keys: {path} is not JSON.") from None
    if wrong := _twice(text) or _unfit(found):
        raise BadHostKeys(f"host_keys: {path} cannot be used: {wrong}.")
    made = {
        name: replace(each, organisation=each.organisation or organisation, key=checked(each.algorithm, each.key))
        for name, each in found.items()
    }
    if wrong := _wrong(made, own_keys):
        raise BadHostKeys(f"host_keys: {path} cannot be used: {wrong}.")
    return made


def _unfit(found: Mapping[str, HostKey]) -> str:
    for name, host in found.items():
        try:
            checked(host.algorithm, host.key)
        except UnfitKey as problem:
            return f"{repr(printable(name))[:QUOTED_CHARS]}: {str(problem).rstrip('.')}"
    return ""


def _twice(text: str) -> str:
    """Readers of JSON take one of two members with the same name: whose key it is, or what for, would be a guess."""
    twice: list[str] = []

    def keep(members: list[tuple[str, object]]) -> None:
        names = [name for name, _ in members]
        twice.extend(name for name in names if names.count(name) > 1)

    json.loads(text, object_pairs_hook=keep)
    return f"{repr(printable(twice[0]))[:QUOTED_CHARS]} stands there twice" if twice else ""


def _wrong(found: Mapping[str, HostKey], own_keys: Collection[str]) -> str:
    """What no reader of one key can see. One key under two names would be as good for the purpose of the other."""
    if len(found) > MOST_KEYS:
        return f"it has {len(found)} keys, and at most {MOST_KEYS} are read"
    keys = dict.fromkeys(own_keys, "the server itself")
    own_names = {key_name(key) for key in own_keys}
    for name, host in found.items():
        quoted = repr(printable(name))[:QUOTED_CHARS]
        if not _NAME.match(name) or name in own_names:
            return f"a name has 1 to 64 letters, digits, '_', '.' or '-', and is none of the server's own: not {quoted}"
        if host.key in keys:
            return f"{quoted} and {keys[host.key]} have the same key"
        if host.purpose is Purpose.CONTACTS and host.role is not Role.AGENT:
            return f"{quoted} is for contacts, who have no role"
        if host.role is Role.ADMIN:
            return f"{quoted} would make admins, and no host application may"
        keys[host.key] = quoted
    return ""
