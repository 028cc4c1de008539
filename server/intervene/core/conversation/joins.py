"""How a conversation belongs to an identity, and goes on in another one after two identities were joined: the commands
of the product, one for each step of a join.

Their ids follow from the join's, so that a step that is repeated changes nothing.
"""

from msgspec import Struct

from intervene.core.actors import Bot, Contact, Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import none
from intervene.core.conversation.packing import INBOX_FORMAT
from intervene.core.conversation.repeats import Effect, moved
from intervene.core.conversation.rule import SYSTEM, Rule, Rules
from intervene.core.errors import Busy
from intervene.core.events import Continued, ContinuedFrom, Identified
from intervene.core.ids import CommandId, ConversationId, IdentityId

PRODUCT = System()


class OfJoin(Struct, frozen=True, kw_only=True, gc=False):
    """A step of a join."""

    id: CommandId

    @property
    def author(self) -> System:
        return PRODUCT


class Identify(OfJoin, frozen=True, kw_only=True, gc=False):
    """The conversation is that identity's from now on."""

    identity: IdentityId
    contact: Contact
    vouched: bool


class Continue(OfJoin, frozen=True, kw_only=True, gc=False):
    """The conversation goes on in another one, and closes."""

    to: ConversationId


class ContinueFrom(OfJoin, frozen=True, kw_only=True, gc=False):
    """The other end: `conversation` goes on here. `unanswered`: the customer had written there, and waits."""

    conversation: ConversationId
    unanswered: bool


class CloseDetached(OfJoin, frozen=True, kw_only=True, gc=False):
    """The customer's address is another's now: the conversation closes."""


def identify(draft: Draft, command: Identify) -> None:
    _check_format(draft)
    if draft.state.identity != command.identity:
        body = Identified(identity=command.identity, contact=command.contact, vouched=command.vouched)
        draft.log(body, PRODUCT, command.id)


def continue_(draft: Draft, command: Continue) -> None:
    _check_format(draft)
    if draft.state.lineage.next:
        return
    unanswered = draft.state.counters.unanswered_since > 0
    if draft.state.is_open:
        draft.change_holder(Move.CONTINUE, Nobody(), PRODUCT)
    draft.log(Continued(to=command.to, unanswered=unanswered), PRODUCT, command.id)


def continue_from(draft: Draft, command: ContinueFrom) -> None:
    """No bot here was given what the customer asked there: a person answers it, unless the customer is blocked."""
    _check_format(draft)
    if command.unanswered and not draft.state.is_open:
        if draft.blocked_until <= draft.now:
            draft.change_holder(Move.REOPEN, Nobody(), PRODUCT)
    elif command.unanswered and isinstance(draft.state.holder, Bot):
        draft.change_holder(Move.ASK, Nobody(), PRODUCT, reason="continued")
    body = ContinuedFrom(conversation=command.conversation, unanswered=command.unanswered)
    draft.log(body, PRODUCT, command.id)


def close_detached(draft: Draft, command: CloseDetached) -> None:
    if draft.state.is_open:
        draft.change_holder(Move.CLOSE, Nobody(), PRODUCT, command.id, reason="detached")


def _check_format(draft: Draft) -> None:
    if draft.state.format < INBOX_FORMAT:
        raise Busy("Not all servers can keep this yet. Try again in a minute.", retry_after=60.0)


Command = Identify | Continue | ContinueFrom | CloseDetached

RULES: Rules = {
    Identify: Rule(identify, SYSTEM, none("it says whose it is, under any control"), Effect(Identified, ("identity",))),
    Continue: Rule(
        continue_, SYSTEM, none("the customer goes on elsewhere, under any control"), Effect(Continued, ("to",))
    ),
    ContinueFrom: Rule(
        continue_from, SYSTEM, none("the customer comes from elsewhere, under any control"),
        Effect(ContinuedFrom, ("conversation",)), may_open=True,
    ),
    CloseDetached: Rule(
        close_detached, SYSTEM, none("its customer is not reached any more, under any control"), moved(Move.CLOSE)
    ),
}  # fmt: skip
