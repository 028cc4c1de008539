"""A lapse: a conversation comes back from an agent who is not there, or leaves the customer without an answer."""

from enum import StrEnum

from msgspec import Struct

from intervene.core.actors import Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import Fence, holds_as
from intervene.core.conversation.packing import INBOX_FORMAT
from intervene.core.conversation.rule import SYSTEM, Rule, Rules
from intervene.core.conversation.state import Conversation
from intervene.core.ids import AgentId
from intervene.core.limits import LAPSE_SECONDS


class Why(StrEnum):
    """The reason of a lapse, as its `ControlChanged` has it."""

    ABSENT = "absent"
    """The holder was absent for as long as the queue allows, and the customer waits for an answer."""
    SILENT = "silent"
    """The holder is there, and left the customer without an answer for as long as the queue allows."""
    DISABLED = "disabled"
    """The holder may not work here any more."""


class Lapse(Struct, frozen=True, kw_only=True, gc=False):
    """The conversation waits for a person again, in its queue. `holder` held it in `epoch`, and `asked` was the number
    of the customer's last message, when that was found to be due, `at` on the clock by which it is decided."""

    epoch: int
    holder: AgentId
    asked: int
    why: Why
    at: int


def lapse(draft: Draft, command: Lapse) -> None:
    """One that waited for too long is dropped: the holder may be back, and what is due is found again."""
    if draft.context.now - command.at <= 1000 * LAPSE_SECONDS:
        draft.change_holder(Move.LAPSE, Nobody(), System(), reason=command.why.value)


def _is_of_found(state: Conversation, command: Lapse) -> bool:
    is_owed = command.why is Why.DISABLED or state.counters.unanswered_since > 0
    return (
        state.format >= INBOX_FORMAT  # the release before reads no such move
        and state.epoch == command.epoch
        and holds_as(state, command.holder)
        and state.asked == command.asked
        and is_owed
    )


LAPSE = Fence(
    "lapse",
    _is_of_found,
    "in another epoch, and if the customer wrote or was answered since, it changes nothing",
)

Command = Lapse

RULES: Rules = {Lapse: Rule(lapse, SYSTEM, LAPSE)}
