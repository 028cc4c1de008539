"""What customers' pages and host applications say of a contact."""

import structlog

from intervene.core.access import Visitor
from intervene.core.contacts import Source
from intervene.core.errors import LimitReached, TooMany, Unavailable
from intervene.core.ids import ContactId
from intervene.core.session import KeepAttributes
from intervene.core.wire import views
from intervene.core.wire.contact import AttributesSet, ContactError
from intervene.feed.reading import Reads
from intervene.ports.contacts import Contacts

HOST = "host"
"""Who has said what a host application vouches for."""

log_ = structlog.get_logger(__name__)


async def keep(contacts: Contacts, me: Visitor, act: KeepAttributes, reads: Reads) -> AttributesSet | ContactError:
    """What the page of a customer says, which nobody has verified. Each answer has the id: one without would be taken
    for that of another question."""
    try:
        whose = await reads.whose(me.channel_id)
        by = me.contact.id
        await reads.in_time(contacts.set_attributes(me.organisation, whose.contact, Source.VISITOR, by, act.values))
    except LimitReached as problem:
        return views.contact_error(TooMany(problem.sentence), id=act.id)
    except Unavailable as problem:
        return views.contact_error(problem, id=act.id)
    return AttributesSet(id=act.id)


async def keep_vouched(contacts: Contacts, visitor: Visitor, contact: ContactId, reads: Reads) -> None:
    """What the signer of a token vouches for. Who it is about is served also if that cannot be kept."""
    values = dict(visitor.vouched)
    try:
        await reads.in_time(contacts.set_attributes(visitor.organisation, contact, Source.VOUCHED, HOST, values))
    except (LimitReached, Unavailable) as problem:
        log_.warning("vouched attributes were not kept", organisation=visitor.organisation, reason=problem.sentence)
