"""Who holds control, as people change it: the commands and their rules. The table of moves is `core.control`."""

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Bot, Contact, Nobody
from intervene.core.control import Move, Place
from intervene.core.conversation.commit import Draft, check_not_over
from intervene.core.conversation.fence import EPOCH, EPOCH_OR_HOLDER, check_view, none
from intervene.core.conversation.givers import ByStaff, ByVisitor
from intervene.core.conversation.repeats import moved
from intervene.core.conversation.rule import CONTACT, STAFF, Rule, Rules
from intervene.core.errors import Forbidden, ReasonNeeded
from intervene.core.events import Opened
from intervene.core.ids import Address, ConversationId, QueueId, ReasonId


class Open(Struct, frozen=True, kw_only=True, gc=False):
    """Create the conversation of an address, unless it has one. Never in a group: see `Log.open`. `contact` is as its
    author; `fresh`: create the next one, if the latest is over."""

    conversation: ConversationId
    contact: Contact
    address: Address
    fresh: bool = False


class Begin(ByStaff, frozen=True, kw_only=True, gc=False):
    """Create a conversation with a contact, unless one is open. `conversation` follows from author and id, so that a
    repeat finds it; `queue` is where it waits once nobody holds it, empty: that of the channel."""

    conversation: ConversationId
    contact: Contact
    address: Address
    queue: QueueId


class AskForPerson(ByVisitor, frozen=True, kw_only=True, gc=False):
    """The customer wants to speak to a person."""


class Intervene(ByStaff, frozen=True, kw_only=True, gc=False):
    epoch: int


class HandBack(ByStaff, frozen=True, kw_only=True, gc=False):
    """`bot` is the id of one; empty: the bot that conversations start with. `reason`: why, in the
    agent's own words, for the bot."""

    bot: str
    epoch: int
    reason: str = ""


class SendBot(ByStaff, frozen=True, kw_only=True, gc=False):
    """A bot takes what waits for a person. `bot` and `reason` as of `HandBack`."""

    bot: str
    epoch: int
    reason: str = ""


class Release(ByStaff, frozen=True, kw_only=True, gc=False):
    """`reason`: why, in the agent's own words, for colleagues."""

    epoch: int
    reason: str = ""


class Close(ByStaff, frozen=True, kw_only=True, gc=False):
    """`reason`: one of the organisation's; empty: none."""

    epoch: int
    seen: int
    reason: ReasonId = ReasonId("")


class Reopen(ByStaff, frozen=True, kw_only=True, gc=False):
    epoch: int


def ask_for_person(draft: Draft, command: AskForPerson) -> None:
    match draft.state.place:
        case Place.NOBODY if draft.state.wants_person:
            pass  # once is enough: the event stands for all who look at the conversation
        case Place.BOT | Place.NOBODY:
            draft.change_holder(Move.ASK, Nobody(), command.author, command.id)
        case Place.CLOSED:
            check_not_over(draft)
            draft.change_holder(Move.REOPEN, Nobody(), command.author, command.id)
        case Place.AGENT:
            pass  # a person is there


def begin(draft: Draft, command: Begin, opened: Opened) -> None:
    """An agent begins in a queue that they serve, supervisors and admins in any that takes conversations."""
    policy = draft.context.policy
    named = QueueId(command.queue or policy.queue_of(command.address.channel) or policy.default_queue)
    queue = policy.queues.get(named)
    if queue is None or not queue.is_taking:
        raise Forbidden(f"There is no active queue {named!r} here. Choose one of the organisation's.")
    if not (command.by.role.leads or policy.serves(command.author.id, named)):
        raise Forbidden(f"The queue {queue.name!r} is none of yours. Choose one that you serve.")
    is_default = named == policy.default_queue
    draft.log(replace(opened, queue="" if is_default else named), command.author, command.id)
    draft.change_holder(Move.BEGIN, command.author, command.author, role=command.by.role)


def intervene(draft: Draft, command: Intervene) -> None:
    draft.change_holder(Move.INTERVENE, command.author, command.author, command.id, role=command.by.role)


def hand_back(draft: Draft, command: HandBack) -> None:
    bot = _bot(draft, command.bot)
    draft.change_holder(Move.HAND_BACK, bot, command.author, command.id, reason=command.reason)


def send_bot(draft: Draft, command: SendBot) -> None:
    bot, role = _bot(draft, command.bot), command.by.role
    draft.change_holder(Move.START, bot, command.author, command.id, role=role, reason=command.reason)


def _bot(draft: Draft, named: str) -> Bot:
    bot = draft.context.policy.bot_of(draft.state.channel)
    if bot is None or named not in ("", bot.id):
        raise Forbidden(f"There is no bot {named!r} here to give it to.")
    return bot


def release(draft: Draft, command: Release) -> None:
    draft.change_holder(Move.RELEASE, Nobody(), command.author, command.id, reason=command.reason)


def close(draft: Draft, command: Close) -> None:
    if draft.state.is_open:
        check_view(draft.state, command.seen, "Read it, then close again.")
    draft.change_holder(
        Move.CLOSE, Nobody(), command.author, command.id, role=command.by.role, reason=command.reason,
        reason_name=_name_of_reason(draft, command.reason),
    )  # fmt: skip


def _name_of_reason(draft: Draft, id: ReasonId) -> str:
    """Raise `ReasonNeeded` where the queue wants one. Of a bot that closes none is wanted: it does not know them."""
    policy = draft.context.policy
    if id:
        draft.check_format()
        reason = policy.reasons.get(id)
        if reason is None or reason.is_archived:
            raise Forbidden(f"There is no reason {id!r} here. Choose one of the organisation's.")
        return reason.name
    if draft.state.is_open and policy.queue(draft.state.card.queue).needs_reason:
        raise ReasonNeeded("Conversations of this queue are closed with a reason. Give one of the organisation's.")
    return ""


def reopen(draft: Draft, command: Reopen) -> None:
    draft.change_holder(Move.REOPEN, Nobody(), command.author, command.id, role=command.by.role)


Command = AskForPerson | Intervene | HandBack | SendBot | Release | Close | Reopen
"""But `Open` and `Begin`, which have no conversation yet to be decided on."""

RULES: Rules = {
    AskForPerson: Rule(
        ask_for_person,
        CONTACT,
        none("a customer may ask for a person at any time"),
        moved(Move.ASK, Move.REOPEN),
        may_open=True,
    ),
    Intervene: Rule(
        intervene, STAFF, EPOCH_OR_HOLDER, moved(Move.INTERVENE), is_urgent=True, takes_over=True, ends_lease=True
    ),
    HandBack: Rule(hand_back, STAFF, EPOCH, moved(Move.HAND_BACK, same=("reason",))),
    SendBot: Rule(send_bot, STAFF, EPOCH, moved(Move.START, same=("reason",))),
    Release: Rule(release, STAFF, EPOCH, moved(Move.RELEASE, same=("reason",))),
    Close: Rule(close, STAFF, EPOCH, moved(Move.CLOSE, same=("reason",))),
    Reopen: Rule(reopen, STAFF, EPOCH, moved(Move.REOPEN), may_open=True),
}
