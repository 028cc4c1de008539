"""What may happen: `decide(state, command, context)`, by the table `RULES`. No await, clock, randomness or I/O.

Before a rule runs, `decide` checks what the table declares for it: who may see the conversation, and the fence.
"""

from typing import NamedTuple, Self

from msgspec.structs import replace

from intervene.core.actors import Contact, System
from intervene.core.control import Move
from intervene.core.conversation import (
    assignment,
    blocking,
    bot_desk,
    desk,
    joins,
    lapses,
    moves,
    ratings,
    speech,
    turns,
)  # fmt: skip
from intervene.core.conversation.commit import Change, Context, Draft, check_blocked
from intervene.core.conversation.moves import Begin, Open, begin
from intervene.core.conversation.packing import INBOX_FORMAT
from intervene.core.conversation.rule import Rules
from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.errors import Busy
from intervene.core.events import GREETING, Opened
from intervene.core.ids import Address, ContactId, IdentityId, OrganisationId
from intervene.core.policy import Policy

Command = (
    speech.Command | moves.Command | assignment.Command | desk.Command | bot_desk.Command | joins.Command
    | turns.Command | lapses.Command | ratings.Command | blocking.Command
)  # fmt: skip

RULES: Rules = {
    **speech.RULES, **moves.RULES, **assignment.RULES, **desk.RULES, **bot_desk.RULES, **joins.RULES, **turns.RULES,
    **lapses.RULES, **ratings.RULES, **blocking.RULES,
}  # fmt: skip


class Owner(NamedTuple):
    """To whom the address of a new conversation belongs."""

    identity: IdentityId
    contact: ContactId

    @classmethod
    def of(cls, address: Address) -> Self:
        """Of one of which nothing is stored."""
        return cls(IdentityId(address.address), ContactId(address.address))


def decide(state: Conversation, command: Command, context: Context, reply: OpenReply | None = None) -> Change:
    """The change that `command` makes, or raise a `Refusal`.

    `state.version` is the number that the commit under way will have; `reply` is the open reply of `state`.
    """
    rule = RULES[type(command)]
    rule.visible_to.check(state, command, context.policy)  # before all else, as `check_giver` says
    draft = Draft(state, context, reply)
    if rule.fence.admits(state, command):
        rule.apply(draft, command)
    return draft.change()


def check_giver(state: Conversation, command: Command, policy: Policy) -> None:
    """Raise `NotFound` if the giver of the command cannot see the conversation. It comes before all else, so that no
    answer shows anything of it: not even that an id is known."""
    RULES[type(command)].visible_to.check(state, command, policy)


def open_conversation(command: Open | Begin, organisation: OrganisationId, whose: Owner, context: Context) -> Change:
    """A conversation's first commit: it exists, and has the bot that the policy names, or the agent who begins it.
    Raises a `Refusal`."""
    check_blocked(context.blocked_until, context.now)
    channel, address = command.address
    contact = Contact(id=whose.contact, name=command.contact.name)
    empty = Conversation(
        organisation=organisation, id=command.conversation, contact=contact, channel=channel, format=context.format
    )
    draft = Draft(empty.next(), context)
    opened = Opened(
        contact=contact, channel=channel, address="" if address == contact.id else address,
        identity="" if whose.identity == IdentityId(address) else whose.identity,
    )  # fmt: skip
    is_plain = whose.identity == IdentityId(contact.id)
    if (isinstance(command, Begin) or not is_plain) and context.format < INBOX_FORMAT:
        raise Busy("Not all servers can keep this yet. Try again in a minute.", retry_after=60.0)
    if isinstance(command, Begin):
        begin(draft, command, opened)
    else:
        draft.log(replace(opened, queue=context.policy.queue_of(channel)), command.contact)
        _greet(draft)
    return draft.change()


def _greet(draft: Draft) -> None:
    """As the channel says: with its bot, and its greeting."""
    policy, channel = draft.context.policy, draft.state.channel
    if bot := policy.bot_of(channel):
        draft.change_holder(Move.START, bot, System())
    if (found := policy.channels.get(channel)) and found.greeting:
        draft.say(found.greeting, GREETING)
