"""Requests that make something: each is carried out once, however often it is repeated."""

from msgspec import Struct

from intervene.core.ids import AgentId


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """`key`: chosen by `person` for it; `digest` stands for all that it asks.

    Ports that make something take one. In the transaction in which they do, they keep what they made: repeated within
    `limits.REQUEST_KEPT_SECONDS`, a request is answered with that, as it is by then, and nothing is made or recorded.
    They raise `IdReused` if the key is that of another request. What was refused was not carried out.
    """

    person: AgentId
    key: str
    digest: str
