"""What is known of contacts, by source, on either engine."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.contacts_tables import attribute
from intervene.adapters.sql.database import Ask, Query
from intervene.adapters.sql.statements import Now, Statement, word
from intervene.core.contacts import Attribute, Source
from intervene.core.ids import ContactId, OrganisationId

_OF = Statement(
    select(attribute.c.name, attribute.c.value, attribute.c.source, attribute.c.by, attribute.c.at)
    .where(attribute.c.organisation == word("organisation"), attribute.c.contact == word("contact"))
    .order_by(attribute.c.name, attribute.c.source)
)
_GIVEN = insert(attribute).from_select(
    ["organisation", "contact", "name", "source", "value", "by", "at"],
    select(
        word("organisation"), word("contact"), word("name"), word("source"), word("value"), word("by"), Now()
    ).where(word("organisation_there") != ""),
)  # fmt: skip
_SET = Statement(
    _GIVEN.on_conflict_do_update(
        index_elements=[attribute.c.organisation, attribute.c.contact, attribute.c.name, attribute.c.source],
        set_={name: _GIVEN.excluded[name] for name in ("value", "by", "at")},
    )
)
_DROP = Statement(
    delete(attribute).where(
        attribute.c.organisation == word("organisation"),
        attribute.c.contact == word("contact"),
        attribute.c.name == word("name"),
        attribute.c.source == word("source"),
    )
)


def of(organisation: OrganisationId, id: ContactId) -> Query[list[Attribute]]:
    found = yield Ask(_OF, {"organisation": organisation, "contact": id})
    return [
        Attribute(name=name, value=value, source=Source(source), by=by, at=at) for name, value, source, by, at in found
    ]


def put(organisation: OrganisationId, id: ContactId, source: Source, by: str, values: Mapping[str, str]) -> Query[None]:
    """An empty value is removed. Of no organisation, nothing is written."""
    key = {"organisation": organisation, "contact": id, "source": source.value, "organisation_there": organisation}
    for name, value in sorted(values.items()):
        given = key | {"name": name, "value": value, "by": by}
        yield Ask(_SET, given) if value else Ask(_DROP, given)
