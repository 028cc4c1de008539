"""What an organisation sets in rows: queues, statuses, canned replies, channels, hours, custom fields, reasons.

A row has an id, a version of its own, and values of one of the types below. It may be archived, never deleted: what
conversations name stays readable. As in a log, types never change and new members have defaults, so that nodes of two
releases read the same rows; a member that a node does not know stays in a row that it changes.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from intervene.core import limits, origins
from intervene.core.errors import BadSetting, BadText
from intervene.core.hours import Week, is_zone
from intervene.core.ids import (
    DEFAULT_QUEUE,
    WEBCHAT,
    BotId,
    HoursId,
    QueueId,
)
from intervene.core.text import message_text, name_text, piece_text

_ID = Meta(pattern=rf"\A[!-~]{{0,{limits.ID_CHARS}}}\Z")
Seconds = Annotated[int, Meta(ge=0, le=limits.LIMIT_SECONDS)]
Hours = Annotated[int, Meta(ge=0, le=limits.REOPEN_HOURS)]
Position = Annotated[int, Meta(ge=0, le=limits.POSITIONS)]
Colour = Annotated[str, Meta(pattern=r"\A#[0-9a-f]{6}\Z")]


class Kind(StrEnum):
    QUEUE = "queue"
    STATUS = "status"
    CANNED_REPLY = "canned_reply"
    CHANNEL = "channel"
    HOURS = "hours"
    FIELD = "field"
    REASON = "reason"


class Visibility(StrEnum):
    TEAM = "team"
    """Who serves the queue sees its conversations."""
    HOLDER = "holder"
    """While a person holds a conversation, only that person sees it, and supervisors."""


class QueueSettings(Struct, frozen=True, kw_only=True, gc=False):
    """`hours`: of a row of hours; empty: always. `absent_seconds`: how long a holder may be absent while the customer
    waits, `silent_seconds`: how long one who is there may leave an answer out, 0: for ever. `away_message`: what
    customers are answered outside hours. `needs_reason`: closing takes one of the organisation's reasons.
    `shows_place`: customers who wait are shown how many wait before them."""

    name: str
    is_active: bool = True
    visibility: Visibility = Visibility.TEAM
    hours: Annotated[HoursId, _ID] = HoursId("")
    absent_seconds: Seconds = 300
    silent_seconds: Seconds = 0
    away_message: str = ""
    needs_reason: bool = False
    shows_place: bool = False


class StatusSettings(Struct, frozen=True, kw_only=True, gc=False):
    """A label for conversations. `position` orders them; `colour` as in CSS, six digits."""

    name: str
    colour: Colour = "#808080"
    position: Position = 0


class CannedReply(Struct, frozen=True, kw_only=True, gc=False):
    """A text that agents send again and again. Clients fill in its placeholders, `{contact.name}` and
    `{agent.name}`: the agent sees what is sent (`core.placeholders`)."""

    name: str
    text: str


REOPEN_HOURS = 24
"""For how long after its close a customer's message reopens a conversation."""


class ChannelKind(StrEnum):
    WEBCHAT = "webchat"


class ChannelSettings(Struct, frozen=True, kw_only=True, gc=False):
    """`bot`: that conversations begin with; `none`: none, empty: the organisation's. `queue`: that they wait in, empty:
    the default one. `origins`: of pages that may connect, beside those of the server's own setting. `reopen_hours`: for
    how long after its close a customer's message reopens a conversation, and begins no new one; 0: for any time."""

    name: str
    kind: ChannelKind = ChannelKind.WEBCHAT
    bot: Annotated[BotId, _ID] = BotId("")
    queue: Annotated[QueueId, _ID] = QueueId("")
    hours: Annotated[HoursId, _ID] = HoursId("")
    origins: Annotated[tuple[str, ...], Meta(max_length=limits.ORIGINS)] = ()
    greeting: str = ""
    reopen_hours: Hours = REOPEN_HOURS


class HoursSettings(Week, frozen=True, kw_only=True, gc=False):
    """A week with a name: queues and channels may share it."""

    name: str


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHECKBOX = "checkbox"
    CHOICE = "choice"


