"""The calendar of an office: its week, its public holidays, its closings."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.office_values import Slot
from services.notifier.domain.calendar import Closed, closed_on, holidays_of, open_hours, weekly_hours
from tests.unit.notifier.offices import office_with

BERLIN = ZoneInfo("Europe/Berlin")


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def open_on(text: str, **changes: object) -> timedelta:
    hours = open_hours(office_with(**changes))
    return hours.between(day(text), day(text) + timedelta(days=1))


def test_the_reformation_day_is_a_holiday_in_lower_saxony_but_not_in_berlin() -> None:
    assert open_on("2025-10-31") == timedelta(0)
    assert open_on("2025-10-31", holidays={"country": "DE", "state": "BE"}) == timedelta(hours=4, minutes=30)


@pytest.mark.parametrize("date_text", ["2026-12-24", "2026-12-31", "2029-12-24"])
def test_a_day_of_every_year_is_closed_in_each_of_them(date_text: str) -> None:
    assert open_on(date_text) == timedelta(0)


def test_a_range_is_closed_from_its_first_to_its_last_day() -> None:
    closed = [{"from": "2026-08-03", "to": "2026-08-05", "reason": "Umzug"}]
    assert [open_on(f"2026-08-0{n}", closings=closed) for n in (3, 5)] == [timedelta(0)] * 2
    assert open_on("2026-08-06", closings=closed) == timedelta(hours=8)


def test_a_part_of_a_day_can_be_closed() -> None:
    closed = [{"on": "2026-08-04", "times": "12:00-14:00", "reason": "Personalversammlung"}]
    hours = open_hours(office_with(closings=closed))
    assert hours.between(day("2026-08-04"), day("2026-08-05")) == timedelta(hours=6)
    assert hours.add(day("2026-08-04T11:00"), 120) == day("2026-08-04T15:00")


def test_why_a_day_is_shut_can_be_told() -> None:
    shut = closed_on(office_with())
    assert shut(date(2026, 12, 24)) == (Closed(Slot(0, 1440), "Heiligabend"),)
    assert shut(date(2026, 10, 3))[0].reason == "Tag der Deutschen Einheit"
    assert shut(date(2026, 12, 23)) == ()


def test_the_holidays_of_a_year_are_listed_in_order() -> None:
    assert holidays_of(office_with(), [2026])[:2] == [date(2026, 1, 1), date(2026, 4, 3)]


def test_hours_can_be_given_as_pairs_of_times() -> None:
    hours = weekly_hours("Europe/Berlin", {"mon": [["13:00", "24:00"], ["08:00", "12:00"]]}, [date(2026, 6, 8)])
    assert hours.between(day("2026-06-01"), day("2026-06-08")) == timedelta(hours=15)
    assert hours.between(day("2026-06-08"), day("2026-06-09")) == timedelta(0)


def test_a_pair_that_ends_before_it_starts_runs_over_midnight() -> None:
    hours = weekly_hours("Europe/Berlin", {"mon": [["22:00", "06:00"]]})
    assert hours.is_open(day("2026-06-02T05:59"))
    assert not hours.is_open(day("2026-06-02T06:00"))


@pytest.mark.parametrize(
    "week",
    [
        {"mon": [["8:00", "25:00"]]},
        {"montag": [["8:00", "9:00"]]},
        {"mon": [["8", "9"]]},
        {"mon": [["08:00"]]},
    ],
)
def test_hours_that_cannot_be_read_are_refused(week: dict[str, list[list[str]]]) -> None:
    with pytest.raises(ValueError, match=r"no time|unknown weekday|unpack"):
        weekly_hours("Europe/Berlin", week)


@pytest.mark.parametrize("zone", ["Europe/Berln", "Europe", "../../etc/passwd", ""])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        weekly_hours(zone, {"mon": [["08:00", "09:00"]]})
