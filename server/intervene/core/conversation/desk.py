"""What staff keep of a conversation beside its control, with the commands: queue, status, tags, custom fields.

The agent who holds control changes them, and supervisors do; while no person holds it, all staff who see it do.
"""

from msgspec.structs import replace

from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import EPOCH, holds, none, refuse_taken
from intervene.core.conversation.givers import ByStaff
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import STAFF, Rule, Rules
from intervene.core.errors import Forbidden
from intervene.core.events import FieldsSet, QueueSet, StatusSet, TagsSet
from intervene.core.ids import FieldId, QueueId, StatusId
from intervene.core.policy import check_field


class ToQueue(ByStaff, frozen=True, kw_only=True, gc=False):
    """Names a queue that it shall be in."""

    queue: QueueId
    epoch: int


class SetQueue(ToQueue, frozen=True, kw_only=True, gc=False):
    """Where it waits, or would. It changes no holder."""


class SetStatus(ByStaff, frozen=True, kw_only=True, gc=False):
    """`status`: one of the organisation's; empty: none."""

    status: StatusId
    epoch: int


class SetTags(ByStaff, frozen=True, kw_only=True, gc=False):
    """All tags that it has from now on."""

    tags: tuple[str, ...]
    epoch: int


class RenameTag(ByStaff, frozen=True, kw_only=True, gc=False):
    """One tag is called otherwise wherever it is: an admin said so of the organisation, not of this conversation."""

    tag: str
    name: str


class SetFields(ByStaff, frozen=True, kw_only=True, gc=False):
    """The custom fields that change; an empty value removes one."""

    fields: dict[FieldId, str]
    epoch: int


def set_queue(draft: Draft, command: ToQueue) -> None:
    _check(draft, command)
    if command.queue != draft.state.card.queue:
        draft.log(queue_for(draft, command.queue), command.author, command.id)


def queue_for(draft: Draft, id: QueueId) -> QueueSet:
    """What a person moves the conversation to, with its name. Raises `Forbidden` for another queue than its own that
    takes nothing."""
    queue = draft.context.policy.queues.get(id)
    if id == draft.state.card.queue:
        return QueueSet(queue=id, name=queue.name if queue else "")
    if queue is None or queue.is_archived:
        raise Forbidden(f"There is no queue {id!r} here. Choose one of the organisation's.")
    if not queue.is_active:
        raise Forbidden(f"The queue {queue.name!r} is not active. Choose another one.")
    return QueueSet(queue=queue.id, name=queue.name)


def set_status(draft: Draft, command: SetStatus) -> None:
    _check(draft, command)
    if command.status == draft.state.card.status:
        return
    status = draft.context.policy.statuses.get(command.status)
    if command.status and (status is None or status.is_archived):
        raise Forbidden(f"There is no status {command.status!r} here. Choose one of the organisation's.")
    draft.log(StatusSet(status=command.status, name=status.name if status else ""), command.author, command.id)


def set_tags(draft: Draft, command: SetTags) -> None:
    _check(draft, command)
    if command.tags != draft.state.card.tags:
        draft.check_card(replace(draft.state.card, tags=command.tags))
        draft.log(TagsSet(tags=command.tags), command.author, command.id)


def rename_tag(draft: Draft, command: RenameTag) -> None:
    """Where the conversation has `name` already, it has it once."""
    if not command.by.role.leads:
        raise Forbidden("Tags are renamed by admins.")
    former = draft.state.card.tags
    if command.tag not in former:
        return
    draft.check_format()
    tags = tuple(dict.fromkeys(command.name if tag == command.tag else tag for tag in former))
    if tags != former:
        draft.check_card(replace(draft.state.card, tags=tags))
        draft.log(TagsSet(tags=tags), command.author, command.id)


def set_fields(draft: Draft, command: SetFields) -> None:
    _check(draft, command)
    for id, value in command.fields.items():
        check_field(draft.context.policy, id, value)
    card = draft.state.card.with_fields(command.fields)
    if card != draft.state.card:
        draft.check_card(card)
        draft.log(FieldsSet(fields=command.fields), command.author, command.id)


def _check(draft: Draft, command: ByStaff) -> None:
    state = draft.state
    if not (command.by.role.leads or holds(state, command.author)):
        refuse_taken(state, command.author)
    draft.check_format()


Command = SetQueue | SetStatus | SetTags | RenameTag | SetFields

RULES: Rules = {
    SetQueue: Rule(set_queue, STAFF, EPOCH, Effect(QueueSet, ("queue",))),
    SetStatus: Rule(set_status, STAFF, EPOCH, Effect(StatusSet, ("status",))),
    SetTags: Rule(set_tags, STAFF, EPOCH, Effect(TagsSet, ("tags",))),
    RenameTag: Rule(
        rename_tag, STAFF, none("a tag is called otherwise everywhere, under any control"), Effect(TagsSet)
    ),
    SetFields: Rule(set_fields, STAFF, EPOCH, Effect(FieldsSet, ("fields",))),
}
