"""The small notations of an office file: "08:00-16:00", "24 service hours", "24.12.".

Each is parsed once, kept as a value, and written back the way it was meant to be written. What cannot be
read is refused with a sentence in German and English.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic_core import PydanticCustomError
from rapidfuzz import fuzz, process
from typing_extensions import override

MINUTES_A_DAY = 24 * 60

SLUG = r"^[a-z0-9]+([.\-][a-z0-9]+)*$"
NUMBER = r"^\+?[0-9][0-9 /()\-]{1,24}$"
ADDRESS = r"^[^@\s]+@[^@\s]+$"


class Part(BaseModel):
    """Base of every part of an office file: frozen, and deaf to no typing error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        str_min_length=1,
        validate_by_name=True,
        validate_by_alias=True,
    )


def refuse(de: str, en: str) -> NoReturn:
    """Refuse a value while pydantic validates it, in both languages."""
    raise PydanticCustomError("office", "{en}", {"de": de, "en": en})


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Open from ``opens`` to ``closes``, in wall-clock minutes since the midnight that begins its day.

    A slot that ends on the next day closes after minute 1440.
    """

    opens: int
    closes: int

    @override
    def __str__(self) -> str:
        """Write it the way an office file does."""
        if self.closes <= MINUTES_A_DAY:
            return f"{_clock(self.opens)}-{_clock(self.closes)}"
        return f"{_clock(self.opens)}-{_clock(self.closes - MINUTES_A_DAY)} next day"

    @classmethod
    def parse(cls, text: object) -> "Slot":
        """Read "08:00-16:00", "18:00-24:00" or "22:00-06:00 next day" (also "Folgetag")."""
        if isinstance(text, Slot):
            return text
        found = _SLOT.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            refuse(
                f"{_shown(text)} ist keine Zeitspanne. Schreiben Sie zum Beispiel 08:00-16:00.",
                f"{_shown(text)} is no time span. Write, for example, 08:00-16:00.",
            )
        opens, closes = _minutes(found[1], found[2]), _minutes(found[3], found[4])
        if opens is None or closes is None or opens == MINUTES_A_DAY:
            refuse(
                f"{_shown(text)} enthält eine Uhrzeit, die es nicht gibt. Ein Tag geht von 00:00 bis 24:00.",
                f"{_shown(text)} has a time that does not exist. A day runs from 00:00 to 24:00.",
            )
        if found[5]:
            closes += MINUTES_A_DAY
        if closes > opens + MINUTES_A_DAY:
            refuse(
                f"{_shown(text)} ist länger als ein Tag. Teilen Sie die Zeit auf die einzelnen Tage auf.",
                f"{_shown(text)} is longer than a day. Split it into the single days.",
            )
        if closes <= opens:
            refuse(
                f"{_shown(text)} endet, bevor es anfängt. Tauschen Sie die Zeiten; wenn die Zeit über "
                f"Mitternacht geht, schreiben Sie {_clock(opens)}-{_clock(closes)} Folgetag.",
                f"{_shown(text)} ends before it starts. Swap the times; if it goes over midnight, "
                f"write {_clock(opens)}-{_clock(closes)} next day.",
            )
        return cls(opens, closes)


class Unit(StrEnum):
    """What a target counts."""

    MINUTES = "minutes"  # in the hours of its promise: around the clock or service time
    SERVICE_MINUTES = "service_minutes"  # always service time
    SERVICE_DAYS = "service_days"  # to the end of the n-th service day after the day it began; 0 is the same


@dataclass(frozen=True, slots=True)
class Target:
    """How long a stage may take: ``amount`` of ``unit``."""

    amount: int
    unit: Unit

    @override
    def __str__(self) -> str:
        """Write it the way an office file does."""
        match self.unit:
            case Unit.SERVICE_DAYS:
                names = {0: "same service day", 1: "next service day"}
                return names.get(self.amount, f"{self.amount} service days")
            case Unit.SERVICE_MINUTES:
                hours, rest = divmod(self.amount, 60)
                return f"{self.amount} service minutes" if rest else f"{hours} service hours"
            case Unit.MINUTES:
                hours, rest = divmod(self.amount, 60)
                return f"{self.amount} min" if rest else f"{hours} h"

    @classmethod
    def parse(cls, text: object) -> "Target":
        """Read "10 min", "2 h", "24 service hours", "same service day", "3 service days", or the German."""
        if isinstance(text, Target):
            return text
        words = " ".join(text.casefold().split()) if isinstance(text, str) else ""
        if words in _SAME_DAY or words in _NEXT_DAY:
            return cls(int(words in _NEXT_DAY), Unit.SERVICE_DAYS)
        found = _TARGET.fullmatch(words)
        amount = int(found[1]) if found else 0
        for pattern, unit, factor in _UNITS:
            if found and amount and pattern.fullmatch(found[2]):
                if amount * factor > _LONGEST[unit]:
                    break
                return cls(amount * factor, unit)
        refuse(
            f"{_shown(text)} ist keine Frist (höchstens 90 Tage). Möglich sind zum Beispiel: 10 min, 2 h, "
            f"24 Servicestunden, selber Servicetag, nächster Servicetag, 3 Servicetage.",
            f"{_shown(text)} is no time limit (90 days at most). Possible are, for example: 10 min, 2 h, "
            f"24 service hours, same service day, next service day, 3 service days.",
        )


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day that comes back every year."""

    month: int
    day: int

    @override
    def __str__(self) -> str:
        """Write it the way a German office file does: 24.12."""
        return f"{self.day:02}.{self.month:02}."

    @classmethod
    def parse(cls, text: object) -> "DayOfYear":
        """Read "24.12." or "12-24"."""
        if isinstance(text, DayOfYear):
            return text
        german = _GERMAN_DAY.fullmatch(text.strip()) if isinstance(text, str) else None
        iso = _ISO_DAY.fullmatch(text.strip()) if isinstance(text, str) else None
        day, month = (german[1], german[2]) if german else (iso[2], iso[1]) if iso else ("0", "0")
        try:
            date(2024, int(month), int(day))  # a leap year: 29.02. is a day, if a rare one
        except ValueError:
            refuse(
                f"{_shown(text)} ist kein Tag im Jahr. Schreiben Sie zum Beispiel 24.12. (Tag und Monat).",
                f"{_shown(text)} is no day of the year. Write, for example, 24.12. (day and month).",
            )
        return cls(int(month), int(day))


