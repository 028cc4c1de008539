"""The last message of a conversation, as lists show it."""

from typing import Self

from msgspec import Struct

from intervene.core.actors import Actor, Agent, Bot
from intervene.core.events import Message
from intervene.core.ids import MessageId
from intervene.core.limits import LAST_BYTES, LAST_NAME_BYTES
from intervene.core.text import beginning


class Last(Struct, frozen=True, array_like=True, gc=False):
    """The last message that customers see: what wrote it (`actors`' tags), and its first `LAST_BYTES`, on one line.
    `id` and `name` are those of the agent or bot that wrote it, as it was called then: the name cut at
    `LAST_NAME_BYTES`, an id that is longer left out."""

    by: str = ""
    text: str = ""
    message: MessageId = MessageId("")
    id: str = ""
    name: str = ""

    @classmethod
    def of(cls, author: Actor, said: Message) -> Self:
        kind, text = author.kind, beginning(said.text, LAST_BYTES)
        if not isinstance(author, _NAMED):
            return cls(kind, text, said.message)
        id = author.id if len(author.id.encode()) <= LAST_NAME_BYTES else ""
        return cls(kind, text, said.message, id, beginning(author.name, LAST_NAME_BYTES))


NO_LAST = Last()
_NAMED = Agent | Bot  # made once: so it costs half as much as where it is asked
