"""One office, one file: everything that differs between job centres, and nothing about citizens.

``load_office`` reads ``deploy/offices/<id>.toml``. What cannot hold is refused there, in sentences a clerk
understands, so that no service starts on a promise that cannot be kept.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from schemas import office_checks
from schemas.office_loading import OfficeFileRefused, Problem, read_toml, refused
from schemas.office_targets import Promise, Superior, Targets
from schemas.office_values import ADDRESS, NUMBER, SLUG, DayText, Part, Slot, SlotText, closest, refuse
from schemas.words import Stage, Team, Urgency

__all__ = [
    "WEEKDAYS",
    "Absence",
    "Advisor",
    "Closing",
    "Hotline",
    "Office",
    "OfficeFileRefused",
    "OfficeTeam",
    "Offices",
    "Partner",
    "Problem",
    "Promise",
    "ServiceHours",
    "Superior",
    "Targets",
    "Text",
    "load_office",
    "load_offices",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Text(Part):
    """A text people read, in German and English."""

    de: str
    en: str


class Hotline(Part):
    """A number citizens call, and the team that answers it."""

    label: Text
    number: str = Field(pattern=NUMBER)
    team: Team


class EmergencyNumber(Part):
    """A number for danger to life, shown first wherever an emergency is."""

    number: str = Field(pattern=NUMBER)
    label: Text


class ServiceHours(Part):
    """When the office is open, in slots a weekday; a day without slots is closed."""

    mon: tuple[SlotText, ...] = ()
    tue: tuple[SlotText, ...] = ()
    wed: tuple[SlotText, ...] = ()
    thu: tuple[SlotText, ...] = ()
    fri: tuple[SlotText, ...] = ()
    sat: tuple[SlotText, ...] = ()
    sun: tuple[SlotText, ...] = ()

    @property
    def week(self) -> tuple[tuple[Slot, ...], ...]:
        """The slots of Monday to Sunday, each day in order."""
        return tuple(tuple(sorted(getattr(self, day))) for day in WEEKDAYS)


class PublicHolidays(Part):
    """Whose public holidays hold: an ISO country and, where it differs by state, the state."""

    country: str = "DE"
    state: str | None = None

    @model_validator(mode="after")
    def _exist(self) -> Self:
        states = holidays.list_supported_countries()
        if self.country not in states:
            refuse(
                f'Für das Land "{self.country}" sind keine Feiertage bekannt. Schreiben Sie DE.',
                f'No holidays are known for the country "{self.country}". Write DE.',
            )
        if self.state is not None and self.state not in states[self.country]:
            listed = ", ".join(states[self.country])
            refuse(
                f'Das Land "{self.state}" gibt es in {self.country} nicht. Möglich sind: {listed}.',
                f'There is no state "{self.state}" in {self.country}. Possible are: {listed}.',
            )
        return self


class Closing(Part):
    """When the office is closed though the week says open: one date, a range, or a day of every year.

    ``times`` closes only that part of each day.
    """

    reason: str
    on: date | None = None
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    every_year: DayText | None = None
    times: SlotText | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        given = [self.on is not None, self.first is not None, self.every_year is not None]
        if sum(given) != 1 or (self.first is None) != (self.last is None):
            refuse(
                'Geben Sie genau eines an: on = 2026-05-15, from = … mit to = …, oder every_year = "24.12.".',
                'Give exactly one of: on = 2026-05-15, from = … with to = …, or every_year = "24.12.".',
            )
        if self.first and self.last:
            office_checks.refuse_range(self.first, self.last, longest_days=366 if not self.times else None)
        return self


class Absence(Part):
    """An advisor is away, from the first to the last day, both included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        office_checks.refuse_range(self.first, self.last)
        return self


class Advisor(Part):
    """Who calls back. ``capacity`` is how many open tasks one advisor is given at most."""

    id: str = Field(pattern=SLUG)
    name: str
    teams: tuple[Team, ...] = ()
    languages: tuple[str, ...] = Field(min_length=1)
    capacity: int = Field(default=8, ge=1, le=200)
    email: str | None = Field(default=None, pattern=ADDRESS)
    absent: tuple[Absence, ...] = ()
    deputy: str | None = None

    _iso = field_validator("languages")(office_checks.refuse_unknown_languages)

    def is_absent(self, day: date) -> bool:
        """Whether the advisor is away on this day of the office's calendar."""
        return any(away.first <= day <= away.last for away in self.absent)


