"""A conversation's timers as the log keeps them: rows beside its own, so that it may have several."""

from enum import StrEnum

from msgspec import Struct

from intervene.core.conversation.state import Conversation


class Kind(StrEnum):
    """A conversation has at most one timer of a kind."""

    WAIT = "wait"
    """The bot's: when it ends, a turn is due."""


class TimerSet(Struct, frozen=True, gc=False):
    """A commit's change of one timer: `due` in milliseconds since 1970, on the database's clock; 0: it ends. `epoch`
    is the one in which it was set."""

    kind: Kind
    due: int
    epoch: int


def timers_set(before: Conversation | None, after: Conversation) -> tuple[TimerSet, ...]:
    """What a commit changes of the timers; as most commits, nothing."""
    due = after.run.due if after.run else 0
    old = before.run.due if before is not None and before.run else 0
    if due == old and (not due or before is None or before.epoch == after.epoch):
        return ()
    return (TimerSet(Kind.WAIT, due, after.epoch),)
