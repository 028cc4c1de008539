"""Hours: spans of a week in a time zone, over midnight, on holidays, and where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intervene.core.hours import (
    DAYS,
    Day,
    Holiday,
    Opening,
    Span,
    Week,
    WeeklySpan,
    is_open,
    is_zone,
    joined,
    next_closing,
    next_opening,
)

BERLIN = "Europe/Berlin"  # forward on 29 March 2026 at 02:00, back on 25 October at 03:00
ZONES = (BERLIN, "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia")
MINUTE = 60_000

times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 15, 30, 45, 59)))
spans = st.builds(Span, opens=times, closes=times)
weekly = st.builds(WeeklySpan, day=st.sampled_from(DAYS), opens=times, closes=times)
dates = st.dates(date(2026, 3, 1), date(2026, 11, 30))
holidays = st.builds(Holiday, on=dates, spans=st.lists(spans, max_size=2).map(tuple))
weeks = st.builds(
    Week,
    zone=st.sampled_from(ZONES),
    spans=st.lists(weekly, max_size=6).map(tuple),
    holidays=st.lists(holidays, max_size=4, unique_by=lambda holiday: holiday.on).map(tuple),
)
changes = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
near_changes = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(changes), st.integers(-3000, 3000)
)
any_moment = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    dates,
    st.integers(0, 1439),
)
moments = st.one_of(near_changes, any_moment).map(lambda moment: int(moment.timestamp()) * 1000)


def at(text: str, zone: str = BERLIN, *, fold: int = 0) -> int:
    """The moment at which the clocks of the zone show it."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(local.timestamp() * 1000)


def shown(moment: int | None, zone: str = BERLIN) -> str:
    assert moment is not None
    return datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).strftime("%a %d %H:%M%z")


def berlin(*lines: str, holidays: tuple[Holiday, ...] = ()) -> Week:
    """`monday 09:00 17:00` ..."""
    return Week(zone=BERLIN, spans=tuple(of_line(line) for line in lines), holidays=holidays)


def of_line(line: str) -> WeeklySpan:
    day, opens, closes = line.split()
    return WeeklySpan(day=Day(day), opens=opens, closes=closes)


# -- one by one --------------------------------------------------------------------------------------------------------


def test_a_week_without_spans_is_always_open() -> None:
    moment = at("2026-06-01 03:00")
    assert is_open(Week(), moment)
    assert next_closing(Week(), moment) is None
    assert next_opening(Week(), moment) is None


def test_a_span_is_open_from_its_beginning_up_to_but_not_at_its_end() -> None:
    week = berlin("monday 09:00 12:00", "monday 13:00 17:00")
    inside = ["2026-06-01 09:00", "2026-06-01 11:59:59", "2026-06-01 13:00"]
    outside = ["2026-06-01 08:59:59", "2026-06-01 12:00", "2026-06-01 17:00", "2026-06-02 10:00"]
    assert [is_open(week, at(text)) for text in inside + outside] == [True] * 3 + [False] * 4
    assert shown(next_closing(week, at("2026-06-01 10:00"))) == "Mon 01 12:00+0200"
    assert shown(next_opening(week, at("2026-06-01 12:30"))) == "Mon 01 13:00+0200"
    assert shown(next_opening(week, at("2026-06-01 20:00"))) == "Mon 08 09:00+0200"
    assert next_opening(week, at("2026-06-01 10:00")) is None
    assert next_closing(week, at("2026-06-01 20:00")) is None


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    week = berlin("friday 22:00 06:00", "sunday 22:00 06:00")
    assert is_open(week, at("2026-06-06 05:59"))
    assert is_open(week, at("2026-06-08 05:59")), "from Sunday into Monday"
    assert not is_open(week, at("2026-06-05 05:59"))
    assert shown(next_closing(week, at("2026-06-05 23:00"))) == "Sat 06 06:00+0200"


def test_spans_that_touch_are_one_opening() -> None:
    week = berlin("friday 18:00 00:00", "saturday 00:00 00:00", "sunday 00:00 12:00")
    assert shown(next_closing(week, at("2026-06-05 19:00"))) == "Sun 07 12:00+0200"


def test_a_holiday_has_its_own_spans_and_the_night_before_goes_on_into_it() -> None:
    closed, short = (
        Holiday(on=date(2026, 6, 2)),
        Holiday(on=date(2026, 6, 3), spans=(Span(opens="10:00", closes="11:00"),)),
    )
    week = berlin(*(f"{day} 20:00 08:00" for day in Day), holidays=(closed, short))
    assert is_open(week, at("2026-06-02 07:00"))
    assert not is_open(week, at("2026-06-02 21:00"))
    assert shown(next_opening(week, at("2026-06-02 09:00"))) == "Wed 03 10:00+0200"
    assert shown(next_opening(week, at("2026-06-03 12:00"))) == "Thu 04 20:00+0200"