def _minutes(hour: str, minute: str | None) -> int | None:
    total = int(hour) * 60 + int(minute or 0)
    return total if int(minute or 0) < 60 and total <= MINUTES_A_DAY else None  # noqa: PLR2004 minutes an hour


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _shown(value: object) -> str:
    return f'"{value}"'


_SLOT = re.compile(
    r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?(?:\s*Uhr)?(\s+(?:next day|folgetag))?",  # noqa: RUF001 the dash a German types
    re.IGNORECASE,
)
_TARGET = re.compile(r"(\d{1,5}) ?([a-zä ]+)\.?")
_UNITS = (
    (re.compile(r"min(ute[ns]?)?"), Unit.MINUTES, 1),
    (re.compile(r"h|hours?|std|stunden?"), Unit.MINUTES, 60),
    (re.compile(r"service ?-?minute[ns]?"), Unit.SERVICE_MINUTES, 1),
    (re.compile(r"service ?(hours?|std|stunden?)"), Unit.SERVICE_MINUTES, 60),
    (re.compile(r"service ?(days?|tage?)"), Unit.SERVICE_DAYS, 1),
)
_LONGEST = {
    Unit.MINUTES: 90 * MINUTES_A_DAY,
    Unit.SERVICE_MINUTES: 90 * MINUTES_A_DAY,
    Unit.SERVICE_DAYS: 90,
}
_SAME_DAY = {"same service day", "selber servicetag", "gleicher servicetag", "am selben servicetag"}
_NEXT_DAY = {"next service day", "nächster servicetag", "am nächsten servicetag"}
_GERMAN_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?")
_ISO_DAY = re.compile(r"(\d{2})-(\d{2})")

_written = PlainSerializer(str, return_type=str)
SlotText = Annotated[Slot, BeforeValidator(Slot.parse), _written]
TargetText = Annotated[Target, BeforeValidator(Target.parse), _written]
DayText = Annotated[DayOfYear, BeforeValidator(DayOfYear.parse), _written]


def closest(word: str, known: list[str]) -> str | None:
    """Return the known word that was probably meant, if one is near."""
    near = process.extractOne(word.casefold(), known, scorer=fuzz.ratio, score_cutoff=60)
    return near[0] if near else None
