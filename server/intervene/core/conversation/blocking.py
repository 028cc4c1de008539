"""Blocking a customer: the conversation closes, and nothing opens it until the block has ended.

Who blocks in a conversation blocks the address that it is with, and the log writes that into the list of blocked
addresses in the same transaction. `ApplyBlock` and `LiftBlock` bring a conversation into line with a change of the
list. All three are decided under the row's lock, where such a transaction is made; `Block` under that of the identity's
row too, as the list is changed, so that what opens a conversation of the customer finds the block, or is found by it.
"""

from intervene.core.actors import Nobody
from intervene.core.blocks import until_of
from intervene.core.control import Move
from intervene.core.conversation.commit import Draft, check_latest
from intervene.core.conversation.fence import EPOCH, holds, none, refuse_taken
from intervene.core.conversation.givers import ByStaff
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import STAFF, Rule, Rules
from intervene.core.errors import Forbidden
from intervene.core.events import Blocked, Unblocked
from intervene.core.text import Text


class Block(ByStaff, frozen=True, kw_only=True, gc=False):
    """The address of the conversation's customer, on its channel or `everywhere`, until a time (milliseconds since
    1970) or, with 0, for good."""

    epoch: int
    until: int
    why: Text
    everywhere: bool


class ApplyBlock(ByStaff, frozen=True, kw_only=True, gc=False):
    """The address is in the list; one of its customer's other addresses may be this conversation's."""

    channel: str
    address: str
    until: int
    why: Text


class LiftBlock(ByStaff, frozen=True, kw_only=True, gc=False):
    """The address is no longer in the list."""

    channel: str
    address: str


def block(draft: Draft, command: Block) -> None:
    state = draft.state
    if not (command.by.role.leads or holds(state, command.author)):
        refuse_taken(state, command.author)
        raise Forbidden("Customers are blocked by the agent who holds control, and by supervisors.")
    if command.until and command.until <= draft.now:
        raise Forbidden("That time is over. Give a later one, or 0 to block for good.")
    check_latest(state, draft.context.latest)
    _block(draft, command, "" if command.everywhere else state.channel, state.identity)


def apply_block(draft: Draft, command: ApplyBlock) -> None:
    _check_leads(command)
    if draft.state.is_open or draft.state.control.blocked_until != until_of(command.until):
        _block(draft, command, command.channel, command.address)


def lift_block(draft: Draft, command: LiftBlock) -> None:
    _check_leads(command)
    if draft.state.control.blocked_until:
        draft.log(Unblocked(channel=command.channel, address=command.address), command.author, command.id)


def _block(draft: Draft, command: Block | ApplyBlock, channel: str, address: str) -> None:
    draft.check_format()
    if draft.state.is_open:
        draft.change_holder(Move.CLOSE, Nobody(), command.author, role=command.by.role, reason="blocked")
    body = Blocked(channel=channel, address=address, until=command.until, why=command.why)
    draft.log(body, command.author, command.id)


def _check_leads(command: ByStaff) -> None:
    if not command.by.role.leads:
        raise Forbidden("The list of blocked addresses is for supervisors and admins.")


Command = Block | ApplyBlock | LiftBlock

_LISTED = none("it follows the list of blocked addresses, under any control")
RULES: Rules = {
    Block: Rule(block, STAFF, EPOCH, Effect(Blocked, ("until", "why")), is_urgent=True, blocks=True),
    ApplyBlock: Rule(apply_block, STAFF, _LISTED, Effect(Blocked, ("until", "why")), is_urgent=True),
    LiftBlock: Rule(lift_block, STAFF, _LISTED, Effect(Unblocked), is_urgent=True),
}