class OfficeTeam(Part):
    """A team of this office, its name and who leads it. Who belongs to it stands with the advisors."""

    team: Team
    name: Text
    lead: str


class Partner(Part):
    """An organisation with a direct line, such as a welfare association."""

    id: str = Field(pattern=SLUG)
    name: str


_EMERGENCY_NUMBERS = (
    EmergencyNumber(number="110", label=Text(de="Polizei", en="Police")),
    EmergencyNumber(number="112", label=Text(de="Feuerwehr und Rettungsdienst", en="Fire and ambulance")),
)


class Office(Part):
    """An office: its house, its hours, its people and its promises."""

    id: str = Field(pattern=SLUG, max_length=64)
    name: str
    address: str
    email: str = Field(pattern=ADDRESS)
    calling_number: str = Field(pattern=NUMBER)
    hotlines: tuple[Hotline, ...] = Field(min_length=1)
    emergency_numbers: tuple[EmergencyNumber, ...] = Field(default=_EMERGENCY_NUMBERS, min_length=1)
    languages: tuple[str, ...] = Field(min_length=1)
    time_zone: str = "Europe/Berlin"
    service_hours: ServiceHours
    holidays: PublicHolidays = PublicHolidays()
    closings: tuple[Closing, ...] = ()
    teams: tuple[OfficeTeam, ...] = Field(min_length=1)
    advisors: tuple[Advisor, ...] = Field(min_length=1)
    on_call: tuple[str, ...] = ()
    management: tuple[str, ...] = Field(min_length=1)
    partners: tuple[Partner, ...] = ()
    targets: Targets = Field(default_factory=lambda: Targets.model_validate({}))

    _iso = field_validator("languages")(office_checks.refuse_unknown_languages)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        known = available_timezones()
        if name not in known:
            near = closest(name, sorted(known)) or "Europe/Berlin"
            refuse(
                f'Die Zeitzone "{name}" gibt es nicht. Meinten Sie "{near}"?',
                f'There is no time zone "{name}". Did you mean "{near}"?',
            )
        return name

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        office_checks.refuse_unfitting_parts(self)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the clock on the office's wall."""
        return ZoneInfo(self.time_zone)

    def advisor(self, advisor_id: str) -> Advisor | None:
        """Return the advisor with this id, or None."""
        return next((advisor for advisor in self.advisors if advisor.id == advisor_id), None)

    def team(self, team: Team) -> OfficeTeam | None:
        """Return this office's team for a topic, or None where it has none."""
        return next((one for one in self.teams if one.team is team), None)

    def advisors_of(self, team: Team) -> tuple[Advisor, ...]:
        """Return who belongs to a team, in the order of the file."""
        return tuple(advisor for advisor in self.advisors if team in advisor.teams)

    def promise(self, urgency: Urgency, stage: Stage) -> str:
        """Return what is promised for a stage, as written: "24 service hours"."""
        return str(getattr(self.targets.of(urgency), stage.value))


class Offices(Mapping[str, Office]):
    """The offices one installation serves, by id, in the order of their ids."""

    def __init__(self, offices: Mapping[str, Office]) -> None:
        self._offices = dict(sorted(offices.items()))

    @override
    def __getitem__(self, office_id: str) -> Office:
        return self._offices[office_id]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._offices)

    @override
    def __len__(self) -> int:
        return len(self._offices)

    @property
    def first(self) -> Office:
        """The office to take where an installation serves only one."""
        return next(iter(self._offices.values()))


def load_office(path: Path) -> Office:
    """Read one office file; raises :class:`OfficeFileRefused`, with sentences for the clerk."""
    return read_toml(path, Office)


def load_offices(directory: Path) -> Offices:
    """Read every ``*.toml`` of a directory; raises :class:`OfficeFileRefused`, also where there is none."""
    found: dict[str, Office] = {}
    for file in sorted(directory.glob("*.toml")):
        office = load_office(file)
        if office.id in found:
            raise refused(
                file,
                f'Ein anderes Büro heißt schon "{office.id}". Geben Sie diesem eine eigene id.',
                f'Another office has the id "{office.id}" already. Give this one its own.',
            )
        found[office.id] = office
    if not found:
        raise refused(
            directory,
            "In diesem Ordner liegt keine Bürodatei (*.toml). Kopieren Sie die Datei des Musterbüros.",
            "There is no office file (*.toml) in this folder. Copy the file of the demo office.",
        )
    return Offices(found)
