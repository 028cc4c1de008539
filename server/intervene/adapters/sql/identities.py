"""The rows of identities, and their locks: before that of an address, which comes before that of a conversation.

Text and no expressions: it decides which rows are locked (docs/decisions/0005).
"""

from intervene.adapters.sql.blocked import UNTIL, blocked_until, counted
from intervene.adapters.sql.contacts import whose
from intervene.adapters.sql.database import AskText, Query
from intervene.adapters.sql.queries import Row, find, named
from intervene.core.conversation.decide import Owner
from intervene.core.errors import Spent, Unavailable
from intervene.core.events import Opened
from intervene.core.ids import ChannelId, ContactId, ConversationId, IdentityId, Key, OrganisationId
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
_LOCK_ADDRESS = f"""
    SELECT identity, conversation, spent, {UNTIL} FROM channel_id
    WHERE organisation = ? AND channel = ? AND address = ?
"""
_NAME = "UPDATE identity SET conversation = ? WHERE organisation = ? AND channel = ? AND id = ?"
_NAME_ADDRESS = """
    UPDATE channel_id SET conversation = ?, vouched = CASE WHEN ? > 0 THEN 1 ELSE vouched END
    WHERE organisation = ? AND channel = ? AND address = ?
"""


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


def opens(key: IdentityKey, *, lock: bool) -> Query[Held]:
    """The same, and until when it is blocked: asked under the lock, which a change of the list takes too."""
    held = yield from hold(key, lock=lock)
    until = yield from blocked_until(ChannelId(key.organisation, key.channel, held.identity))
    return held._replace(blocked_until=until)


def rehearse() -> Query[None]:
    """All that `opens` asks, of an identity that there is not."""
    yield AskText(_JOINED_TO, ("", "", ""))
    yield AskText(_ADD, ("", "", "", "", "", ""))
    yield AskText(_locked(_LOCK, lock=True), ("", "", ""))
    yield from blocked_until(ChannelId(OrganisationId(""), "", ""))


def open_under(address: ChannelId, conversation: ConversationId, *, lock: bool) -> Query[Opening]:
    """What `Log.open` hands on, with both rows locked."""
    found = yield from whose(address)
    key = IdentityKey(address.organisation, address.channel, found.identity)
    held = yield from hold(key, lock=lock, contact=found.contact, latest=found.conversation)
    yield AskText(_ADD_ADDRESS, address)
    ((identity, former, spent, until),) = yield AskText(_locked(_LOCK_ADDRESS, lock), (*counted(address), *address))
    if spent:
        raise Spent("This address was given up. Begin anew.")
    if (identity or address.address) != held.identity:
        raise moved()
    first = yield from _row(Key(address.organisation, conversation))
    latest = yield from _row(Key(address.organisation, held.latest or ConversationId(former)))
    opened = (yield from _opened(first)) if first else None
    owner = Owner(held.identity, found.contact)
    return Opening(owner, first and first.state, latest and latest.state, int(until), opened)


def name(address: ChannelId, opening: Opening, conversation: ConversationId, *, is_vouched: bool) -> Query[None]:
    """It is the latest conversation from now on. `is_vouched`: as of `Log.open`."""
    yield AskText(_NAME, (conversation, address.organisation, address.channel, opening.whose.identity))
    yield AskText(_NAME_ADDRESS, (conversation, int(is_vouched), *address))


def _row(key: Key) -> Query[Row | None]:
    return (yield from find(key)) if key.conversation else None


def _opened(row: Row) -> Query[Opened | None]:
    first = (yield from named(row, (1,))).get(1)
    return first.body if first and isinstance(first.body, Opened) else None


def _locked(sql: str, lock: bool) -> str:
    return sql + " FOR UPDATE" if lock else sql
