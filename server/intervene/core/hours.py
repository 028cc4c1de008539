"""When a queue or a channel is served: spans of the week in one time zone, and days that differ.

A span belongs to the day on which it begins, also where it ends after midnight. Local times become instants here and
nowhere else. When the clocks go back, a span that begins in the hour that comes twice begins at its first passing, and
one that ends there ends at its second; when they go forward, a time that does not exist is the moment of the change,
and a span that does not exist at all is left out.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from intervene.core.limits import HOLIDAYS, SPANS

HORIZON_DAYS = 400  # how far ahead an opening is looked for
FIRST, LAST = date(1970, 1, 1), date(9990, 1, 1)  # beyond them nothing is open and nothing changes

TimeOfDay = Annotated[str, Meta(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


class Day(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


DAYS = tuple(Day)
"""By `date.weekday`."""


class Span(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """From `opens` to `closes`, local times as "09:00". If `closes` is not later, it is on the next day: "00:00" is the
    end of this one, and two equal times are a whole day."""

    opens: TimeOfDay
    closes: TimeOfDay


class WeeklySpan(Span, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    day: Day


class Holiday(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A date whose spans are these and not its weekday's; none: nothing begins on it."""

    on: date
    spans: Annotated[tuple[Span, ...], Meta(max_length=SPANS)] = ()


class Week(Struct, frozen=True, kw_only=True, gc=False):
    """`zone`: an IANA name, as "Europe/Berlin". Without spans it is always open, but on holidays."""

    zone: str = "UTC"
    spans: Annotated[tuple[WeeklySpan, ...], Meta(max_length=SPANS)] = ()
    holidays: Annotated[tuple[Holiday, ...], Meta(max_length=HOLIDAYS)] = ()


class Opening(NamedTuple):
    """From `begins` up to but not at `ends`, in milliseconds since 1970."""

    begins: int
    ends: int


WHOLE_DAY = (Span(opens="00:00", closes="00:00"),)


@lru_cache(1000)
def is_zone(name: str) -> bool:
    """Whether this release's time zones have one of that name."""
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # of names that are paths, or folders
        return False


def is_open(week: Week, at: int) -> bool:
    """`at`: milliseconds since 1970."""
    return not (week.spans or week.holidays) or any(
        opening.begins <= at < opening.ends for opening in _openings(week, at, days_ahead=0)
    )


def next_closing(week: Week, at: int) -> int | None:
    """When it closes, if it is open at `at` and closes before the horizon; both in milliseconds since 1970."""
    if not (week.spans or week.holidays):
        return None
    for opening in joined(_openings(week, at)):
        if opening.begins <= at < opening.ends:
            return opening.ends if opening.ends < at + (HORIZON_DAYS - 1) * 86_400_000 else None
    return None


def next_opening(week: Week, at: int) -> int | None:
    """When it opens, if it is closed at `at` and opens before the horizon; both in milliseconds since 1970."""
    if is_open(week, at):
        return None
    return next((opening.begins for opening in _openings(week, at) if opening.begins > at), None)


def joined(openings: Iterator[Opening]) -> Iterator[Opening]:
    """Those that touch or overlap as one. They come and go by their beginning."""
    current: Opening | None = None
    for opening in openings:
        if current is not None and opening.begins <= current.ends:
            current = Opening(current.begins, max(current.ends, opening.ends))
        else:
            if current is not None:
                yield current
            current = opening
    if current is not None:
        yield current


def _openings(week: Week, at: int, days_ahead: int = HORIZON_DAYS) -> Iterator[Opening]:
    """By their beginning: those that may be open at `at`, then those of the days ahead."""
    zone = _zone(week.zone)
    try:
        today = datetime.fromtimestamp(at / 1000, zone).date()
    except (OverflowError, ValueError, OSError):
        return
    holidays = {holiday.on: holiday.spans for holiday in week.holidays}
    for n in range(-2, days_ahead + 1):  # a zone may skip a day, as one does that moves across the date line
        if today >= FIRST and today + timedelta(n) <= LAST:
            yield from _of_day(week, today + timedelta(n), holidays, zone)


def _of_day(week: Week, day: date, holidays: dict[date, tuple[Span, ...]], zone: tzinfo) -> list[Opening]:
    spans: tuple[Span, ...] | None = holidays.get(day)
    if spans is None:
        name = DAYS[day.weekday()]
        spans = tuple(span for span in week.spans if span.day is name) if week.spans else WHOLE_DAY
    openings = sorted(_opening(span, day, zone) for span in spans)
    return [opening for opening in openings if opening.begins < opening.ends]


def _opening(span: Span, day: date, zone: tzinfo) -> Opening:
    ends_on = day if span.closes > span.opens else day + timedelta(1)
    return Opening(_instant(day, span.opens, zone, fold=0), _instant(ends_on, span.closes, zone, fold=1))


def _instant(day: date, clock: str, zone: tzinfo, *, fold: int) -> int:
    """`fold` 0: the first of two moments at which the clock shows that time; 1: the second."""
    local = datetime.combine(day, time.fromisoformat(clock), zone)
    first, second = (_milliseconds(local.replace(fold=either)) for either in (0, 1))
    if first <= second:
        return second if fold else first
    return _change(second, first, zone)


def _change(before: int, after: int, zone: tzinfo) -> int:
    """The clocks' change between two moments: the first millisecond after it."""
    offset = _local(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _milliseconds(local: datetime) -> int:
    return (local - _EPOCH) // timedelta(milliseconds=1)


def _local(at: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone)


def _zone(name: str) -> tzinfo:
    """UTC where an older release than the one that took the name does not have it."""
    return ZoneInfo(name) if is_zone(name) else UTC
