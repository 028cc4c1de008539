"""Keys of host applications, as organisations keep them. What a key may make is said here and nowhere in a token."""

from enum import StrEnum

from msgspec import Struct

from intervene.core.actors import Role
from intervene.core.ids import OrganisationId


class Purpose(StrEnum):
    CONTACTS = "contacts"
    STAFF = "staff"


class Algorithm(StrEnum):
    """With which a key's tokens are signed: a secret, or a private key of which we have the public one."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"


class SigningKey(Struct, frozen=True, kw_only=True, gc=False):
    """`kid` names it in the header of tokens, and is unique in the installation. `role`: the highest that it gives,
    never that of an admin. `key`: the secret, or the public key as PEM. `lifetime`: the most seconds from a token's
    `iat` to its `exp`. `archived`: since when it is good for nothing, 0: it is good."""

    kid: str
    organisation: OrganisationId
    name: str
    purpose: Purpose
    role: Role
    key: str
    lifetime: int
    version: int = 1
    archived: int = 0
    algorithm: Algorithm = Algorithm.HS256

    def __repr__(self) -> str:
        return f"SigningKey({self.kid}, {self.purpose}, {self.organisation})"
