"""What keeps a command of an earlier epoch or turn, or of another customer, from being committed."""

from typing import Protocol

from intervene.core.actors import Agent, Bot, Contact
from intervene.core.control import Party, party_of
from intervene.core.conversation.state import Conversation, Running
from intervene.core.errors import NotFound, OutOfOrder, Stale, Taken


class InTurn(Protocol):
    """A bot's command: it was made in one turn of one run."""

    @property
    def author(self) -> Bot: ...

    @property
    def epoch(self) -> int: ...

    @property
    def turn(self) -> int: ...


def running_turn(state: Conversation, command: InTurn) -> Running:
    """The running turn, if it is the one that a bot's command was made in."""
    turn = state.turn
    if (
        state.epoch != command.epoch
        or not isinstance(turn, Running)
        or turn.number != command.turn
        or Party.BOT not in party_of(command.author, state.holder)
    ):
        raise Stale("This turn is over. Stop.", holder=state.holder, epoch=state.epoch)
    return turn


def check_contact(state: Conversation, author: Contact) -> None:
    if state.contact.id != author.id:
        raise NotFound("There is no such conversation.")


def check_epoch(state: Conversation, author: Agent, epoch: int) -> None:
    if state.epoch == epoch:
        return
    refuse_taken(state, author)
    raise Stale(
        "Control changed since. Look who holds it now, then try once more.", holder=state.holder, epoch=state.epoch
    )


def check_seen(state: Conversation, seen: int) -> None:
    """Nobody has seen what there is not: such a number would pass every later look at what the customer wrote."""
    if seen > state.seq:
        raise OutOfOrder(f"The last event of this conversation is number {state.seq}. Send what you have seen.")


def holds(state: Conversation, author: Agent) -> bool:
    return isinstance(state.holder, Agent) and state.holder.id == author.id


def refuse_taken(state: Conversation, author: Agent) -> None:
    holder = state.holder
    if isinstance(holder, Agent) and holder.id != author.id:
        raise Taken(f"{holder.name} holds control.", by=holder, at=state.held_since, epoch=state.epoch)
