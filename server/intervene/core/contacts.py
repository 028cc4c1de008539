"""Customers as they are stored: who they are, where they are reached, what is known of them.

A contact has an identity on each channel, and an identity has addresses. Where nothing else is stored, the ids of an
address, its identity and its contact are the address itself.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import msgspec
from msgspec import Struct

from intervene.core.errors import BadText
from intervene.core.ids import ContactId, ConversationId, IdentityId, OrganisationId
from intervene.core.limits import ATTRIBUTE_BYTES, ATTRIBUTE_CHARS, ATTRIBUTES_AT_ONCE, CONTACT_WORDS
from intervene.core.text import name_text, piece_text


class Whose(Struct, frozen=True, kw_only=True, gc=False):
    """To whom an address belongs. `conversation`: the latest one of the identity, "" for none. `is_spent`: it was given
    up, and every token of it is refused."""

    identity: IdentityId
    contact: ContactId
    conversation: ConversationId = ConversationId("")
    is_spent: bool = False


class ContactRow(Struct, frozen=True, kw_only=True, gc=False):
    """`version` counts its changes. `merged_into`: the contact that this one is part of, "" for none."""

    organisation: OrganisationId
    id: ContactId
    name: str
    version: int = 1
    created_at: int = 0
    merged_into: ContactId = ContactId("")


class AddressKind(StrEnum):
    """What an address is, where the channel's own kind does not say it."""

    OWN = ""
    PHONE = "phone"


class ContactAddress(Struct, frozen=True, kw_only=True, gc=False):
    """Where a contact is reached. `id`: as the author of what came from it. `is_vouched`: the host application or a
    provider says whose it is."""

    channel: str
    address: str
    id: ContactId
    identity: IdentityId
    kind: AddressKind = AddressKind.OWN
    is_vouched: bool = False
    is_spent: bool = False


class Source(StrEnum):
    """Where a value comes from, from least to most: a value of a later one goes before those of the others."""

    VISITOR = "visitor"
    """The visitor's page, which anybody can make say anything."""
    BOT = "bot"
    STAFF = "staff"
    VOUCHED = "vouched"
    """The host application, signed."""


class Attribute(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a contact. `by`: the id of who or what said it; `at` in milliseconds since 1970."""

    name: str
    value: str
    source: Source
    by: str
    at: int


class Profile(Struct, frozen=True, kw_only=True, gc=False):
    """All that is stored of a contact, and of those that were merged into it."""

    row: ContactRow
    addresses: tuple[ContactAddress, ...] = ()
    attributes: tuple[Attribute, ...] = ()


def attributes_of(given: Mapping[str, str | float | bool | None]) -> dict[str, str]:
    """As they are kept: texts, empty for what is said no more. Raises `BadText`.

    >>> attributes_of({"plan": "pro", "visits": 3, "vip": True, "city": None})
    {'plan': 'pro', 'visits': '3', 'vip': 'true', 'city': ''}
    """
    if len(given) > ATTRIBUTES_AT_ONCE:
        raise BadText(f"At most {ATTRIBUTES_AT_ONCE} attributes are taken at once.")
    kept = {}
    for name, value in given.items():
        if not name or name != name_text(name, ATTRIBUTE_CHARS):
            raise BadText(f"The name of an attribute is a line of 1 to {ATTRIBUTE_CHARS} visible characters.")
        text = value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()
        kept[name] = piece_text(text, ATTRIBUTE_BYTES).strip()
    return kept


_RANKS = {source: rank for rank, source in enumerate(Source)}


def effective(attributes: Iterable[Attribute]) -> Mapping[str, Attribute]:
    """Of each name the value that counts: the vouched one, then staff's, a bot's, the visitor's; then the newest."""
    found: dict[str, Attribute] = {}
    for attribute in sorted(attributes, key=lambda each: (_RANKS[each.source], each.at)):
        found[attribute.name] = attribute
    return dict(sorted(found.items()))


def folded(name: str) -> bytes:
    """As names are searched: without regard to case, to accents, or to how a letter was written.

    >>> folded("ÉMILE") == folded("e\u0301mile") == folded("Emile")
    True
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(each for each in apart if unicodedata.category(each) != "Mn").encode(errors="replace")


def words_of(name: str) -> tuple[bytes, ...]:
    """The folded name from its second word on, from its third, and so on: it is found by the beginning of each.

    >>> words_of("María García-López")
    (b'garcia-lopez', b'lopez')
    """
    text = folded(name).decode()
    between = [unicodedata.category(each)[0] in "ZPC" for each in text]
    starts = [n for n in range(1, len(text)) if between[n - 1] and not between[n]]
    return tuple(text[n:].encode() for n in starts[:CONTACT_WORDS])


def found_at(name: str, beginning: str) -> bytes:
    """Where a name stands among those that are found by a beginning: what of it begins so."""
    first = folded(beginning)
    whole = folded(name)
    return whole if whole.startswith(first) else min(filter(_begins(first), words_of(name)), default=whole)


def _begins(first: bytes) -> Callable[[bytes], bool]:
    return lambda word: word.startswith(first)