class FieldSettings(Struct, frozen=True, kw_only=True, gc=False):
    """A custom field of conversations. `choices`: of a field of that kind alone."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    choices: Annotated[tuple[str, ...], Meta(max_length=limits.CHOICES)] = ()
    position: Position = 0


class ReasonSettings(Struct, frozen=True, kw_only=True, gc=False):
    """Why a conversation is closed, for queues that want to know."""

    name: str
    position: Position = 0


Values = (
    QueueSettings
    | StatusSettings
    | CannedReply
    | ChannelSettings
    | HoursSettings
    | FieldSettings
    | ReasonSettings
)  # fmt: skip
Members = Mapping[str, Any]
"""Some members of one of them, as of JSON."""


class KindRules(NamedTuple):
    """`most`: rows that are not archived; with those that are, `limits.ARCHIVED` times as many. `unwritten`: what there
    is before a row says anything else, by id."""

    values: type[Values]
    most: int
    unwritten: Mapping[str, Values]


KINDS: Mapping[Kind, KindRules] = {
    Kind.QUEUE: KindRules(QueueSettings, limits.QUEUES, {DEFAULT_QUEUE: QueueSettings(name="Default")}),
    Kind.STATUS: KindRules(StatusSettings, limits.STATUSES, {}),
    Kind.CANNED_REPLY: KindRules(CannedReply, limits.CANNED_REPLIES, {}),
    Kind.CHANNEL: KindRules(ChannelSettings, limits.CHANNELS, {WEBCHAT: ChannelSettings(name="Web chat")}),
    Kind.HOURS: KindRules(HoursSettings, limits.HOURS, {}),
    Kind.FIELD: KindRules(FieldSettings, limits.FIELDS, {}),
    Kind.REASON: KindRules(ReasonSettings, limits.REASONS, {}),
}


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """`version` counts its changes; 0: nothing is stored yet."""

    kind: Kind
    id: str
    version: int = 0
    is_archived: bool = False
    values: Values


def unwritten(kind: Kind) -> list[Row]:
    """The rows that there are before anything is stored."""
    return [Row(kind=kind, id=id, values=values) for id, values in KINDS[kind].unwritten.items()]


def convert(kind: Kind, members: Members) -> Values:
    """Of members as they are stored or asked for, unchecked. Raises `BadSetting`."""
    try:
        return msgspec.convert(members, KINDS[kind].values)
    except msgspec.ValidationError as problem:
        raise BadSetting(f"The setting does not fit: {problem}.") from None


def references(values: Values) -> list[tuple[Kind, str]]:
    """The rows that it names."""
    named: list[tuple[Kind, str]] = []
    if isinstance(values, QueueSettings | ChannelSettings) and values.hours:
        named.append((Kind.HOURS, values.hours))
    if isinstance(values, ChannelSettings) and values.queue:
        named.append((Kind.QUEUE, values.queue))
    return named


def check(row: Row) -> None:
    """That the default queue stays in use. Raises `BadSetting`."""
    if row.kind is not Kind.QUEUE or row.id != DEFAULT_QUEUE:
        return
    assert isinstance(row.values, QueueSettings), "of its kind"
    if row.is_archived or not row.values.is_active:
        raise BadSetting("The default queue takes what has no other: it stays active and is not archived.")


def checked(values: Values) -> Values:
    """With texts and names through their gate. Raises `BadSetting` and `BadText`."""
    values = msgspec.structs.replace(values, name=_name(values.name))
    match values:
        case QueueSettings():
            piece_text(values.away_message, limits.CANNED_BYTES)
        case CannedReply():
            message_text(values.text, limits.CANNED_BYTES)
        case ChannelSettings():
            piece_text(values.greeting, limits.CANNED_BYTES)
            return msgspec.structs.replace(values, origins=tuple(map(_origin, values.origins)))
        case HoursSettings():
            _check_week(values)
        case FieldSettings():
            return msgspec.structs.replace(values, choices=_choices(values))
        case StatusSettings() | ReasonSettings():
            pass
    return values


def _name(given: str) -> str:
    if not (name := name_text(given)):
        raise BadSetting("The name is empty. Give at least one visible character.")
    return name


def _origin(given: str) -> str:
    try:
        return origins.setting(given)
    except ValueError as problem:
        raise BadSetting(f"An origin is not one: {problem}.") from None


def _check_week(week: Week) -> None:
    if not is_zone(week.zone):
        raise BadSetting("There is no such time zone. Write its IANA name, like Europe/Berlin.")
    if len({holiday.on for holiday in week.holidays}) < len(week.holidays):
        raise BadSetting("A date stands twice among the holidays. Give all its spans in one.")


def _choices(field: FieldSettings) -> tuple[str, ...]:
    choices = tuple(map(_name, field.choices))
    if bool(choices) is not (field.kind is FieldKind.CHOICE):
        raise BadSetting("A field has choices if its kind is choice, and then at least one.")
    if len(set(choices)) < len(choices):
        raise BadSetting("A choice stands twice.")
    return choices


def json_of(values: Values) -> bytes:
    """As it is stored. Raises `BadSetting` and `BadText`."""
    try:
        data = msgspec.json.encode(values)
    except UnicodeEncodeError:
        raise BadText("The setting contains half of a surrogate pair. Send whole characters.") from None
    if len(data) > limits.SETTING_BYTES:
        raise BadSetting(f"A setting has at most {limits.SETTING_BYTES} bytes as JSON. Leave something out.")
    return data
