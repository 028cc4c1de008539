"""An organisation's settings: as they are stored, and as the rules see them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

import msgspec
from msgspec import Struct

from intervene.core.actors import Bot
from intervene.core.errors import BadText, Forbidden
from intervene.core.hours import Week, is_open, next_opening
from intervene.core.ids import (
    DEFAULT_QUEUE,
    AgentId,
    BotId,
    FieldId,
    HoursId,
    OrganisationId,
    QueueId,
    ReasonId,
    StatusId,
)
from intervene.core.settings import (
    REOPEN_HOURS,
    ChannelSettings,
    FieldKind,
    FieldSettings,
    Kind,
    QueueSettings,
    ReasonSettings,
    Row,
    StatusSettings,
    unwritten,
)

NO_BOT = "none"


class Settings(Struct, frozen=True, kw_only=True, gc=False):
    """What an organisation has set. `bot`: the id of the bot that its conversations start with, `none` for none; empty:
    as the server's own settings say. Types never change and new fields have defaults: nodes of two releases read it."""

    bot: str = ""


class Stored(Struct, frozen=True, kw_only=True, gc=False):
    """All that an organisation has set, at one moment. `version` counts the changes; 0: it has set nothing. `rows` are
    without canned replies, which no rule reads; `members` are agents by the id of their queue."""

    version: int = 0
    settings: Settings = Settings()
    rows: tuple[Row, ...] = ()
    members: Mapping[str, frozenset[AgentId]] = msgspec.field(default_factory=dict)


class Queue(QueueSettings, frozen=True, kw_only=True, gc=False):
    """`members`: the agents who were put into it; `Policy.serves` says who serves it."""

    id: QueueId
    is_archived: bool = False
    members: frozenset[AgentId] = frozenset()

    @property
    def is_taking(self) -> bool:
        """Whether a person or the API may move a conversation here."""
        return self.is_active and not self.is_archived


class Status(StatusSettings, frozen=True, kw_only=True, gc=False):
    id: StatusId
    is_archived: bool = False


class Field(FieldSettings, frozen=True, kw_only=True, gc=False):
    id: FieldId
    is_archived: bool = False


class Reason(ReasonSettings, frozen=True, kw_only=True, gc=False):
    id: ReasonId
    is_archived: bool = False


class Channel(ChannelSettings, frozen=True, kw_only=True, gc=False):
    id: str
    is_archived: bool = False


E = TypeVar("E", Queue, Status, Field, Reason, Channel)


def _made(entry: type[E], row: Row, **more: object) -> E:
    return entry(**msgspec.structs.asdict(row.values), id=row.id, is_archived=row.is_archived, **more)  # type: ignore[arg-type]


_CHANNELS: Mapping[str, Channel] = {row.id: _made(Channel, row) for row in unwritten(Kind.CHANNEL)}
_QUEUES: Mapping[QueueId, Queue] = {QueueId(row.id): _made(Queue, row) for row in unwritten(Kind.QUEUE)}


class Policy(Struct, frozen=True, kw_only=True, gc=False):
    """The settings of one organisation at one version, as `decide` is given them. `evolve` never is: an event holds all
    that follows from it. `version` counts the changes; 0: the organisation has set nothing.

    `bot`: conversations start with it, and are handed back to it; None: they wait for a person. `channel_bots`: the
    same of channels that have set one, or none. `statuses`, `fields` and `reasons` are in their order. Archived rows
    are in all of them, for conversations that name them. `assigned`: the agents who were put into any queue that is not
    archived. `ancestors`: the organisations above, the nearest first; they are of the tree, and `version` does not
    count their changes.
    """

    version: int = 0
    bot: Bot | None = None
    queues: Mapping[QueueId, Queue] = msgspec.field(default_factory=lambda: _QUEUES)
    default_queue: QueueId = DEFAULT_QUEUE
    statuses: Mapping[StatusId, Status] = msgspec.field(default_factory=dict)
    fields: Mapping[FieldId, Field] = msgspec.field(default_factory=dict)
    reasons: Mapping[ReasonId, Reason] = msgspec.field(default_factory=dict)
    channels: Mapping[str, Channel] = msgspec.field(default_factory=lambda: _CHANNELS)
    channel_bots: Mapping[str, Bot | None] = msgspec.field(default_factory=dict)
    hours: Mapping[HoursId, Week] = msgspec.field(default_factory=dict)
    assigned: frozenset[AgentId] = frozenset()
    ancestors: tuple[OrganisationId, ...] = ()

    def queue(self, id: QueueId) -> Queue:
        """The default one, where there is none of that id: what is in it must not be out of everybody's sight."""
        return self.queues.get(id) or self.queues[self.default_queue]

    def queue_of(self, channel: str) -> QueueId | str:
        """Where conversations of the channel wait; "" for the default queue."""
        found = self.channels.get(channel)
        return found.queue if found and found.queue in self.queues else ""

    def reopens_for(self, channel: str) -> int:
        """For how long after its close a customer's message reopens a conversation: milliseconds, 0 for any time."""
        found = self.channels.get(channel)
        return (found.reopen_hours if found else REOPEN_HOURS) * 3_600_000

    def serves(self, agent: AgentId, queue: QueueId) -> bool:
        """Whether it is one of the agent's queues. Who was put into none, as a new agent, serves the default one."""
        served = self.queue(queue)
        return agent in served.members or (served.id == self.default_queue and agent not in self.assigned)

    def bot_of(self, channel: str) -> Bot | None:
        """What conversations of the channel start with, and are handed back to; None: they wait for a person."""
        return self.channel_bots.get(channel, self.bot)

    def open_now(self, queue: QueueId, at: int, channel: str = "") -> bool:
        """Whether `at`, in milliseconds since 1970, is within the hours of the queue and those of the channel, if it
        has some."""
        return all(is_open(week, at) for week in self._weeks(queue, channel))

    def has_opened(self, queue: QueueId, since: int, until: int, channel: str = "") -> bool:
        """Whether hours have begun after `since`, up to `until`."""
        openings = (next_opening(week, since) for week in self._weeks(queue, channel))
        return any(opening is not None and opening <= until for opening in openings)

    def _weeks(self, queue: QueueId, channel: str) -> list[Week]:
        found = self.channels.get(channel)
        named = (self.queue(queue).hours, found.hours if found else HoursId(""))
        return [self.hours[hours] for hours in named if hours in self.hours]


