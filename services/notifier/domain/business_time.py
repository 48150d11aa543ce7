"""Service time: how long an office is open between two moments, and when an amount of it has gone.

Open hours are compiled into sorted intervals with running sums, a year at a time, so that a question costs a
bisection. Inside, a moment is an integer: microseconds since 1970 in UTC.

What holds:
- A deadline reached exactly at closing stays there; it does not move to the next opening.
- Slots are wall-clock times of the office's zone, counted in the time that really passes: a slot over a change
  to summer time is an hour shorter. A wall-clock time that happens twice means its first; one that is skipped
  means the moment of the change.
- What a closing covers is shut, also of a slot that came over midnight.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from schemas.office_values import MINUTES_A_DAY, Slot

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MINUTE: Final = 60_000_000


class NeverOpenError(ValueError):
    """The office does not open for years: nothing that counts its hours would ever end."""


class Interval(NamedTuple):
    """Time without a break, in UTC; the end is not part of it."""

    start: datetime
    end: datetime


def instant(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970; a naive one is a ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - EPOCH) // MICROSECOND


def moment(instant: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=instant)


@dataclass(frozen=True, slots=True)
class _Window:
    """The open intervals of some years; ``sums[i]`` is the open time up to the end of interval i."""

    opens: list[int]
    closes: list[int]
    sums: list[int]
    days: list[int]  # the service days, as ordinals
    day_ends: list[int]  # when the last interval of each service day closes
    until: int  # everything that opens before this instant is in here
    next_day: date

    def elapsed(self, at: int) -> int:
        """Return the open time from the start of the window to ``at``."""
        last = bisect_right(self.opens, at) - 1
        if last < 0:
            return 0
        left = self.closes[last] - at
        return self.sums[last] - left if left > 0 else self.sums[last]


class OpenHours:
    """When an office is open. Immutable to the outside; safe to share between threads."""

    def __init__(
        self,
        zone: ZoneInfo,
        week: Sequence[Sequence[Slot]],
        closed: Callable[[date], Sequence[Slot]] = lambda _day: (),
    ) -> None:
        """Compile from the slots of Monday to Sunday, less what ``closed`` says is shut on a day."""
        if not any(week):
            raise NeverOpenError("no weekday has an open hour")
        self._zone = zone
        self._week = week
        self._closed = closed
        self._windows: dict[int, _Window] = {}
        self._endless: _Window | None = None

    @classmethod
    def always(cls) -> Self:
        """Return the hours of a house that never closes."""
        hours = cls(ZoneInfo("UTC"), [(Slot(0, MINUTES_A_DAY),)] * 7)
        start, end = instant(datetime.min.replace(tzinfo=UTC)), instant(datetime.max.replace(tzinfo=UTC))
        hours._endless = _Window([start], [end], [end - start], [], [], end + 1, date.max)
        return hours

    def add(self, start: datetime, minutes: float, pauses: Sequence[tuple[datetime, datetime]] = ()) -> datetime:
        """Return when ``minutes`` of open time have gone since ``start``; what lies in a pause does not count."""
        begin, amount = instant(start), round(minutes * MINUTE)
        due = self.after(begin, amount)
        for pause_start, pause_end in _merged(pauses):
            if pause_start >= due:
                break
            if pause_end > begin:
                amount += self.passed(max(pause_start, begin), pause_end)
                due = self.after(begin, amount)
        return moment(due)

    def between(self, start: datetime, end: datetime, pauses: Sequence[tuple[datetime, datetime]] = ()) -> timedelta:
        """Return the open time from ``start`` to ``end`` without the pauses; zero if it ends before it starts."""
        begin, finish = instant(start), instant(end)
        total = self.passed(begin, finish)
        for pause_start, pause_end in _merged(pauses):
            total -= self.passed(max(pause_start, begin), min(pause_end, finish))
        return timedelta(microseconds=total)

    def intervals(
        self, start: datetime, end: datetime, pauses: Sequence[tuple[datetime, datetime]] = ()
    ) -> tuple[Interval, ...]:
        """List the open time from ``start`` to ``end`` that :meth:`between` counts, in order."""
        begin, finish = instant(start), instant(end)
        found = self._open_parts(begin, finish) if begin < finish else iter(())
        return tuple(Interval(moment(a), moment(b)) for a, b in _without(found, _merged(pauses)))

    def is_open(self, at: datetime) -> bool:
        """Whether the office is open at this moment; at closing time it is not any more."""
        now = instant(at)
        return self.next_opening(now) == now

    def next_open(self, at: datetime) -> datetime:
        """Return ``at`` if the office is open then, else the next opening."""
        return moment(self.next_opening(instant(at)))

    def end_of_service_day(self, start: datetime, days: int) -> datetime:
        """Return when the ``days``-th service day after the day of ``start`` closes; see :meth:`day_end`."""
        return moment(self.day_end(instant(start), days))

    # The same questions in microseconds since 1970, for who asks thousands of times a second.

    def after(self, start: int, amount: int) -> int:
        """Return the instant at which ``amount`` of open time has gone since ``start``."""
        if amount <= 0:
            if amount < 0:
                raise ValueError("time cannot be taken back")
            return start
        window = self._window(start)
        target = window.elapsed(start) + amount
        while not window.sums or window.sums[-1] < target:
            window = self._longer(start, window)
        found = bisect_left(window.sums, target)
        return window.closes[found] - window.sums[found] + target

    def passed(self, start: int, end: int) -> int:
        """Return the open time between two instants; zero if ``end`` is not after ``start``."""
        if end <= start:
            return 0
        window = self._window_until(start, end)
        return window.elapsed(end) - window.elapsed(start)

    def next_opening(self, at: int) -> int:
        """Return ``at`` if it is open then, else the instant of the next opening."""
        window = self._window(at)
        while not window.closes or window.closes[-1] <= at:
            window = self._longer(at, window)
        return max(at, window.opens[bisect_right(window.closes, at)])

    def day_end(self, start: int, days: int) -> int:
        """Return when the ``days``-th service day after that of ``start`` closes for the last time.

        0 is the day of ``start`` itself while any of its service time is left, else the next service day.
        The day of ``start`` is never counted, as the law counts days.
        """
        if self._endless is not None:
            raise NeverOpenError("a house that never closes has no end of its day")
        window = self._window(start)
        today = moment(start).astimezone(self._zone).toordinal()
        while True:
            # The first service day that is not over; it may be yesterday's, by a slot that came over midnight.
            wanted = bisect_right(window.day_ends, start)
            if wanted < len(window.days):
                begins_later = window.days[wanted] > today
                wanted += days - 1 if days and begins_later else days
            if wanted < len(window.days):
                return window.day_ends[wanted]
            window = self._longer(start, window)

    def _open_parts(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        window = self._window_until(start, end)
        first, last = bisect_right(window.closes, start), bisect_left(window.opens, end)
        for opens, closes in zip(window.opens[first:last], window.closes[first:last], strict=True):
            yield max(opens, start), min(closes, end)

    def _window(self, start: int) -> _Window:
        if self._endless is not None:
            return self._endless
        window = self._windows.get(start // _YEAR)
        if window is None:
            # Two days early, for zones ahead of UTC and slots that come over midnight.
            first = date.fromordinal(max(EPOCH.toordinal() + start // _YEAR * 365 - 2, 2))
            window = self._compiled(_Window([], [], [], [], [], 0, first))
            if len(self._windows) >= _MOST_WINDOWS:
                self._windows.clear()
            self._windows[start // _YEAR] = window
        return window

    def _window_until(self, start: int, end: int) -> _Window:
        window = self._window(start)
        while window.until <= end:
            window = self._longer(start, window, may_be_closed=True)
        return window

    def _longer(self, start: int, window: _Window, *, may_be_closed: bool = False) -> _Window:
        """Return the window a year longer, and remember it; years without an open hour are refused."""
        longer = self._compiled(window)
        nothing_since = longer.closes[-1] if longer.closes else start
        if not may_be_closed and longer.until - nothing_since > _LONGEST_CLOSED:
            raise NeverOpenError("the office is closed for years: are the closings right?")
        self._windows[start // _YEAR] = longer
        return longer

    def _compiled(self, window: _Window) -> _Window:
        """Return the window with more days: a new one, so that whoever reads the old one is not disturbed."""
        opens, closes, sums = window.opens.copy(), window.closes.copy(), window.sums.copy()
        days, day_ends = window.days.copy(), window.day_ends.copy()
        day = window.next_day
        if date.max - day <= timedelta(days=_DAYS_COMPILED + 1):
            raise NeverOpenError("the calendar ends before the time does")
        for _ in range(_DAYS_COMPILED):
            for slot in self._slots(day):
                begin, end = self._at(day, slot.opens), self._at(day, slot.closes)
                if closes:
                    begin = max(begin, closes[-1])
                if end <= begin:
                    continue
                opens.append(begin)
                closes.append(end)
                sums.append((sums[-1] if sums else 0) + end - begin)
                if days and days[-1] == day.toordinal():
                    day_ends[-1] = end
                else:
                    days.append(day.toordinal())
                    day_ends.append(end)
            day += _DAY
        return _Window(opens, closes, sums, days, day_ends, self._at(day, 0), day)

    def _slots(self, day: date) -> Iterator[Slot]:
        """Yield what is open of the slots that begin on ``day``, in wall-clock minutes."""
        slots = self._week[day.weekday()]
        if not slots:
            return
        shut = [(slot.opens, slot.closes) for slot in self._closed(day)]
        if any(slot.closes > MINUTES_A_DAY for slot in slots):
            shut += [(slot.opens + MINUTES_A_DAY, slot.closes + MINUTES_A_DAY) for slot in self._closed(day + _DAY)]
        for opens, closes in _without(((slot.opens, slot.closes) for slot in slots), sorted(shut)):
            yield Slot(opens, closes)

    def _at(self, day: date, minutes: int) -> int:
        """Return the instant at which the wall clock shows this many minutes after the midnight of ``day``."""
        wall = datetime(day.year, day.month, day.day, tzinfo=self._zone) + timedelta(minutes=minutes)
        before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
        if before is not None and after is not None and before < after:  # a time that is skipped
            while wall.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
                wall += timedelta(minutes=1)
        return (wall - EPOCH) // MICROSECOND


_DAY = timedelta(days=1)
_YEAR = 365 * MINUTES_A_DAY * MINUTE  # windows begin at multiples of this; which day that is does not matter
_DAYS_COMPILED = 400
_LONGEST_CLOSED = 3 * _YEAR
_MOST_WINDOWS = 64


def _merged(pauses: Iterable[tuple[datetime, datetime]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((instant(start), instant(end)) for start, end in pauses):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _without(parts: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what is left of ``parts`` when everything in ``taken``, which is sorted, is cut out."""
    for start, end in parts:
        begin = start
        for cut_start, cut_end in taken:
            if cut_start >= end:
                break
            if cut_start > begin:
                yield begin, cut_start
            begin = max(begin, cut_end)
        if begin < end:
            yield begin, end
