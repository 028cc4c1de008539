"""A line of a list of conversations, as HTTP answers it."""

from msgspec import Struct

from intervene.core.actors import Contact, Holder
from intervene.core.conversation.state import Conversation
from intervene.core.ids import ConversationId


class Summary(Struct, frozen=True, kw_only=True):
    """A line of an agent's list. `since`: when the holder changed last, or when it began. `asked`: the number of the
    customer's last message; it is answered if `answered`, up to where agents have replied, is not below it."""

    id: ConversationId
    contact: Contact
    channel: str
    holder: Holder
    is_open: bool
    since: int
    asked: int
    answered: int
    last_at: int


def summary(state: Conversation) -> Summary:
    return Summary(
        id=state.id, contact=state.contact, channel=state.channel, holder=state.holder, is_open=state.is_open,
        since=state.held_since or state.last_at, asked=state.asked, answered=state.answered, last_at=state.last_at,
    )  # fmt: skip
