"""The fence: under which control a command must have been made to be committed now. Each entry of `decide.RULES` has
one, and `decide` asks it before the rule runs. The append repeats the question by comparing versions.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from intervene.core.actors import Agent, Bot
from intervene.core.conversation.state import Conversation, Running
from intervene.core.errors import NotHolder, OutOfOrder, Stale, StaleView, Taken
from intervene.core.ids import AgentId


class Fence(NamedTuple):
    """`admits(state, command)`: True if the rule may run, False if nothing is left to do, or it raises a refusal.
    `meaning`: what becomes of a command that was made under another control; for `none`, why there is no fence."""

    name: str
    admits: Callable[[Conversation, Any], bool]
    meaning: str


class OfAgent(Protocol):
    """What an agent does for the business: it was made in an epoch."""

    @property
    def author(self) -> Agent: ...

    @property
    def epoch(self) -> int: ...


class OfTurn(Protocol):
    """What a bot does: it was made in one turn of one epoch."""

    @property
    def author(self) -> Bot: ...

    @property
    def epoch(self) -> int: ...

    @property
    def turn(self) -> int: ...


class OfClaim(Protocol):
    @property
    def turn(self) -> int: ...


class OfEvent(Protocol):
    """It names an event by its number."""

    @property
    def n(self) -> int: ...


class OfTimer(Protocol):
    @property
    def epoch(self) -> int: ...

    @property
    def due(self) -> int: ...


def _is_of_epoch(state: Conversation, command: OfAgent) -> bool:
    if state.epoch == command.epoch:
        return True
    refuse_taken(state, command.author)
    raise Stale(
        "Control changed since. Look who holds it now, then try once more.", holder=state.holder, epoch=state.epoch
    )


def _is_of_epoch_and_not_holder(state: Conversation, command: OfAgent) -> bool:
    return not holds(state, command.author) and _is_of_epoch(state, command)


def _is_of_turn(state: Conversation, command: OfTurn) -> bool:
    turn, control = state.turn, state.control
    if (
        control.epoch != command.epoch
        or not isinstance(turn, Running)
        or turn.number != command.turn
        or not isinstance(control.holder, Bot)
        or control.holder.id != command.author.id
    ):
        raise Stale("This turn is over. Stop.", holder=state.holder, epoch=state.epoch)
    return True


def _is_of_claim(state: Conversation, command: OfClaim) -> bool:
    return isinstance(state.turn, Running) and state.turn.number == command.turn


def _is_of_timer(state: Conversation, command: OfTimer) -> bool:
    run = state.run
    return run is not None and state.epoch == command.epoch and 0 < run.due == command.due


def _always(_state: Conversation, _command: object) -> bool:
    return True


EPOCH = Fence(
    "epoch", _is_of_epoch, "made in another epoch, it is refused: `taken` while a colleague holds control, else `stale`"
)
EPOCH_OR_HOLDER = Fence(
    "epoch",
    _is_of_epoch_and_not_holder,
    "made in another epoch, it is refused likewise; from the agent who holds control it changes nothing in any epoch",
)
TURN = Fence("turn", _is_of_turn, "made in another epoch, in another turn or by another bot, it is refused: `stale`")
CLAIM = Fence("claim", _is_of_claim, "if another turn runs, or none, it changes nothing")
TIMER = Fence("timer", _is_of_timer, "in another epoch, or after the timer changed, it changes nothing")


def none(reason: str) -> Fence:
    return Fence("none", _always, reason)


def holds(state: Conversation, author: Agent) -> bool:
    return holds_as(state, author.id)


def holds_as(state: Conversation, agent: AgentId) -> bool:
    return isinstance(state.holder, Agent) and state.holder.id == agent


def refuse_taken(state: Conversation, author: Agent) -> None:
    """Raise `Taken` if another agent holds control."""
    holder = state.holder
    if isinstance(holder, Agent) and holder.id != author.id:
        raise Taken(f"{holder.name} holds control.", by=holder, at=state.held_since, epoch=state.epoch)


def check_holder(state: Conversation, author: Agent) -> None:
    """Raise `Taken` or `NotHolder` for an agent who does not hold control."""
    if not holds(state, author):
        refuse_taken(state, author)
        raise NotHolder("You do not hold control. Intervene first.", holder=state.holder, epoch=state.epoch)


def check_view(state: Conversation, seen: int, advice: str, *, is_confirmed: bool = False) -> None:
    """Raise `StaleView`, with `advice`, if the customer wrote after event `seen` and the agent does not insist."""
    if seen > state.seq:  # nobody has seen what there is not: such a number would pass every later look
        raise OutOfOrder(f"The last event of this conversation is number {state.seq}. Send what you have seen.")
    if state.asked > seen and not is_confirmed:
        raise StaleView(f"The customer wrote since. {advice}", asked=state.asked)
