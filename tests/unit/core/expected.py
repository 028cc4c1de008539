"""Which refusal a person's command meets, by the design's table and written without the code that is under test."""

from intervene.core.actors import Agent, Holder, Role
from intervene.core.control import Move, Place, party_of
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Forbidden, IllegalMove, Refusal, Stale, Taken
from tests.unit.core.play import Person
from tests.unit.core.test_control import ALLOWED


def holds(holder: Holder, person: Person) -> bool:
    return isinstance(holder, Agent) and holder.id == person.who.id


def fenced(state: Conversation, person: Person, epoch: int) -> type[Refusal] | None:
    """What a command that carries another epoch meets: who holds control, or what is true now."""
    if epoch == state.epoch:
        return None
    return Taken if isinstance(state.holder, Agent) and state.holder != person.who else Stale


def forbidden(state: Conversation, person: Person, move: Move) -> type[Refusal] | None:
    """By the design's table, as `test_control` has it."""
    to = {
        Move.INTERVENE: Place.AGENT,
        Move.HAND_BACK: Place.BOT,
        Move.RELEASE: Place.NOBODY,
        Move.CLOSE: Place.CLOSED,
        Move.REOPEN: Place.NOBODY,
        Move.ASSIGN: Place.AGENT,
        Move.TRANSFER: Place.NOBODY,
        Move.START: Place.BOT,
    }[move]
    by = ALLOWED.get((state.place, move, to))
    if by is None:
        return IllegalMove
    role = Role.SUPERVISOR if person.by.role is Role.SUPERVISOR else Role.AGENT
    return None if by & party_of(person.who, state.holder, role) else Forbidden
