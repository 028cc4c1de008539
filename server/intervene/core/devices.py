"""A device: a browser that somebody has signed in on, as it is stored."""

from msgspec import Struct

from intervene.core.ids import AgentId, OrganisationId


class Device(Struct, frozen=True, kw_only=True, gc=False):
    """Times are milliseconds since 1970, on the database's clock; 0: not yet.

    `n` is the number of its present refresh token, `issued_at` and `first_used_at` are of that token.
    """

    id: str
    organisation: OrganisationId
    person: AgentId
    label: str = ""
    n: int = 1
    issued_at: int = 0
    first_used_at: int = 0
    created_at: int = 0
