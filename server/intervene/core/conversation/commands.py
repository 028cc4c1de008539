"""What can be asked of a conversation. Imperative, built at the edges, decided in `conversation.decide`.

Texts come through the gate, `core.text`: it is called before a command is built.

A command that speaks or acts for the business has the epoch it was made in, a bot's also the turn. Customers' have
neither.
"""

from msgspec import Struct
from msgspec.structs import force_setattr

from intervene.core.actors import Agent, Bot, Contact, Role
from intervene.core.ids import CommandId, ConversationId, MessageId
from intervene.core.limits import REASON_CHARS
from intervene.core.text import Text, name_text


class Open(Struct, frozen=True, kw_only=True, gc=False):
    """Create the conversation of a channel id, unless it has one. Never in a group: see `Log.open`."""

    conversation: ConversationId
    contact: Contact
    channel: str
    bot: Bot | None


# -- people ----------------------------------------------------------------------------------------------------------


class ContactSay(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Contact
    message: MessageId
    text: Text


class AskForPerson(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Contact


class AgentSay(Struct, frozen=True, kw_only=True, gc=False):
    """`seen` is the number of the last event the agent had seen; `confirmed` says "send it as it is"."""

    id: CommandId
    author: Agent
    message: MessageId
    text: Text
    epoch: int
    seen: int
    confirmed: bool = False


class AddNote(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Agent
    message: MessageId
    text: Text


class Intervene(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Agent
    role: Role
    epoch: int


class HandBack(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Agent
    bot: Bot
    epoch: int


class Release(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Agent
    epoch: int


class Close(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Agent
    role: Role
    epoch: int
    seen: int


class Reopen(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Agent
    role: Role
    epoch: int


# -- bots ------------------------------------------------------------------------------------------------------------


class BotSay(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Bot
    epoch: int
    turn: int
    message: MessageId
    text: Text


class AddPiece(Struct, frozen=True, kw_only=True, gc=False):
    """Part `n` of a streamed message; the first one starts it. Adding it twice changes nothing."""

    author: Bot
    epoch: int
    turn: int
    message: MessageId
    n: int
    text: Text


class FinishMessage(Struct, frozen=True, kw_only=True, gc=False):
    """End a streamed message, with `text` (it may be empty) as its last piece, number `n`."""

    id: CommandId
    author: Bot
    epoch: int
    turn: int
    message: MessageId
    n: int
    text: Text


class Answered(Struct, frozen=True, tag="answered", gc=False):
    """The turn ends. The bot gets the next one when the customer writes."""


class Wait(Struct, frozen=True, tag="wait", gc=False):
    """The turn ends. The bot gets another after `seconds` (at most 30 days), or when the customer writes before that.
    The timer ends with the run."""

    seconds: float


class Ask(Struct, frozen=True, tag="ask", gc=False):
    """The turn ends and so does the run: the conversation waits for a person. `reason` is a label for staff, which
    customers do not see: one line of at most 200 characters, cut there; control characters are removed."""

    reason: str = ""

    def __post_init__(self) -> None:
        force_setattr(self, "reason", name_text(self.reason, REASON_CHARS))


class Finish(Struct, frozen=True, tag="finish", gc=False):
    """The bot is done: the turn ends and so does the run. With `close` the conversation is closed, without it waits for
    a person. If the customer has written meanwhile, the bot gets another turn instead."""

    close: bool = False


Outcome = Answered | Wait | Ask | Finish
"""How a turn ends: what a bot returns."""


class EndTurn(Struct, frozen=True, kw_only=True, gc=False):
    """`answered` is the number of the last event the turn had been given."""

    author: Bot
    epoch: int
    turn: int
    answered: int
    outcome: Outcome
    cursor: Text | None = None


# -- upkeep ----------------------------------------------------------------------------------------------------------


class TakeUpTurn(Struct, frozen=True, kw_only=True, gc=False):
    """Claim a turn that is owed, or that `lost` (a node that is gone) was running."""

    lost: str = ""


class GiveBackTurn(Struct, frozen=True, kw_only=True, gc=False):
    """The claim `turn` of this node is not being run: make it owed."""

    turn: int


class FireTimer(Struct, frozen=True, kw_only=True, gc=False):
    epoch: int
    due: int


Command = (
    ContactSay | AskForPerson | AgentSay | AddNote | Intervene | HandBack | Release | Close | Reopen
    | BotSay | AddPiece | FinishMessage | EndTurn | TakeUpTurn | GiveBackTurn | FireTimer
)  # fmt: skip
"""Everything but `Open`, which has no conversation yet to be decided on."""

Control = Intervene | HandBack | Release | Close | Reopen
"""The moves of agents."""
