"""Who takes care of a callback: never nobody.

In this order: of the team, those who are there and below their capacity; who speaks the citizen's language
before who needs an interpreter, members before deputies of absent members, then who has the most room. Where
two are equal the callback's id decides, so that the same question always has the same answer and nobody is
favoured. An emergency asks for no capacity, and outside service hours it goes to the people on call.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2b

from schemas.office import Advisor, Office
from schemas.words import Team, Urgency
from services.notifier.domain.business_time import OpenHours

_UNKNOWN_LANGUAGE = {"", "und", "mul", "zxx"}


class Reason(StrEnum):
    """Why a task went where it went."""

    LANGUAGE = "language"  # of the team, and speaks the citizen's language
    INTERPRETER = "interpreter"  # of the team, with an interpreter on the line
    DEPUTY = "deputy"  # stands in for an absent member of the team
    TEAM = "team"  # everybody is at capacity: all of the team see it
    ON_CALL = "on_call"  # an emergency outside service hours
    LEAD = "lead"  # nobody of the team is there
    MANAGEMENT = "management"  # nor is who leads it


@dataclass(frozen=True, slots=True)
class Waiting:
    """A callback that waits for somebody; ``language`` is an ISO code, or None where nobody knows."""

    callback_id: str
    team: Team
    language: str | None
    urgency: Urgency
    at: datetime


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a task goes. Without an advisor it is the whole team's."""

    team: Team
    advisor: str | None
    reason: Reason
    interpreter: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    advisor: Advisor
    stands_in: bool


class Roster:
    """Who is there on which day; looked up once for a batch."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._absent: dict[date, set[str]] = {}
        self._present: dict[tuple[Team, date], list[_Candidate]] = {}

    def absent(self, day: date) -> set[str]:
        """Return who is away on a day."""
        if day not in self._absent:
            self._absent[day] = {advisor.id for advisor in self._office.advisors if advisor.is_absent(day)}
        return self._absent[day]

    def present(self, team: Team, day: date) -> list[_Candidate]:
        """Return the members of a team who are there on a day, and the deputies of those who are not."""
        if (team, day) not in self._present:
            self._present[team, day] = _present(self._office, self._office.advisors_of(team), self.absent(day))
        return self._present[team, day]


def assign(
    office: Office, hours: OpenHours, waiting: Waiting, loads: Mapping[str, int], roster: Roster | None = None
) -> Assignment:
    """Return who takes care of a callback, given how many open tasks each advisor has.

    ``hours`` are the service hours of the office. Who is absent is judged on the day it will be worked on.
    """
    roster = roster or Roster(office)
    team = _team_here(office, waiting.team)
    emergency = waiting.urgency is Urgency.EMERGENCY
    works_at = waiting.at if emergency else hours.next_open(waiting.at)
    day = works_at.astimezone(office.zone).date()
    absent = roster.absent(day)

    if emergency and not hours.is_open(waiting.at):
        on_call = _present(office, _named(office, office.on_call), absent)
        if on_call:
            return _chosen(team, on_call, waiting, loads, always=Reason.ON_CALL)
    else:
        present = roster.present(team, day)
        free = [one for one in present if emergency or _room(one.advisor, loads) > 0]
        if free:
            return _chosen(team, free, waiting, loads)
        if present:
            return Assignment(team, None, Reason.TEAM)
    return _superior(office, team, waiting, loads, absent)


def assign_many(
    office: Office, hours: OpenHours, batch: Iterable[Waiting], loads: Mapping[str, int]
) -> tuple[list[Assignment], dict[str, int]]:
    """Assign a batch in its order; return the assignments and the loads after them."""
    after, assignments, roster = dict(loads), [], Roster(office)
    for waiting in batch:
        assignment = assign(office, hours, waiting, after, roster)
        assignments.append(assignment)
        if assignment.advisor is not None:
            after[assignment.advisor] = after.get(assignment.advisor, 0) + 1
    return assignments, after


def _team_here(office: Office, team: Team) -> Team:
    """Return the team, or who answers for it where the office has none: the service centre, or the first."""
    here = [one.team for one in office.teams]
    if team in here:
        return team
    return Team.SERVICE_CENTRE if Team.SERVICE_CENTRE in here else here[0]


def _named(office: Office, ids: Iterable[str]) -> list[Advisor]:
    return [advisor for one in ids if (advisor := office.advisor(one)) is not None]


def _present(office: Office, members: Sequence[Advisor], absent: set[str]) -> list[_Candidate]:
    """Return the members who are there, and for each who is not, the first deputy down the line who is."""
    found = {member.id: _Candidate(member, stands_in=False) for member in members if member.id not in absent}
    for member in members:
        seen: set[str] = set()
        deputy: Advisor | None = member
        while deputy is not None and deputy.id in absent and deputy.id not in seen:
            seen.add(deputy.id)
            deputy = office.advisor(deputy.deputy) if deputy.deputy else None
        if deputy is not None and deputy.id not in absent:
            found.setdefault(deputy.id, _Candidate(deputy, stands_in=True))
    return list(found.values())


def _superior(office: Office, team: Team, waiting: Waiting, loads: Mapping[str, int], absent: set[str]) -> Assignment:
    leader = office.team(team)
    lead = _present(office, _named(office, [leader.lead] if leader else []), absent)
    if lead:
        return _chosen(team, lead, waiting, loads, always=Reason.LEAD)
    management = _named(office, office.management)
    # If all of management are away as well, they are told all the same: somebody must know.
    there = _present(office, management, absent) or [_Candidate(one, stands_in=False) for one in management]
    return _chosen(team, there, waiting, loads, always=Reason.MANAGEMENT)


def _chosen(
    team: Team,
    candidates: Sequence[_Candidate],
    waiting: Waiting,
    loads: Mapping[str, int],
    *,
    always: Reason | None = None,
) -> Assignment:
    def rank(one: _Candidate) -> tuple[bool, bool, float]:
        load = loads.get(one.advisor.id, 0) / one.advisor.capacity
        return not _speaks(one.advisor, waiting.language), one.stands_in, load

    ranks = [rank(one) for one in candidates]
    best = min(ranks)
    equals = [one for one, its in zip(candidates, ranks, strict=True) if its == best]
    chosen = equals[0] if len(equals) == 1 else min(equals, key=lambda one: _lot(waiting, one.advisor))
    interpreter = best[0]
    reason = (
        always
        or (Reason.DEPUTY if chosen.stands_in else None)
        or (Reason.INTERPRETER if interpreter else Reason.LANGUAGE)
    )
    return Assignment(team, chosen.advisor.id, reason, interpreter)


def _speaks(advisor: Advisor, language: str | None) -> bool:
    """Whether no interpreter is needed; a language nobody knows is no reason to prefer anyone."""
    return language is None or language in _UNKNOWN_LANGUAGE or language in advisor.languages


def _room(advisor: Advisor, loads: Mapping[str, int]) -> int:
    return advisor.capacity - loads.get(advisor.id, 0)


def _lot(waiting: Waiting, advisor: Advisor) -> bytes:
    return blake2b(f"{waiting.callback_id}\n{advisor.id}".encode(), digest_size=8).digest()
