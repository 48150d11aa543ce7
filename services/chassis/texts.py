"""Every word a person reads: one catalogue a language, German first.

Keys are names ("inbox.title"), not sentences, so that a text can change without touching code. A further
language is one more .po file; what it lacks is shown in English, else in German.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from gettext import c2py
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

_log = logging.getLogger(__name__)
_FALLBACK = ("en", "de")
_LOCALES = {"en": "en-GB"}  # English as read in Europe: day before month, 24 hours
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
OFFICE_ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language as written in its file: one form a key, or several where a number decides."""

    language: str
    forms: Mapping[str, tuple[str, ...]]
    plural_index: Callable[[int], int]

    @classmethod
    def read(cls, path: Path) -> "Catalogue":
        """Read a .po file named after its language."""
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        forms: dict[str, tuple[str, ...]] = {}
        for message in catalogue:
            key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
            texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            if key and all(texts):
                forms[key] = texts
        return cls(path.stem, forms, c2py(catalogue.plural_expr))


@dataclass(frozen=True)
class Language:
    """Speaks one language: texts by key, and times, dates and durations as its readers write them."""

    code: str
    chain: tuple[Catalogue, ...]
    zone: ZoneInfo = field(default=OFFICE_ZONE)

    @property
    def locale(self) -> Locale:
        """The CLDR locale that formats numbers and dates."""
        return Locale.parse(_LOCALES.get(self.code, self.code), sep="-")

    @property
    def dir(self) -> str:
        """The direction of the script, as HTML's ``dir``: "ltr" or "rtl"."""
        return str(self.locale.text_direction)

    @property
    def name(self) -> str:
        """The language's name in itself, for the switch: "Deutsch"."""
        own = self.locale.get_language_name(self.locale) or self.code
        return own[:1].upper() + own[1:]

    def __call__(self, key: str, /, n: int | None = None, **values: object) -> str:
        """Return the text of ``key`` with its {placeholders} filled in; ``n`` picks the plural form and fills {n}.

        A key nobody wrote is logged and shown as it is: a page with a gap beats no page.
        """
        if n is not None:
            values["n"] = self.number(n)
        for catalogue in self.chain:
            if forms := catalogue.forms.get(key):
                form = forms[min(catalogue.plural_index(n), len(forms) - 1)] if n is not None else forms[0]
                return form.format(**values) if values else form
        _log.error("text missing: %s", key)
        return key

    def language_name(self, code: str) -> str:
        """Return what another language is called in this one ("uk" -> "Ukrainisch"); the code if unknown."""
        try:
            return Locale.parse(code, sep="-").get_language_name(self.locale) or code
        except (ValueError, LookupError):
            return code

    def number(self, value: float) -> str:
        """Return a number with this language's separators."""
        return format_decimal(value, locale=self.locale)

    def date(self, day: dt.date) -> str:
        """Return a day with its weekday, "Mo., 23. Nov. 2026"; an aware datetime counts in the office's zone."""
        return format_skeleton("yMMMEd", self._local(day), locale=self.locale)

    def time(self, when: dt.datetime) -> str:
        """Return the time of day at the office, "09:05"."""
        return format_time(self._local(when), "HH:mm", locale=self.locale)

    def datetime(self, when: dt.datetime) -> str:
        """Return day and time at the office, without the year: "Mo., 23. Nov., 09:05"."""
        return f"{format_skeleton('MMMEd', self._local(when), locale=self.locale)}, {self.time(when)}"

    def duration(self, length: dt.timedelta) -> str:
        """Return a length of time in its two largest units: "1 Tg. 5 Std." or "40 Min."; never negative."""
        seconds = max(0, round(length.total_seconds()))
        days, rest = divmod(seconds, _DAY)
        hours, rest = divmod(rest, _HOUR)
        minutes = rest // _MINUTE
        parts = [(days, "duration-day"), (hours, "duration-hour"), (minutes, "duration-minute")]
        shown = [part for part in parts if part[0]][:2] or [(minutes, "duration-minute")]
        return " ".join(format_unit(value, unit, "short", locale=self.locale) for value, unit in shown)

    def relative(self, when: dt.datetime, now: dt.datetime) -> str:
        """Return how far ``when`` is from ``now``: "in 5 Minuten", "vor 2 Stunden"."""
        delta = when - now
        granularity: Literal["minute", "hour"] = "minute" if abs(delta) < dt.timedelta(hours=2) else "hour"
        return format_timedelta(delta, granularity=granularity, threshold=2, add_direction=True, locale=self.locale)

    def _local(self, when: dt.date) -> dt.datetime:
        if isinstance(when, dt.datetime):
            return when.astimezone(self.zone)
        return dt.datetime.combine(when, dt.time(12), self.zone)


class Texts:
    """All languages there are; German is the source and always present."""

    def __init__(self, catalogues: Mapping[str, Catalogue], zone: ZoneInfo = OFFICE_ZONE) -> None:
        self._catalogues = dict(catalogues)
        self._languages = {
            code: Language(code, tuple(self._chain(code)), zone)
            for code in sorted(self._catalogues, key=lambda code: (code != "de", code != "en", code))
        }

    @classmethod
    def load(cls, directory: Path, zone: ZoneInfo = OFFICE_ZONE) -> "Texts":
        """Read every .po file of a directory; raises FileNotFoundError if German, the source, is not there."""
        catalogues = {path.stem: Catalogue.read(path) for path in sorted(directory.glob("*.po"))}
        if "de" not in catalogues:
            raise FileNotFoundError(directory / "de.po")
        return cls(catalogues, zone)

    @property
    def languages(self) -> tuple[Language, ...]:
        """Every language, German and English first."""
        return tuple(self._languages.values())

    def __call__(self, code: str) -> Language:
        """Return the language of a code such as "de" or "de-AT"; German if there is none."""
        return self._languages.get(code.split("-", maxsplit=1)[0].lower()) or self._languages["de"]

    def negotiate(
        self, accept_language: str | None = None, cookie: str | None = None, query: str | None = None
    ) -> Language:
        """Choose what to speak: what was just asked for, else what was chosen before, else the browser's wish."""
        wishes = [query or "", cookie or "", *_by_quality(accept_language or "")]
        return next((self(wish) for wish in wishes if self._speaks(wish)), self._languages["de"])

    def _speaks(self, code: str) -> bool:
        return code.split("-", maxsplit=1)[0].lower() in self._languages

    def _chain(self, code: str) -> Iterator[Catalogue]:
        for step in dict.fromkeys((code, *_FALLBACK)):
            if step in self._catalogues and not (code == "de" and step == "en"):
                yield self._catalogues[step]


def _by_quality(header: str) -> list[str]:
    """Order the codes of an Accept-Language header by their q; what cannot be read counts as not wished."""
    wishes: list[tuple[float, str]] = []
    for entry in header[:500].split(","):
        code, _, weight = entry.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if quality > 0:
            wishes.append((quality, code.strip()))
    return [code for _, code in sorted(wishes, key=lambda wish: -wish[0])]
