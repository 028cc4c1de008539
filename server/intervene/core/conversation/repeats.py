"""Whether a command that comes with a known id is the one that had the id first: a repeat gets the first result, and
another command is refused, because its author would take it for stored.

What makes a command itself is what its author said. Left out is what the server adds (the id of the message, the bot
that a hand-back goes to) and what may change between two tries of the same (epoch, numbers seen, role).
"""

from typing import assert_never

from intervene.core.control import Move
from intervene.core.conversation.moves import AskForPerson, Close, HandBack, Intervene, Release, Reopen
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.conversation.turns import BotSay, FinishMessage
from intervene.core.events import Body, ControlChanged, Message, Note

Named = (
    ContactSay | AskForPerson | AgentSay | AddNote | Intervene | HandBack | Release | Close | Reopen | BotSay
    | FinishMessage
)  # fmt: skip
"""The commands that have an id."""


def is_repeat(first: Named, again: Named) -> bool:
    """Of two commands with one id and author, the first of which is not answered yet."""
    if type(first) is not type(again):
        return False
    match first, again:
        case (FinishMessage(), FinishMessage()):
            return first.message == again.message
        case (ContactSay() | AgentSay() | AddNote() | BotSay(), ContactSay() | AgentSay() | AddNote() | BotSay()):
            return first.text == again.text
        case _:
            return True


def has_done(command: Named, body: Body) -> bool:
    """Whether the event with the command's id and author is what `command` did."""
    match command:
        case ContactSay() | AgentSay() | BotSay():
            return isinstance(body, Message) and body.text == command.text
        case AddNote():
            return isinstance(body, Note) and body.text == command.text
        case FinishMessage():
            return isinstance(body, Message) and body.message == command.message
        case AskForPerson():  # which opens a closed conversation
            return isinstance(body, ControlChanged) and body.move in (Move.ASK, Move.REOPEN)
        case Intervene():
            move = Move.INTERVENE
        case HandBack():
            move = Move.HAND_BACK
        case Release():
            move = Move.RELEASE
        case Close():
            move = Move.CLOSE
        case Reopen():
            move = Move.REOPEN
        case _:
            assert_never(command)
    return isinstance(body, ControlChanged) and body.move is move
