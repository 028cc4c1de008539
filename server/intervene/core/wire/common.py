"""Frames that both audiences send and are sent, and what all frames are made of.

Frames are JSON text, one tagged union each way and audience: `docs/protocol.md` states the rules. Each audience has a
file of its own beside this one. Customers have unions of their own, built as an allow-list: never a staff frame with
fields left out.
"""

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta, Struct, UnsetType

from intervene.core.ids import ConversationId, MessageId
from intervene.core.limits import ID_CHARS, PAGE_EVENTS

SUBPROTOCOL = "intervene.v1"

Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARS, pattern=r"\A[!-~]+\Z")]
Number = Annotated[int, Meta(ge=0, le=2**53)]
Organisation = Annotated[str, Meta(min_length=1, max_length=ID_CHARS)] | UnsetType
"""Of a conversation that staff name: absent, their own."""
MakeId = Callable[[], str]
"""Makes the random id of a message."""


class Incoming(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", gc=False):
    """A frame that comes in."""


class CommandFrame(Incoming, frozen=True, kw_only=True):
    """A frame that asks for a command, by which a conversation changes: its method `command` makes it. A repeat has the
    same `id`."""

    id: Id
    conversation: Id


class Outgoing(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """A frame that goes out."""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Of a frame that goes out."""


class Position(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The last event a client has: its number (`seq` for staff, `pub` for customers) and its id."""

    n: Number
    id: Annotated[str, Meta(max_length=ID_CHARS)]


# -- in ----------------------------------------------------------------------------------------------------------------


class Hello(Incoming, tag="hello", frozen=True, kw_only=True):
    """`claim`: the token of the visitor that the user has been, whose conversation becomes the user's."""

    token: Annotated[str, Meta(max_length=8192)]
    client: Annotated[str, Meta(max_length=128)] = ""
    claim: Annotated[str, Meta(max_length=8192)] = ""


class Refresh(Incoming, tag="refresh", frozen=True, kw_only=True):
    """A newer token for the same person."""

    token: Annotated[str, Meta(max_length=8192)]


class Ping(Incoming, tag="ping", frozen=True, kw_only=True):
    pass


class Watch(Incoming, tag="watch", frozen=True, kw_only=True):
    """Follow a conversation. With `after` it resumes there; without it starts with the newest page."""

    conversation: Id
    after: Position | None = None


class Unwatch(Incoming, tag="unwatch", frozen=True, kw_only=True):
    conversation: Id


class GetPage(Incoming, tag="get_page", frozen=True, kw_only=True):
    """The events before number `before`, newest `limit` of them."""

    conversation: Id
    before: Number
    limit: Annotated[int, Meta(ge=1, le=PAGE_EVENTS)] = 50


class SetTyping(Incoming, tag="set_typing", frozen=True, kw_only=True):
    conversation: Id
    on: bool


class SetRead(Incoming, tag="set_read", frozen=True, kw_only=True):
    """I have read up to number `n`."""

    conversation: Id
    n: Number


class Seen(Incoming, tag="seen", frozen=True, kw_only=True):
    """The control event with number `n` is on my screen now."""

    conversation: Id
    n: Number


Shared = Refresh | Ping


# -- out ---------------------------------------------------------------------------------------------------------------


class Pong(Outgoing, tag="pong", frozen=True, kw_only=True):
    pass


class Refreshed(Outgoing, tag="refreshed", frozen=True, kw_only=True):
    expires: int


class Away(Outgoing, tag="away", frozen=True, kw_only=True):
    """This node is going: come back, to another or the same, after so many milliseconds."""

    after_ms: int


class PieceAdded(Outgoing, tag="piece", frozen=True, kw_only=True):
    conversation: ConversationId
    message: MessageId
    n: int
    text: str


class ReadUpTo(Outgoing, tag="read", frozen=True, kw_only=True):
    """For staff: where they themselves have read to, when another session of theirs moved that. For a customer: where
    the agent who holds control has read to. The highest `n` counts."""

    conversation: ConversationId
    n: int


class OpenStream(Part, frozen=True, kw_only=True):
    """The reply that is being written now: all its committed text and the number of its last piece."""

    message: MessageId
    n: int
    text: str
