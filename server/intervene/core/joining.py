"""Two identities that become one: which of their conversations goes on."""

from typing import NamedTuple

from intervene.core.actors import Agent
from intervene.core.conversation.state import Conversation


class Candidate(NamedTuple):
    """`asked_at`: when the customer wrote there last, 0 for never."""

    state: Conversation
    asked_at: int


def survivor(one: Candidate | None, other: Candidate | None) -> tuple[Candidate | None, Candidate | None]:
    """The conversation that goes on, and the one that is continued in it: an open one before a closed one, then what a
    person holds, then where the customer wrote last."""
    if one is None or other is None:
        return one or other, None
    kept, dropped = sorted((one, other), key=_rank, reverse=True)
    return kept, dropped


def _rank(it: Candidate) -> tuple[bool, bool, int, int, str]:
    state = it.state
    return state.is_open, isinstance(state.holder, Agent), it.asked_at, state.last_at, state.id
