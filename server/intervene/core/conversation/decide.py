"""What may happen: `decide(state, command, context)`, by the table `RULES`. No await, clock, randomness or I/O.

Before a rule runs, `decide` checks what the table declares for it: who may see the conversation, and the fence.
"""

from intervene.core.actors import System
from intervene.core.control import Move
from intervene.core.conversation import assignment, desk, lapses, moves, speech, turns
from intervene.core.conversation.commit import Change, Context, Draft
from intervene.core.conversation.moves import Open
from intervene.core.conversation.rule import Rules
from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.events import GREETING, Opened
from intervene.core.ids import OrganisationId
from intervene.core.policy import Policy

Command = speech.Command | moves.Command | assignment.Command | desk.Command | turns.Command | lapses.Command

RULES: Rules = {**speech.RULES, **moves.RULES, **assignment.RULES, **desk.RULES, **turns.RULES, **lapses.RULES}


def decide(state: Conversation, command: Command, context: Context, reply: OpenReply | None = None) -> Change:
    """The change that `command` makes, or raise a `Refusal`.

    `state.version` is the number that the commit under way will have; `reply` is the open reply of `state`.
    """
    rule = RULES[type(command)]
    check_giver(state, command, context.policy)
    draft = Draft(state, context, reply)
    if rule.fence.admits(state, command):
        rule.apply(draft, command)
    return draft.change()


def check_giver(state: Conversation, command: Command, policy: Policy) -> None:
    """Raise `NotFound` if the giver of the command cannot see the conversation. It comes before all else, so that no
    answer shows anything of it: not even that an id is known."""
    RULES[type(command)].visible_to.check(state, command, policy)


def open_conversation(command: Open, organisation: OrganisationId, context: Context) -> Change:
    """A conversation's first commit: it exists, and has the bot that the policy names."""
    contact, (channel, address) = command.contact, command.address
    empty = Conversation(
        organisation=organisation, id=command.conversation, contact=contact, channel=channel, format=context.format
    )
    draft = Draft(empty.next(), context)
    at, queue = "" if address == contact.id else address, context.policy.queue_of(channel)
    draft.log(Opened(contact=contact, channel=channel, address=at, queue=queue), contact)
    policy = context.policy
    if bot := policy.bot_of(channel):
        draft.change_holder(Move.START, bot, System())
    if (found := policy.channels.get(channel)) and found.greeting:
        draft.say(found.greeting, GREETING)
    return draft.change()
