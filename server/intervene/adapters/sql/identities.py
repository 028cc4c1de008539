"""The rows of identities, and their locks: before that of an address, which comes before that of a conversation.

Text and no expressions: it decides which rows are locked (docs/decisions/0005).
"""

from intervene.adapters.sql.contacts import whose
from intervene.adapters.sql.database import AskText, Query
from intervene.adapters.sql.queries import find
from intervene.core.conversation.decide import Owner
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Spent, Unavailable
from intervene.core.ids import ChannelId, ContactId, ConversationId, IdentityId, Key
from intervene.ports.log import Held, IdentityKey, Opening

JOINS = 8  # one after another that are followed

_JOINED_TO = "SELECT joined_to FROM identity WHERE organisation = ? AND channel = ? AND id = ?"
_LOCK = "SELECT contact, conversation, joined_to FROM identity WHERE organisation = ? AND channel = ? AND id = ?"
_ADD = """
    INSERT INTO identity (organisation, channel, id, contact, conversation) SELECT ?, ?, ?, ?, ? WHERE ? <> ''
    ON CONFLICT DO NOTHING
"""
_ADD_ADDRESS = """
    INSERT INTO channel_id (organisation, channel, address, conversation) VALUES (?, ?, ?, '') ON CONFLICT DO NOTHING
"""
_LOCK_ADDRESS = """
    SELECT identity, conversation, spent FROM channel_id WHERE organisation = ? AND channel = ? AND address = ?
"""
_NAME = "UPDATE identity SET conversation = ? WHERE organisation = ? AND channel = ? AND id = ?"
_NAME_ADDRESS = "UPDATE channel_id SET conversation = ? WHERE organisation = ? AND channel = ? AND address = ?"


class Moved(Unavailable):
    """It was joined to another identity, or the address moved, between two statements: begin anew."""


def moved() -> Moved:
    return Moved("The customer's addresses have just changed. Try again.")


def hold(key: IdentityKey, *, lock: bool, contact: str = "", latest: str = "") -> Query[Held]:
    """Lock the row of the identity, or of the one that it was joined to. `contact`, `latest`: of one without a row,
    which is made. `lock` is False where there is one transaction at a time."""
    organisation, channel, id = key
    for _ in range(JOINS):
        found = yield AskText(_JOINED_TO, (organisation, channel, id))
        if not found:
            yield AskText(_ADD, (organisation, channel, id, contact or id, latest, organisation))
        to = found[0][0] if found else ""
        if not to:
            break
        id = IdentityId(to)
    for of, conversation, joined_to in (yield AskText(_locked(_LOCK, lock), (organisation, channel, id))):
        if joined_to:
            raise moved()
        return Held(key.identity, id, ContactId(of), ConversationId(conversation))
    raise moved()


def rehearse() -> Query[None]:
    """All that `hold` asks, of an identity that there is not."""
    yield AskText(_JOINED_TO, ("", "", ""))
    yield AskText(_ADD, ("", "", "", "", "", ""))
    yield AskText(_locked(_LOCK, lock=True), ("", "", ""))


def open_under(address: ChannelId, conversation: ConversationId, *, lock: bool) -> Query[Opening]:
    """What `Log.open` hands on, with both rows locked."""
    found = yield from whose(address)
    key = IdentityKey(address.organisation, address.channel, found.identity)
    held = yield from hold(key, lock=lock, contact=found.contact, latest=found.conversation)
    yield AskText(_ADD_ADDRESS, address)
    ((identity, former, spent),) = yield AskText(_locked(_LOCK_ADDRESS, lock), address)
    if spent:
        raise Spent("This address was given up. Begin anew.")
    if (identity or address.address) != held.identity:
        raise moved()
    first = yield from _state(Key(address.organisation, conversation))
    latest = yield from _state(Key(address.organisation, held.latest or ConversationId(former)))
    return Opening(Owner(held.identity, found.contact), first, latest)


def name(address: ChannelId, opening: Opening, conversation: ConversationId) -> Query[None]:
    """It is the latest conversation from now on."""
    yield AskText(_NAME, (conversation, address.organisation, address.channel, opening.whose.identity))
    yield AskText(_NAME_ADDRESS, (conversation, *address))


def _state(key: Key) -> Query[Conversation | None]:
    row = (yield from find(key)) if key.conversation else None
    return row.state if row else None


def _locked(sql: str, lock: bool) -> str:
    return sql + " FOR UPDATE" if lock else sql
