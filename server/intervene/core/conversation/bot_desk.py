"""What a bot keeps of the conversation that it holds (queue, status, tags) and what it says of the contact. Commands
and rules beside those of staff.

What the organisation does not have, or has not in use, is skipped: settings may change under a bot, and it goes on.
"""

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Bot
from intervene.core.conversation.commit import NO_COMMAND, Draft
from intervene.core.conversation.fence import TURN
from intervene.core.conversation.packing import INBOX_FORMAT
from intervene.core.conversation.rule import BOT, Rule, Rules
from intervene.core.errors import BadText
from intervene.core.events import AttributesKept, QueueSet, StatusSet, TagsSet
from intervene.core.ids import QueueId, StatusId
from intervene.core.limits import ATTRIBUTES_AT_ONCE, BOT_ATTRIBUTES_BYTES


class OfTurn(Struct, frozen=True, kw_only=True, gc=False):
    """Repeated, it changes nothing more: so it has no id."""

    author: Bot
    epoch: int
    turn: int


class BotSetQueue(OfTurn, frozen=True, kw_only=True, gc=False):
    queue: QueueId


class BotSetStatus(OfTurn, frozen=True, kw_only=True, gc=False):
    """`status`: empty for none."""

    status: StatusId


class BotSetAttributes(OfTurn, frozen=True, kw_only=True, gc=False):
    """`values`: of the contact, by name; empty for what is said no more."""

    values: dict[str, str]


class BotSetTags(OfTurn, frozen=True, kw_only=True, gc=False):
    """All tags that it has from now on."""

    tags: tuple[str, ...]


def bot_set_queue(draft: Draft, command: BotSetQueue) -> None:
    queue = draft.context.policy.queues.get(command.queue)
    if queue is not None and queue.is_taking and queue.id != draft.state.card.queue:
        _log(draft, command, QueueSet(queue=queue.id, name=queue.name))


def bot_set_status(draft: Draft, command: BotSetStatus) -> None:
    status = draft.context.policy.statuses.get(command.status)
    is_in_use = not command.status or (status is not None and not status.is_archived)
    if is_in_use and command.status != draft.state.card.status:
        _log(draft, command, StatusSet(status=command.status, name=status.name if status else ""))


def bot_set_tags(draft: Draft, command: BotSetTags) -> None:
    card = draft.state.card
    if command.tags != card.tags:
        draft.check_card(replace(card, tags=command.tags))
        _log(draft, command, TagsSet(tags=command.tags))


def bot_set_attributes(draft: Draft, command: BotSetAttributes) -> None:
    """Decided under the row's lock, where the contact's row is written with it: nothing of a bot that was cut."""
    size = sum(len(name.encode()) + len(value.encode()) for name, value in command.values.items())
    if len(command.values) > ATTRIBUTES_AT_ONCE or size > BOT_ATTRIBUTES_BYTES:
        raise BadText(f"A bot says at most {ATTRIBUTES_AT_ONCE} things at once, of {BOT_ATTRIBUTES_BYTES} bytes.")
    if command.values:
        _log(draft, command, AttributesKept(values=command.values))


def _log(draft: Draft, command: OfTurn, body: QueueSet | StatusSet | TagsSet | AttributesKept) -> None:
    if draft.state.format >= INBOX_FORMAT:  # the release before does not keep it
        draft.log(body, command.author, NO_COMMAND, command.turn)


Command = BotSetQueue | BotSetStatus | BotSetTags | BotSetAttributes

RULES: Rules = {
    BotSetQueue: Rule(bot_set_queue, BOT, TURN),
    BotSetStatus: Rule(bot_set_status, BOT, TURN),
    BotSetTags: Rule(bot_set_tags, BOT, TURN),
    BotSetAttributes: Rule(bot_set_attributes, BOT, TURN, writes_beside=True),
}
