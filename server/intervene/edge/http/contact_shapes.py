"""Contacts as HTTP answers show them, and what is asked of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from intervene.core import limits
from intervene.core.blocks import Block
from intervene.core.contacts import (
    AddressKind,
    Attribute,
    ContactAddress,
    ContactRow,
    Profile,
    Source,
    effective,
)
from intervene.core.conversation.state import Conversation
from intervene.core.ids import ContactId, ConversationId, IdentityId, ReasonId
from intervene.core.wire import views
from intervene.core.wire.inbox import Row
from intervene.edge.http.blocks import BlockRow
from intervene.edge.http.session import Name

Id = Annotated[str, Meta(min_length=1, max_length=limits.ID_CHARS)]
MaybeId = Annotated[str, Meta(max_length=limits.ID_CHARS)]


# -- shapes ------------------------------------------------------------------------------------------------------------


class ContactLine(Struct, frozen=True, kw_only=True):
    """A contact in a list."""

    id: ContactId
    name: str
    version: int


class ContactLines(Struct, frozen=True, kw_only=True):
    items: list[ContactLine]
    next: str = ""


class AddressLine(Struct, frozen=True, kw_only=True):
    """`vouched`: the host application or a provider says whose it is. `spent`: it was given up. `here`: of a
    conversation's contact, that it is with this address, or with another one of the same customer on its channel.
    `block`: nothing is taken from it."""

    channel: str
    address: str
    kind: AddressKind = AddressKind.OWN
    vouched: bool = False
    spent: bool = False
    here: bool = False
    block: BlockRow | None = None


class AttributeLine(Struct, frozen=True, kw_only=True):
    """`value` is the one that counts, and `source` where it comes from: a visitor's is not verified."""

    name: str
    value: str
    source: Source
    by: str
    at: int


class ContactPage(Struct, frozen=True, kw_only=True):
    """A contact. `id` is another one than was asked for if that was merged into it."""

    id: ContactId
    name: str
    version: int
    created_at: int
    addresses: list[AddressLine]
    attributes: list[AttributeLine]


class SaidLine(AttributeLine, frozen=True, kw_only=True):
    """`counts`: it is the value that counts, of all that are said under that name."""

    counts: bool


class Attributes(Struct, frozen=True, kw_only=True):
    items: list[SaidLine]


class ChangeAttributes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What staff say of the contact from now on; null or an empty text: nothing any more."""

    attributes: Annotated[dict[str, str | int | float | bool | None], Meta(max_length=limits.ATTRIBUTES_AT_ONCE)]


class NewAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    channel: Id
    address: Annotated[str, Meta(min_length=1, max_length=limits.ADDRESS_CHARS)]
    kind: AddressKind = AddressKind.PHONE


class AskContact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    addresses: Annotated[list[NewAddress], Meta(max_length=limits.ADDRESSES)] = []


class ChangeContact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET


class PastConversation(Row, frozen=True, kw_only=True):
    """`reason`: why it was closed last, by its id; `rating`: what its customer gave that close, 0 for nothing."""

    reason: ReasonId = ReasonId("")
    rating: int = 0


class PastConversations(Struct, frozen=True, kw_only=True):
    """The newest first. `read`: up to where one has read, of those in which one has."""

    items: list[PastConversation]
    read: dict[ConversationId, int]
    next: str = ""


# -- what they are made of ---------------------------------------------------------------------------------------------


def line(row: ContactRow) -> ContactLine:
    return ContactLine(id=row.id, name=row.name, version=row.version)


def page(found: Profile, blocks: Mapping[ContactAddress, Block], here: IdentityId | None = None) -> ContactPage:
    """`here`: the identity of the conversation whose contact it is."""
    row = found.row
    return ContactPage(
        id=row.id, name=row.name, version=row.version, created_at=row.created_at,
        addresses=[_address(each, blocks.get(each), is_here=each.identity == here) for each in found.addresses],
        attributes=[_attribute(each) for each in effective(found.attributes).values()],
    )  # fmt: skip


def _address(found: ContactAddress, block: Block | None, *, is_here: bool) -> AddressLine:
    return AddressLine(
        channel=found.channel, address=found.address, kind=found.kind, vouched=found.is_vouched,
        spent=found.is_spent, here=is_here, block=BlockRow(**msgspec.structs.asdict(block)) if block else None,
    )  # fmt: skip


def past(state: Conversation) -> PastConversation:
    row = views.row(state)
    return PastConversation(**msgspec.structs.asdict(row), reason=state.card.reason, rating=state.card.rating)


def all_said(said: Sequence[Attribute]) -> Attributes:
    counts = {id(each) for each in effective(said).values()}
    items = [SaidLine(**msgspec.structs.asdict(_attribute(each)), counts=id(each) in counts) for each in said]
    return Attributes(items=sorted(items, key=lambda each: (each.name, not each.counts, each.source)))


def _attribute(found: Attribute) -> AttributeLine:
    return AttributeLine(name=found.name, value=found.value, source=found.source, by=found.by, at=found.at)
