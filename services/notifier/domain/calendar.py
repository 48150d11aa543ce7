"""From an office file to its open hours: the week, the public holidays and the closings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from schemas.office import WEEKDAYS, Closing, Office
from schemas.office_values import MINUTES_A_DAY, Slot
from services.notifier.domain.business_time import OpenHours

WHOLE_DAY = Slot(0, MINUTES_A_DAY)


@dataclass(frozen=True, slots=True)
class Closed:
    """A part of a day on which the office is shut, and why."""

    slot: Slot
    reason: str


def open_hours(office: Office) -> OpenHours:
    """Compile when an office is open."""
    shut = closed_on(office)
    return OpenHours(office.zone, office.service_hours.week, lambda day: [closed.slot for closed in shut(day)])


def closed_on(office: Office) -> Callable[[date], tuple[Closed, ...]]:
    """Return a function that says for a day what is shut: a public holiday, or closings of the house."""
    public = _public_holidays(office)

    @lru_cache(maxsize=4096)
    def shut(day: date) -> tuple[Closed, ...]:
        name = public.get(day)
        found = [Closed(WHOLE_DAY, name)] if name else []
        found += [Closed(c.times or WHOLE_DAY, c.reason) for c in office.closings if _covers(c, day)]
        return tuple(found)

    return shut


def holidays_of(office: Office, years: Iterable[int]) -> list[date]:
    """List the public holidays of some years, in order."""
    return sorted(_public_holidays(office, years))


def weekly_hours(zone: str, week: Mapping[str, Sequence[Sequence[str]]], closed_days: Iterable[date] = ()) -> OpenHours:
    """Compile from pairs of times a weekday, such as {"mon": [["08:00", "12:00"]]}, and days that are shut.

    A slot that ends before it starts runs over midnight. Raises ValueError where a time cannot be read.
    """
    shut = frozenset(closed_days)
    if unknown := set(week) - set(WEEKDAYS):
        raise ValueError(f"unknown weekday: {', '.join(sorted(unknown))}")
    slots = [sorted(_slot(pair) for pair in week.get(day, ())) for day in WEEKDAYS]
    try:
        clock = ZoneInfo(zone)
    except (KeyError, OSError, ValueError) as error:  # not known, a folder, outside the zones
        raise ValueError(f"there is no time zone {zone}") from error
    return OpenHours(clock, slots, lambda day: (WHOLE_DAY,) if day in shut else ())


def _public_holidays(office: Office, years: Iterable[int] = ()) -> holidays.HolidayBase:
    country, state = office.holidays.country, office.holidays.state
    # Said outright, because the library would otherwise take the language of the machine it runs on.
    language = type(holidays.country_holidays(country)).default_language
    return holidays.country_holidays(country, subdiv=state, years=years, language=language)


def _covers(closing: Closing, day: date) -> bool:
    if closing.every_year is not None:
        return (day.month, day.day) == (closing.every_year.month, closing.every_year.day)
    first, last = closing.on or closing.first, closing.on or closing.last
    return first is not None and last is not None and first <= day <= last


def _slot(pair: Sequence[str]) -> Slot:
    opens, closes = pair
    start, end = _clock(opens), _clock(closes)
    return Slot(start, end if end > start else end + MINUTES_A_DAY)


def _clock(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    total = int(hours) * 60 + int(minutes)
    if not (0 <= int(minutes) < 60 and 0 <= total <= MINUTES_A_DAY):  # noqa: PLR2004 minutes an hour
        raise ValueError(f"{text} is no time of a day")
    return total
