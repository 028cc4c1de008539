"""The columns by which rows are listed: derived from the state, for indexes and filters, and never read back."""

from typing import NamedTuple, Self

from intervene.core.actors import Agent, Bot
from intervene.core.control import Place
from intervene.core.conversation.state import Conversation

QUARTER = 15 * 60 * 1000  # milliseconds: how seldom talk alone moves a row in its index

_HELD = (Agent, Bot)

PLACES = {Place.NOBODY: 0, Place.AGENT: 1, Place.BOT: 2, Place.CLOSED: 3}


class Columns(NamedTuple):
    """`since`: of what waits, since when; of what is closed, when that was; else the last activity, rounded down to a
    quarter of an hour. `holder`: the agent's id, else "". `contact`: None where it stays as it is in the row, as with
    every move."""

    place: int
    since: int
    holder: str
    contact: str | None
    queue: str
    status: str

    @classmethod
    def of(cls, state: Conversation, before: Conversation | None = None) -> Self:
        """`before`: the state whose columns the row has."""
        holder, card = state.holder, state.card
        is_same = before is not None and state.contact is before.contact
        return cls(
            PLACES[state.place], _since(state), holder.id if isinstance(holder, Agent) else "",
            None if is_same else state.contact.id, card.queue, card.status,
        )  # fmt: skip

    @staticmethod
    def are_those_of(after: Conversation, before: Conversation) -> bool:
        """By identity first, for a microsecond in every commit: most leave control and card alone. Where control is the
        same, only a message can have moved `since`: as far as it begins a quarter or, held by nobody, begins or ends a
        wait."""
        was, now = before.counters, after.counters
        return (
            after.control is before.control
            and after.card is before.card
            and after.contact is before.contact
            and (
                now.last_at // QUARTER == was.last_at // QUARTER
                if isinstance(after.control.holder, _HELD)
                else now.unanswered_since == was.unanswered_since or _since(after) == _since(before)
            )
        )


def _since(state: Conversation) -> int:
    match state.place:
        case Place.NOBODY:
            return state.waiting_since
        case Place.CLOSED:
            return state.held_since
        case _:
            return state.last_at - state.last_at % QUARTER
