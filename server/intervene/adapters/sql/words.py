"""The words of contacts' names, by the beginning of which they are found. A row of `contact` says of which name they
are: what a node of a release before has written since is done again, some at a time.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Select, and_, delete, exists, not_, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.contacts_tables import UNWORDED, contact, contact_word
from intervene.adapters.sql.database import Ask, Each, Query
from intervene.adapters.sql.statements import Statement, number, octets, word
from intervene.core.contacts import folded, found_at, words_of
from intervene.core.ids import ContactId, OrganisationId
from intervene.ports.contacts import Cursor

_ADD = Statement(
    insert(contact_word)
    .values(organisation=word("organisation"), word=octets("word"), contact=word("contact"))
    .on_conflict_do_nothing()
)
_DROP = Statement(
    delete(contact_word).where(
        contact_word.c.organisation == word("organisation"), contact_word.c.contact == word("contact_given")
    )
)
_OF_CONTACT = contact.c.organisation == word("organisation"), contact.c.id == word("contact_given")
_DONE = Statement(update(contact).where(*_OF_CONTACT).values(worded=contact.c.folded))
_SOME = Statement(
    select(contact.c.organisation, contact.c.id)
    .where(text(f"({UNWORDED})"))
    .order_by(contact.c.organisation, contact.c.id)
    .limit(number("limit"))
)
_LOCK = Statement(update(contact).where(*_OF_CONTACT).values(version=contact.c.version).returning(contact.c.name))


BEYOND = b"\xff"  # behind all that UTF-8 begins with
ROW = [contact.c[name] for name in ("organisation", "id", "name", "version", "created_at", "merged_into")]
_BEGINS = and_(contact.c.folded >= octets("first"), contact.c.folded < octets("end"))


def _page(found: Select[Any], at: Column[bytes], id: Column[str]) -> Statement:
    """In the order of what was found, and from the cursor on."""
    after = tuple_(at, id) > tuple_(octets("after_folded"), word("after_id"))
    here = found.where(
        contact.c.organisation == word("organisation"),
        contact.c.merged_into == "",
        or_(number("from_start") > 0, after),
    )
    return Statement(here.order_by(at, id).limit(number("limit")))


_NAMED = _page(select(contact.c.folded, *ROW).where(_BEGINS), contact.c.folded, contact.c.id)
_EARLIER = contact_word.alias("earlier")
_WORDED = _page(
    select(contact_word.c.word, *ROW).where(
        contact_word.c.organisation == word("organisation"),
        contact_word.c.word >= octets("first"),
        contact_word.c.word < octets("end"),
        contact_word.c.contact == contact.c.id,
        not_(_BEGINS),
        not_(
            exists().where(
                _EARLIER.c.organisation == word("organisation"),
                _EARLIER.c.contact == contact_word.c.contact,
                _EARLIER.c.word >= octets("first"),
                _EARLIER.c.word < contact_word.c.word,
            )
        ),
    ),
    contact_word.c.word,
    contact_word.c.contact,
)
"""Contacts with another word than the first that begins so, once each."""


def find_named(
    organisation: OrganisationId, beginning: str, after: Cursor | None, limit: int
) -> Query[Sequence[Sequence[Any]]]:
    """Columns as in `ROW`, in the order of `contacts.found_at`."""
    first = folded(beginning)
    values = {"organisation": organisation, "first": first, "end": first + BEYOND, "limit": limit}
    values |= {"from_start": int(after is None), "after_folded": b"", "after_id": ""}
    if after is not None:
        values |= {"after_folded": after.folded, "after_id": after.id}
    found, worded = list((yield Ask(_NAMED, values))), list[Any]()
    while first:
        part = yield Ask(_WORDED, values)
        # What a node of a release before has renamed has the words of the former name for a while.
        worded += [columns for columns in part if found_at(columns[3], beginning) == columns[0]]
        if len(part) < limit or len(worded) >= limit:
            break
        values |= {"from_start": 0, "after_folded": part[-1][0], "after_id": part[-1][2]}
    found = sorted((*found, *worded), key=lambda columns: (bytes(columns[0]), columns[2]))
    return [columns for _, *columns in found[:limit]]


def new_row(organisation: OrganisationId, id: ContactId, name: str) -> dict[str, object]:
    """Of a contact. One word needs no other row."""
    whole = folded(name)
    worded = None if words_of(name) else whole
    return {"organisation": organisation, "id": id, "name": name, "folded": whole, "worded": worded}


def add_words(organisation: OrganisationId, id: ContactId, name: str) -> Query[None]:
    """Of a contact that has none."""
    if words := words_of(name):
        yield Each(_ADD, [{"organisation": organisation, "word": each, "contact": id} for each in words])
        yield Ask(_DONE, {"organisation": organisation, "contact_given": id})


def change_words(organisation: OrganisationId, id: ContactId, name: str) -> Query[None]:
    """Of one that had another name."""
    yield Ask(_DROP, {"organisation": organisation, "contact_given": id})
    yield from add_words(organisation, id, name)
    if not words_of(name):
        yield Ask(_DONE, {"organisation": organisation, "contact_given": id})


def word_names(limit: int) -> Query[int]:
    """How many were done. Rows are locked in one order, so nodes that do it at once end."""
    found = yield Ask(_SOME, {"limit": limit})
    for organisation, id in found:
        ((name,),) = yield Ask(_LOCK, {"organisation": organisation, "contact_given": id})
        yield from change_words(OrganisationId(organisation), ContactId(id), name)
    return len(found)
