"""A conversation's row, found by its `Key`: for what is kept beside the log under its handle."""

from sqlalchemy import select

from intervene.adapters.sql.schema import conversation
from intervene.adapters.sql.statements import word
from intervene.core.ids import ConversationId, Key, OrganisationId

HANDLE = select(conversation.c.handle).where(
    conversation.c.organisation == word("organisation"), conversation.c.id == word("id")
)
"""Its handle; of a conversation that there is not, no row. Values as `named` has them."""


def named(key: Key) -> dict[str, object]:
    return {"organisation": key.organisation, "id": key.conversation}


def key_of(organisation: str, id: str) -> Key:
    return Key(OrganisationId(organisation), ConversationId(id))
