"""Service time, checked against a slow oracle that looks at every single minute."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.office_values import Slot
from services.notifier.domain.business_time import NeverOpenError, OpenHours

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
CLOSED = date(2026, 3, 30)
HALF_CLOSED = date(2026, 10, 26)

Week = Sequence[Sequence[Slot]]
Pauses = list[tuple[datetime, datetime]]


def closings(day: date) -> tuple[Slot, ...]:
    """One day is shut, another from 10 to 13:30."""
    if day == CLOSED:
        return (Slot(0, 1440),)
    return (Slot(600, 810),) if day == HALF_CLOSED else ()


def oracle_is_open(week: Week, at: datetime) -> bool:
    wall = at.astimezone(BERLIN)
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    if any(shut.opens <= minute < shut.closes for shut in closings(day)):
        return False
    today, yesterday = week[day.weekday()], week[day.weekday() - 1]
    return any(slot.opens <= minute < slot.closes for slot in today) or any(
        slot.opens <= minute + 1440 < slot.closes for slot in yesterday
    )


def oracle_counts(week: Week, at: datetime, pauses: Pauses) -> bool:
    return oracle_is_open(week, at) and not any(start <= at < end for start, end in pauses)


# On the quarter hour, and not within the hour that the clock skips or repeats: what holds there is a choice,
# and has its own tests below.
quarters = st.integers(0, 96).filter(lambda quarter: not 8 < quarter < 12).map(lambda quarter: quarter * 15)


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    opens = draw(quarters.filter(lambda minutes: minutes < 1440))
    over_midnight = draw(st.integers(0, 4)) == 0
    if over_midnight:
        return Slot(opens, draw(quarters.filter(lambda minutes: minutes <= opens)) + 1440)
    return Slot(opens, draw(quarters.filter(lambda minutes: minutes > opens)))


weeks = st.lists(st.lists(slots(), max_size=2).map(sorted), min_size=7, max_size=7).filter(any)
# Around both changes of the clock, and around the closings beside them.
moments = st.builds(
    lambda base, minutes: base + minutes * MINUTE,
    st.sampled_from([datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]),
    st.integers(0, 5 * 1440),
)
pause_lists = st.lists(
    st.tuples(moments, st.integers(1, 900)).map(lambda pause: (pause[0], pause[0] + pause[1] * MINUTE)), max_size=3
)


@settings(deadline=None, max_examples=50)
@given(week=weeks, start=moments, minutes=st.integers(0, 900), pauses=pause_lists)
def test_an_amount_of_service_time_ends_where_counting_every_minute_ends(
    week: Week, start: datetime, minutes: int, pauses: Pauses
) -> None:
    at, left = start, minutes
    while left and at - start < timedelta(days=16):
        left -= oracle_counts(week, at, pauses)
        at += MINUTE
    due = OpenHours(BERLIN, week, closings).add(start, minutes, pauses)
    assert due > at if left else due == at


@settings(deadline=None, max_examples=50)
@given(week=weeks, start=moments, length=st.integers(-60, 6000), pauses=pause_lists)
def test_the_service_time_between_two_moments_is_the_number_of_open_minutes(
    week: Week, start: datetime, length: int, pauses: Pauses
) -> None:
    hours = OpenHours(BERLIN, week, closings)
    end = start + length * MINUTE
    whole = (start + number * MINUTE for number in range(length))
    expected = sum(oracle_counts(week, at, pauses) for at in whole)
    assert hours.between(start, end, pauses) == expected * MINUTE
    listed = hours.intervals(start, end, pauses)
    assert sum((part.end - part.start for part in listed), timedelta()) == expected * MINUTE
    assert all(one.end <= other.start for one, other in pairwise(listed))
    assert hours.is_open(start) == oracle_is_open(week, start)


@settings(deadline=None, max_examples=100)
@given(week=weeks, start=moments, minutes=st.floats(0.001, 10_000))
@example(week=[[Slot(480, 960)]] * 7, start=datetime(2026, 3, 28, 15, tzinfo=UTC), minutes=1.0)
def test_adding_and_measuring_are_the_same_thing_seen_from_two_sides(
    week: Week, start: datetime, minutes: float
) -> None:
    hours = OpenHours(BERLIN, week)
    due = hours.add(start, minutes)
    assert hours.between(start, due) == timedelta(microseconds=round(minutes * 60_000_000))
    assert hours.add(start, minutes + 1) > due


def nine_to_five(*, days: int = 5) -> OpenHours:
    return OpenHours(BERLIN, [[Slot(540, 1020)]] * days + [[]] * (7 - days))


def test_a_deadline_reached_exactly_at_closing_stays_there() -> None:
    friday = datetime(2026, 6, 5, 15, tzinfo=BERLIN)
    assert nine_to_five().add(friday, 120) == datetime(2026, 6, 5, 17, tzinfo=BERLIN)
    assert nine_to_five().add(friday, 121) == datetime(2026, 6, 8, 9, 1, tzinfo=BERLIN)


def test_nothing_added_is_now_even_while_closed() -> None:
    sunday = datetime(2026, 6, 7, 12, tzinfo=BERLIN)
    assert nine_to_five().add(sunday, 0) == sunday


def test_a_night_of_the_change_to_summer_time_is_an_hour_shorter() -> None:
    night = OpenHours(BERLIN, [[]] * 5 + [[Slot(22 * 60, 30 * 60)], []])
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert night.between(saturday, saturday + timedelta(days=2)) == timedelta(hours=7)
    autumn = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    assert night.between(autumn, autumn + timedelta(days=2)) == timedelta(hours=9)


def test_a_time_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    hours = OpenHours(BERLIN, [[]] * 6 + [[Slot(150, 240)]])
    opening = hours.next_open(datetime(2026, 3, 29, tzinfo=BERLIN))
    assert opening == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert hours.add(opening, 60) == datetime(2026, 3, 29, 4, tzinfo=BERLIN)


def test_a_time_that_comes_twice_is_its_first() -> None:
    hours = OpenHours(BERLIN, [[]] * 6 + [[Slot(60, 150)]])
    assert hours.between(datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 10, 26, tzinfo=BERLIN)) == timedelta(
        minutes=90
    )


def test_a_pause_that_covers_the_end_moves_it_behind_the_pause() -> None:
    start = datetime(2026, 6, 1, 9, tzinfo=BERLIN)
    pause = (start + timedelta(minutes=30), start + timedelta(hours=3))
    assert nine_to_five().add(start, 60, [pause]) == start + timedelta(hours=3, minutes=30)
    assert nine_to_five().add(start, 30, [pause]) == start + timedelta(minutes=30)


def test_a_house_that_never_closes_counts_real_time() -> None:
    start = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    always = OpenHours.always()
    assert always.add(start, 10) == start + timedelta(minutes=10)
    assert always.between(start, start + timedelta(days=400)) == timedelta(days=400)
    assert always.intervals(start, start + MINUTE) == ((start, start + MINUTE),)
    assert always.is_open(start)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (datetime(2026, 6, 4, 10, tzinfo=BERLIN), 0, datetime(2026, 6, 4, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 4, 7, tzinfo=BERLIN), 0, datetime(2026, 6, 4, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 4, 17, tzinfo=BERLIN), 0, datetime(2026, 6, 5, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 4, 10, tzinfo=BERLIN), 1, datetime(2026, 6, 5, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 4, 18, tzinfo=BERLIN), 1, datetime(2026, 6, 5, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 5, 10, tzinfo=BERLIN), 1, datetime(2026, 6, 8, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 6, 10, tzinfo=BERLIN), 0, datetime(2026, 6, 8, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 6, 10, tzinfo=BERLIN), 1, datetime(2026, 6, 8, 17, tzinfo=BERLIN)),
        (datetime(2026, 6, 6, 10, tzinfo=BERLIN), 3, datetime(2026, 6, 10, 17, tzinfo=BERLIN)),
    ],
)
def test_service_days_are_counted_from_the_day_after(start: datetime, days: int, end: datetime) -> None:
    assert nine_to_five().end_of_service_day(start, days) == end


def test_the_night_after_midnight_belongs_to_the_service_day_it_began_on() -> None:
    night = OpenHours(BERLIN, [[Slot(22 * 60, 30 * 60)]] * 7)
    at = datetime(2026, 6, 4, 3, tzinfo=BERLIN)
    assert night.end_of_service_day(at, 0) == datetime(2026, 6, 4, 6, tzinfo=BERLIN)
    assert night.end_of_service_day(at, 1) == datetime(2026, 6, 5, 6, tzinfo=BERLIN)


def test_hours_that_never_open_are_refused_instead_of_searched_forever() -> None:
    with pytest.raises(NeverOpenError):
        OpenHours(BERLIN, [[]] * 7)
    shut = OpenHours(BERLIN, [[Slot(480, 960)]] * 7, lambda _day: (Slot(0, 1440),))
    with pytest.raises(NeverOpenError):
        shut.add(datetime(2026, 1, 1, tzinfo=UTC), 1)
    with pytest.raises(NeverOpenError):
        shut.end_of_service_day(datetime(2026, 1, 1, tzinfo=UTC), 0)
    with pytest.raises(NeverOpenError):
        nine_to_five().add(datetime(9998, 1, 1, tzinfo=UTC), 10**6)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        nine_to_five().add(datetime(2026, 1, 1), 1)  # noqa: DTZ001 that is the point


def test_time_cannot_be_taken_back() -> None:
    with pytest.raises(ValueError, match="taken back"):
        nine_to_five().add(datetime(2026, 1, 1, tzinfo=UTC), -1)


@pytest.mark.parametrize("year", [1, 1970, 1991, 2026, 2400])
def test_any_year_can_be_asked_in_any_order(year: int) -> None:
    hours = nine_to_five(days=7)
    hours.add(datetime(2026, 5, 1, tzinfo=UTC), 480 * 800)
    start = datetime(year, 2, 1, 10, tzinfo=UTC)
    assert hours.between(start, hours.add(start, 480 * 500)) == timedelta(hours=8 * 500)
