"""What may happen: `decide(state, command, context)`, one rule per command. No await, clock, randomness or I/O.

A command that speaks or acts for the business has the epoch it was made in, a bot's also the turn. Customers' have
neither.
"""

from typing import assert_never

from intervene.core.actors import System
from intervene.core.control import Move
from intervene.core.conversation import moves, speech, turns
from intervene.core.conversation.commit import Change, Context, Draft
from intervene.core.conversation.moves import AskForPerson, Close, HandBack, Intervene, Open, Release, Reopen
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.conversation.turns import (
    AddPiece,
    BotSay,
    EndTurn,
    FinishMessage,
    FireTimer,
    GiveBackTurn,
    TakeUpTurn,
)
from intervene.core.events import Opened
from intervene.core.ids import OrganisationId

Command = (
    ContactSay | AskForPerson | AgentSay | AddNote | Intervene | HandBack | Release | Close | Reopen
    | BotSay | AddPiece | FinishMessage | EndTurn | TakeUpTurn | GiveBackTurn | FireTimer
)  # fmt: skip
"""Everything but `Open`, which has no conversation yet to be decided on."""


def decide(state: Conversation, command: Command, context: Context, reply: OpenReply | None = None) -> Change:
    """The change that `command` makes, or raise a `Refusal`.

    `state.version` is the number that the commit under way will have; `reply` is the open reply of `state`.
    """
    draft = Draft(state, context, reply)
    match command:
        case ContactSay():
            speech.contact_say(draft, command)
        case AskForPerson():
            moves.ask_for_person(draft, command)
        case AgentSay():
            speech.agent_say(draft, command)
        case AddNote():
            speech.add_note(draft, command)
        case Intervene() | HandBack() | Release() | Close() | Reopen():
            moves.agent_moves(draft, command)
        case BotSay():
            turns.bot_say(draft, command)
        case AddPiece():
            turns.add_piece(draft, command)
        case FinishMessage():
            turns.finish_message(draft, command)
        case EndTurn():
            turns.end_turn(draft, command)
        case TakeUpTurn():
            turns.take_up_turn(draft, command)
        case GiveBackTurn():
            turns.give_back_turn(draft, command)
        case FireTimer():
            turns.fire_timer(draft, command)
        case _:
            assert_never(command)
    return draft.change()


def open_conversation(command: Open, organisation: OrganisationId, context: Context) -> Change:
    """A conversation's first commit: it exists, and the inbound rule has spoken."""
    contact, (channel, address) = command.contact, command.address
    empty = Conversation(organisation=organisation, id=command.conversation, contact=contact, channel=channel).next()
    draft = Draft(empty, context)
    draft.log(Opened(contact=contact, channel=channel, address="" if address == contact.id else address), contact)
    if command.bot:
        draft.change_holder(Move.START, command.bot, System())
    return draft.change()
