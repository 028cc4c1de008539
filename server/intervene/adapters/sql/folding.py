"""Names of contacts that a database has folded, from before there were contacts: folded as they are searched."""

from sqlalchemy import and_, delete, select, update

from intervene.adapters.sql.contacts import locked
from intervene.adapters.sql.contacts_tables import contact, unfolded
from intervene.adapters.sql.database import Ask, Query
from intervene.adapters.sql.statements import Statement, number, octets, word
from intervene.core.contacts import folded
from intervene.core.ids import ContactId, OrganisationId

_SOME = Statement(
    select(unfolded.c.organisation, unfolded.c.contact)
    .order_by(unfolded.c.organisation, unfolded.c.contact)
    .limit(number("limit"))
)
_FOLD = Statement(
    update(contact)
    .where(contact.c.organisation == word("organisation_given"), contact.c.id == word("id_given"))
    .values(folded=octets("folded_given"))
)
_DONE = Statement(
    delete(unfolded).where(
        and_(unfolded.c.organisation == word("organisation_given"), unfolded.c.contact == word("id_given"))
    )
)


def fold(limit: int) -> Query[int]:
    """How many were folded, which are done then. Rows are locked in one order, so nodes that do it at once end."""
    found = yield Ask(_SOME, {"limit": limit})
    for organisation, id in found:
        row = yield from locked(OrganisationId(organisation), ContactId(id))
        key = {"organisation_given": organisation, "id_given": id}
        yield Ask(_FOLD, key | {"folded_given": folded(row.name)})
        yield Ask(_DONE, key)
    return len(found)
