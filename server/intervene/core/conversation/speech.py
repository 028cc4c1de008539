"""What people write: messages and notes. The commands and their rules.

Texts come through the gate, `core.text`: it is called before a command is built.
"""

from intervene.core.access import can_serve
from intervene.core.actors import Nobody
from intervene.core.control import Move
from intervene.core.conversation.commit import Draft, check_not_over
from intervene.core.conversation.fence import EPOCH, check_holder, check_view, none
from intervene.core.conversation.givers import ByStaff, ByVisitor, NamesPeople
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import CONTACT, STAFF, Rule, Rules
from intervene.core.conversation.state import Cause, Idle, Owed, Running
from intervene.core.errors import Forbidden, OutOfOrder, Unchangeable
from intervene.core.events import Deleted, Edited, Message, Note, author_key
from intervene.core.ids import AgentId, MessageId
from intervene.core.limits import AMEND_SECONDS, TURN_RESTARTS
from intervene.core.text import Text


class ContactSay(ByVisitor, frozen=True, kw_only=True, gc=False):
    message: MessageId
    text: Text


class AgentSay(ByStaff, frozen=True, kw_only=True, gc=False):
    """`seen` is the number of the last event the agent had seen; `confirmed` says "send it as it is"."""

    message: MessageId
    text: Text
    epoch: int
    seen: int
    confirmed: bool = False


class AddNote(NamesPeople, frozen=True, kw_only=True, gc=False):
    """`mentions`: colleagues, by their ids."""

    message: MessageId
    text: Text
    mentions: tuple[AgentId, ...] = ()

    @property
    def named(self) -> tuple[AgentId, ...]:
        return self.mentions


class EditMessage(ByStaff, frozen=True, kw_only=True, gc=False):
    """Write anew one's own message, that of event number `n`."""

    n: int
    text: Text
    epoch: int


class DeleteMessage(ByStaff, frozen=True, kw_only=True, gc=False):
    """Take back one's own message, that of event number `n`."""

    n: int
    epoch: int


def contact_say(draft: Draft, command: ContactSay) -> None:
    if not draft.state.is_open:
        check_not_over(draft)
        bot = None if draft.state.lineage.begun_by_agent else draft.context.policy.bot_of(draft.state.channel)
        draft.change_holder(Move.REOPEN, bot or Nobody(), command.author)
    draft.log(Message(message=command.message, text=command.text), command.author, command.id)
    run = draft.state.run
    if run is None:
        draft.say_away()
        return
    match run.turn:
        case Idle():
            draft.want_turn(Cause.INPUT)
        case Owed(losses=losses):
            draft.want_turn(Cause.INPUT, losses)
        case Running(spoke=False, restarts=restarts, losses=losses, node=node, number=number) if (
            restarts < TURN_RESTARTS
        ):
            # Nothing was said yet, so the turn starts again and knows of this message too. One that was claimed in
            # this very commit has not begun.
            version = draft.state.version
            restarts += number < version
            draft.set_turn(Running(node=node, number=version, restarts=restarts, losses=losses))
        case Running():
            pass  # `turns.end_turn` will find it unanswered


def agent_say(draft: Draft, command: AgentSay) -> None:
    check_holder(draft.state, command.author)
    check_view(draft.state, command.seen, "Read it, then send again or confirm.", is_confirmed=command.confirmed)
    draft.log(Message(message=command.message, text=command.text), command.author, command.id)


def add_note(draft: Draft, command: AddNote) -> None:
    at, policy = draft.state.placement, draft.context.policy
    called = {who.agent.id for who in command.people if can_serve(who, at.organisation, at.queue, policy)}
    for id in command.mentions:
        if id not in called:
            raise Forbidden(f"Nobody who serves its queue has the id {id!r}. Mention those who do.")
    note = Note(message=command.message, text=command.text, mentions=command.mentions)
    draft.log(note, command.author, command.id)


def edit_message(draft: Draft, command: EditMessage) -> None:
    written = _own_message(draft, command)
    if written.deleted:
        raise Unchangeable("This message was deleted.")
    if written.text != command.text:
        draft.log(Edited(message=written.message, n=command.n, text=command.text), command.author, command.id)


def delete_message(draft: Draft, command: DeleteMessage) -> None:
    written = _own_message(draft, command)
    if not written.deleted:
        draft.log(Deleted(message=written.message, n=command.n), command.author, command.id)


def _own_message(draft: Draft, command: EditMessage | DeleteMessage) -> Message:
    """The message as it is now, if its author may still change it: every channel that there is can show that."""
    check_holder(draft.state, command.author)
    draft.check_format()
    event = draft.context.named.get(command.n)
    if event is None:
        raise OutOfOrder(f"The last event of this conversation is number {draft.state.seq}.")
    if not isinstance(event.body, Message) or author_key(event.author) != author_key(command.author):
        raise Forbidden(f"Event {command.n} is no message of yours.")
    if draft.now - event.at > AMEND_SECONDS * 1000:
        raise Unchangeable(f"A message can be changed for {AMEND_SECONDS // 60} minutes.")
    return event.body


Command = ContactSay | AgentSay | AddNote | EditMessage | DeleteMessage

RULES: Rules = {
    ContactSay: Rule(
        contact_say,
        CONTACT,
        none("what a customer writes counts under any control"),
        Effect(Message, ("text",)),
        may_open=True,
    ),
    AgentSay: Rule(agent_say, STAFF, EPOCH, Effect(Message, ("text",))),
    AddNote: Rule(
        add_note,
        STAFF,
        none("a note belongs to its author, not to control, and customers never see it"),
        Effect(Note, ("text", "mentions")),
    ),
    EditMessage: Rule(edit_message, STAFF, EPOCH, Effect(Edited, ("n", "text")), names_event=True),
    DeleteMessage: Rule(delete_message, STAFF, EPOCH, Effect(Deleted, ("n",)), names_event=True),
}
