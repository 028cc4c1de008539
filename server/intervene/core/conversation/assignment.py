"""Control goes to somebody else: the commands `assign` (to a colleague) and `transfer` (to a queue), with their rules.

The holder gives a conversation on, and supervisors do so with any; to its own queue, that takes it from its holder.
"""

from intervene.core.access import can_serve
from intervene.core.actors import Agent, Nobody
from intervene.core.control import Move, Place
from intervene.core.conversation import desk
from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import EPOCH, holds_as
from intervene.core.conversation.givers import NamesPeople
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import STAFF, Rule, Rules
from intervene.core.errors import Forbidden
from intervene.core.events import ControlChanged, QueueSet
from intervene.core.ids import AgentId


class Assign(NamesPeople, frozen=True, kw_only=True, gc=False):
    """`agent` holds control from now on."""

    agent: AgentId
    epoch: int

    @property
    def named(self) -> tuple[AgentId, ...]:
        return (self.agent,)


class Transfer(desk.ToQueue, frozen=True, kw_only=True, gc=False):
    """It waits for a person, in that queue. What waits already is moved as by `SetQueue`."""


def assign(draft: Draft, command: Assign) -> None:
    draft.check_move(Move.ASSIGN, Place.AGENT, command.author, command.by.role)
    holder = _assignee(draft, command)
    if not holds_as(draft.state, command.agent):
        draft.check_format()
        draft.change_holder(Move.ASSIGN, holder, command.author, command.id, role=command.by.role)


def _assignee(draft: Draft, command: Assign) -> Agent:
    at, policy = draft.state.placement, draft.context.policy
    for person in command.people:
        if person.agent.id == command.agent and can_serve(person, at.organisation, at.queue, policy):
            return person.agent
    raise Forbidden(f"Nobody who serves its queue has the id {command.agent!r}. Choose one who does.")


def transfer(draft: Draft, command: Transfer) -> None:
    if draft.state.place is Place.NOBODY:
        desk.set_queue(draft, command)
        return
    draft.check_move(Move.TRANSFER, Place.NOBODY, command.author, command.by.role)
    draft.check_format()
    queue = desk.queue_for(draft, command.queue)
    draft.change_holder(Move.TRANSFER, Nobody(), command.author, command.id, role=command.by.role, queue=queue)


Command = Assign | Transfer

RULES: Rules = {
    Assign: Rule(
        assign, STAFF, EPOCH, Effect(ControlChanged, ("agent",), (Move.ASSIGN,)), is_urgent=True, takes_over=True
    ),
    Transfer: Rule(transfer, STAFF, EPOCH, Effect(ControlChanged, ("queue",), (Move.TRANSFER,), QueueSet)),
}