def check_field(policy: Policy, id: FieldId, value: str) -> None:
    """That a conversation may have the value, "" for none. Raises `Forbidden` if the organisation has no such field,
    and `BadText` for a value of another kind."""
    field = policy.fields.get(id)
    if field is None or field.is_archived:
        raise Forbidden(f"There is no field {id!r} here. Choose one of the organisation's.")
    if value and not _fits(field, value):
        raise BadText(f"The field {field.name!r} takes {_TAKES[field.kind]}.")


def _fits(field: Field, value: str) -> bool:
    match field.kind:
        case FieldKind.NUMBER:
            return _NUMBER(value) is not None
        case FieldKind.DATE:
            try:
                return date.fromisoformat(value).isoformat() == value
            except ValueError:
                return False
        case FieldKind.CHECKBOX:
            return value in ("true", "false")
        case FieldKind.CHOICE:
            return value in field.choices
        case FieldKind.TEXT:
            return True


_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?").fullmatch
_TAKES = {
    FieldKind.NUMBER: "a number, such as -3 or 12.50",
    FieldKind.DATE: "a date, such as 2026-03-01",
    FieldKind.CHECKBOX: "true or false",
    FieldKind.CHOICE: "one of its choices",
}


def policy_of(stored: Stored, default: Bot | None, bots: Mapping[BotId, Bot]) -> Policy:
    """`default`: the bot where the organisation has set none; `bots`: those that there are. A bot that there is not is
    none: customers then wait for a person, and not for what nobody runs."""
    bot = _bot(stored.settings.bot, default, bots)
    if not stored.rows and not stored.members:
        return Policy(version=stored.version, bot=bot)
    queues = {
        QueueId(row.id): _made(Queue, row, members=stored.members.get(row.id, frozenset()))
        for row in _of_kind(stored, Kind.QUEUE)
    }
    channels = {row.id: _made(Channel, row) for row in _of_kind(stored, Kind.CHANNEL)}
    in_use = (queue.members for queue in queues.values() if not queue.is_archived)
    return Policy(
        version=stored.version,
        bot=bot,
        queues=queues,
        statuses={StatusId(row.id): _made(Status, row) for row in _ordered(stored, Kind.STATUS)},
        fields={FieldId(row.id): _made(Field, row) for row in _ordered(stored, Kind.FIELD)},
        reasons={ReasonId(row.id): _made(Reason, row) for row in _ordered(stored, Kind.REASON)},
        channels=channels,
        channel_bots={id: _bot(channel.bot, bot, bots) for id, channel in channels.items() if channel.bot},
        hours={HoursId(row.id): row.values for row in _of_kind(stored, Kind.HOURS) if isinstance(row.values, Week)},
        assigned=frozenset().union(*in_use),
    )


def _bot(id: str, default: Bot | None, bots: Mapping[BotId, Bot]) -> Bot | None:
    match id:
        case "":
            return default
        case _:
            return None if id == NO_BOT else bots.get(BotId(id))


def _of_kind(stored: Stored, kind: Kind) -> Iterable[Row]:
    """With those that are not written."""
    rows = {row.id: row for row in (*unwritten(kind), *stored.rows) if row.kind is kind}
    return rows.values()


def _ordered(stored: Stored, kind: Kind) -> list[Row]:
    return sorted(_of_kind(stored, kind), key=lambda row: (getattr(row.values, "position", 0), row.values.name, row.id))
