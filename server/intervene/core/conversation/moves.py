"""Who holds control, as people change it: the commands and their rules. The table of moves is `core.control`."""

from typing import assert_never

from msgspec import Struct

from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody, Role
from intervene.core.control import Move, Place
from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import check_contact, check_epoch, check_seen, holds
from intervene.core.errors import StaleView
from intervene.core.ids import Address, CommandId, ConversationId


class Open(Struct, frozen=True, kw_only=True, gc=False):
    """Create the conversation of an address, unless it has one. Never in a group: see `Log.open`."""

    conversation: ConversationId
    contact: Contact
    address: Address
    bot: Bot | None


class AskForPerson(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Contact


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


Control = Intervene | HandBack | Release | Close | Reopen
"""The moves of agents."""


def ask_for_person(draft: Draft, command: AskForPerson) -> None:
    check_contact(draft.state, command.author)
    match draft.state.place:
        case Place.NOBODY if draft.state.wants_person:
            pass  # once is enough: the event stands for all who look at the conversation
        case Place.BOT | Place.NOBODY:
            draft.change_holder(Move.ASK, Nobody(), command.author, command.id)
        case Place.CLOSED:
            draft.change_holder(Move.REOPEN, Nobody(), command.author, command.id)
        case Place.AGENT:
            pass  # a person is there


def agent_moves(draft: Draft, command: Control) -> None:
    state, author = draft.state, command.author
    role = Role.AGENT
    to: Holder = Nobody()
    match command:
        case Intervene():
            if holds(state, author):
                return  # the holder again: no change
            move, to, role = Move.INTERVENE, author, command.role
        case HandBack():
            move, to = Move.HAND_BACK, command.bot
        case Release():
            move = Move.RELEASE
        case Close():
            move, role = Move.CLOSE, command.role
        case Reopen():
            move, role = Move.REOPEN, command.role
        case _:
            assert_never(command)
    check_epoch(state, author, command.epoch)
    if isinstance(command, Close) and state.is_open:
        check_seen(state, command.seen)
        if state.asked > command.seen:
            raise StaleView("The customer wrote since. Read it, then close again.", asked=state.asked)
    draft.change_holder(move, to, author, command.id, role=role)