def test_a_holiday_closes_what_is_always_open_else() -> None:
    week = Week(zone=BERLIN, holidays=(Holiday(on=date(2026, 12, 25)),))
    assert shown(next_closing(week, at("2026-12-01 12:00"))) == "Fri 25 00:00+0100"
    assert shown(next_opening(week, at("2026-12-25 12:00"))) == "Sat 26 00:00+0100"


def test_what_begins_in_an_hour_that_does_not_exist_begins_at_the_change() -> None:
    """The clocks go from 02:00 to 03:00."""
    week = berlin("sunday 02:30 05:00", "sunday 00:00 02:15")
    assert shown(next_opening(week, at("2026-03-28 12:00"))) == "Sun 29 00:00+0100"
    assert shown(next_closing(week, at("2026-03-29 01:00"))) == "Sun 29 05:00+0200", "the two touch at the change"
    assert shown(next_opening(berlin("sunday 02:15 02:45"), at("2026-03-28 12:00"))) == "Sun 05 02:15+0200"


def test_what_ends_in_an_hour_that_comes_twice_ends_at_its_second_passing() -> None:
    """The clocks go from 03:00 back to 02:00."""
    week = berlin("sunday 02:15 02:45")
    assert not is_open(week, at("2026-10-25 02:10", fold=0))
    assert is_open(week, at("2026-10-25 02:15", fold=0))
    assert is_open(week, at("2026-10-25 02:05", fold=1)), "between its two passings"
    assert not is_open(week, at("2026-10-25 02:45", fold=1))


def test_what_has_no_opening_for_a_year_opens_never() -> None:
    week = berlin(
        "monday 09:00 10:00", holidays=tuple(Holiday(on=date(2026, 6, 1) + timedelta(7 * n)) for n in range(70))
    )
    assert next_opening(week, at("2026-05-26 12:00")) is None


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "Europe/Berlin/", "a\0b"]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert not is_zone(name)
    assert is_open(Week(zone=name, spans=(of_line("monday 09:00 17:00"),)), at("2026-06-01 09:00", "UTC"))


@pytest.mark.parametrize("bad", ["24:00", "9:00", "09:60", "09:00\n", "0900", ""])
def test_a_time_of_day_that_is_none_is_not_taken(bad: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"opens": bad, "closes": "10:00"}, Span)


@pytest.mark.parametrize("moment", [-(2**62), -1, 0, 2**62])
def test_moments_of_no_calendar_are_outside_hours(moment: int) -> None:
    assert not is_open(berlin("monday 09:00 17:00"), moment)
    assert next_closing(berlin("monday 09:00 17:00"), moment) is None


# -- any week, any moment ----------------------------------------------------------------------------------------------


def clocks_show_open(week: Week, moment: int) -> bool:
    """By what the zone's clocks show at the moment, and nothing else."""
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(week.zone)).replace(tzinfo=None)
    special = {holiday.on: holiday.spans for holiday in week.holidays}
    for day in (local.date() - timedelta(1), local.date()):
        usual = [span for span in week.spans if DAYS.index(span.day) == day.weekday()]
        usual = usual if week.spans else [Span(opens="00:00", closes="00:00")]  # type: ignore[list-item]
        for span in special.get(day, usual):
            begins = datetime.fromisoformat(f"{day} {span.opens}")
            ends = datetime.fromisoformat(f"{day} {span.closes}")
            if begins <= local < (ends if ends > begins else ends + timedelta(1)):
                return True
    return False


def comes_twice(moment: int, zone: str) -> bool:
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@given(weeks, moments)
@example(berlin("sunday 01:00 02:30"), at("2026-03-29 03:00"))
@example(berlin("sunday 02:15 02:45"), at("2026-10-25 02:05", fold=1))
def test_it_is_open_when_the_clocks_show_a_time_within_a_span(week: Week, moment: int) -> None:
    """Where an hour comes twice, it may be open longer, and never shorter."""
    if comes_twice(moment, week.zone):
        assert is_open(week, moment) or not clocks_show_open(week, moment)
    else:
        assert is_open(week, moment) == clocks_show_open(week, moment)


@given(weeks, moments)
def test_nothing_changes_before_the_next_change_and_then_it_does(week: Week, moment: int) -> None:
    now = is_open(week, moment)
    change = next_closing(week, moment) if now else next_opening(week, moment)
    assert (next_opening(week, moment) if now else next_closing(week, moment)) is None
    until = moment + 10 * 1440 * MINUTE if change is None else change
    between = range(moment, until, max(MINUTE, (until - moment) // 40))
    assert {is_open(week, time) for time in between} == {now}
    if change is not None:
        assert is_open(week, change - 1) is now
        assert is_open(week, change) is not now


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9))))
def test_joined_openings_cover_the_same_and_do_not_touch(pairs: list[tuple[int, int]]) -> None:
    openings = sorted(Opening(begins, begins + length) for begins, length in pairs)
    whole = list(joined(iter(openings)))
    assert all(one.ends < other.begins for one, other in pairwise(whole))
    covered = {n for opening in openings for n in range(opening.begins, opening.ends)}
    assert {n for opening in whole for n in range(opening.begins, opening.ends)} == covered
