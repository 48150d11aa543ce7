"""What must hold between the parts of an office file, so that every promise can be kept."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from schemas.office_loading import Problem
from schemas.office_values import MINUTES_A_DAY, Target, Unit, closest, refuse

if TYPE_CHECKING:
    from schemas.office import Office


def refuse_range(first: date, last: date, longest_days: int | None = None) -> None:
    """Refuse days that end before they start, or go on for longer than anybody means."""
    if last < first:
        refuse(
            f"Der letzte Tag ({last}) liegt vor dem ersten ({first}). Tauschen Sie from und to.",
            f"The last day ({last}) is before the first ({first}). Swap from and to.",
        )
    if longest_days is not None and (last - first).days >= longest_days:
        refuse(
            f"Von {first} bis {last} ist mehr als ein Jahr geschlossen. Stimmt das Jahr?",
            f"From {first} to {last} is closed for more than a year. Is the year right?",
        )


def refuse_unknown_languages(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no ISO 639 code: two or three small letters."""
    for code in codes:
        if not re.fullmatch(r"[a-z]{2,3}", code):
            refuse(
                f'"{code}" ist kein Sprachkürzel. Schreiben Sie zwei oder drei kleine Buchstaben: '
                "de, en, tr, ar, uk, ru.",
                f'"{code}" is no language code. Write two or three small letters: de, en, tr, ar, uk, ru.',
            )
    return codes


def refuse_promise(stages: Sequence[Target], warn: Sequence[int], ladder: Sequence[Target]) -> None:
    """Refuse stages, warnings or steps that are out of their order."""
    for name, (before, after) in zip(("attempted", "outcome"), pairwise(stages), strict=True):
        if before.unit is after.unit and after.amount < before.amount:
            refuse(
                f"Die Frist {name} ({after}) ist kürzer als die Frist davor ({before}).",
                f"The time limit {name} ({after}) is shorter than the one before it ({before}).",
            )
    if any(not 1 <= percent <= 99 for percent in warn) or list(warn) != sorted(set(warn)):  # noqa: PLR2004 percent
        refuse(
            "warn ist eine aufsteigende Liste von Prozenten zwischen 1 und 99, zum Beispiel [50, 75].",
            "warn is a rising list of percentages between 1 and 99, for example [50, 75].",
        )
    if any(step.unit is not Unit.MINUTES for step in ladder):
        refuse(
            "Eine Stufe der Eskalation wird in min oder h angegeben, zum Beispiel 30 min.",
            "A step of the escalation is given in min or h, for example 30 min.",
        )
    if [step.amount for step in ladder] != sorted({step.amount for step in ladder}):
        refuse(
            "Die Stufen der Eskalation müssen nacheinander kommen: erst 30 min, dann 2 h.",
            "The steps of the escalation must follow one another: first 30 min, then 2 h.",
        )


def refuse_unfitting_parts(office: "Office") -> None:
    """Refuse an office whose parts contradict one another, naming everything that does."""
    problems = [
        *_hours(office),
        *_doubles("advisors", [advisor.id for advisor in office.advisors]),
        *_doubles("teams", [team.team.value for team in office.teams]),
        *_doubles("partners", [partner.id for partner in office.partners]),
        *_people(office),
        *_teams(office),
    ]
    if problems:
        raise PydanticCustomError("office_parts", "{count} problems", {"count": len(problems), "problems": problems})


def _hours(office: "Office") -> Iterator[Problem]:
    week = office.service_hours.week
    if not any(week):
        yield Problem(
            "service_hours",
            'Die ganze Woche ist geschlossen: so läuft keine Frist je ab. Beispiel: mon = ["08:00-16:00"].',
            'The whole week is closed: no time limit would ever end. For example: mon = ["08:00-16:00"].',
        )
    slots = sorted(
        (day * MINUTES_A_DAY + slot.opens, day * MINUTES_A_DAY + slot.closes, day, slot)
        for day, slots in enumerate(week)
        for slot in slots
    )
    if slots:
        first = slots[0]
        slots.append((first[0] + 7 * MINUTES_A_DAY, 0, first[2], first[3]))
    names = list(type(office.service_hours).model_fields)
    for (_, closes, day, slot), (opens, _, next_day, next_slot) in pairwise(slots):
        if opens < closes:
            one, other = f"{names[day]} {slot}", f"{names[next_day]} {next_slot}"
            yield Problem(
                f"service_hours.{names[next_day]}",
                f"{one} und {other} überschneiden sich. Fassen Sie sie zusammen oder kürzen Sie eine.",
                f"{one} and {other} overlap. Join them or shorten one.",
            )


def _doubles(where: str, names: list[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem(
                where,
                f'"{name}" steht hier {times} Mal. Jeder Eintrag braucht einen eigenen Namen.',
                f'"{name}" is here {times} times. Every entry needs its own name.',
            )


def _people(office: "Office") -> Iterator[Problem]:
    known = [advisor.id for advisor in office.advisors]
    named = [
        *((f'advisors "{advisor.id}".deputy', advisor.deputy) for advisor in office.advisors),
        *((f'teams "{team.team}".lead', team.lead) for team in office.teams),
        *(("on_call", one) for one in office.on_call),
        *(("management", one) for one in office.management),
    ]
    for where, name in named:
        if name is not None and name not in known:
            near = closest(name, known)
            yield Problem(
                where,
                f'"{name}" ist niemand aus [[advisors]].' + (f' Meinten Sie "{near}"?' if near else ""),
                f'"{name}" is nobody from [[advisors]].' + (f' Did you mean "{near}"?' if near else ""),
            )
    for advisor in office.advisors:
        if advisor.deputy == advisor.id:
            yield Problem(
                f'advisors "{advisor.id}".deputy',
                "Niemand kann sich selbst vertreten. Nennen Sie jemand anderen.",
                "Nobody can stand in for themselves. Name somebody else.",
            )
    if office.targets.emergency.hours == "always" and not office.on_call:
        yield Problem(
            "on_call",
            "Notfälle zählen rund um die Uhr, aber niemand hat Bereitschaft. Nennen Sie jemanden.",
            "Emergencies count around the clock, but nobody is on call. Name somebody.",
        )


def _teams(office: "Office") -> Iterator[Problem]:
    here = {team.team for team in office.teams}
    for team in office.teams:
        if not office.advisors_of(team.team):
            yield Problem(
                f'teams "{team.team}"',
                f'Zu diesem Team gehört niemand. Schreiben Sie bei jemandem: teams = ["{team.team}"].',
                f'Nobody belongs to this team. Write with somebody: teams = ["{team.team}"].',
            )
    used = [(f'advisors "{one.id}".teams', team) for one in office.advisors for team in one.teams]
    used += [(f'hotlines "{line.number}".team', line.team) for line in office.hotlines]
    for where, name in used:
        if name not in here:
            yield Problem(
                where,
                f'Das Team "{name}" steht nicht in [[teams]]. Legen Sie es dort an oder ändern Sie es hier.',
                f'The team "{name}" is not in [[teams]]. Add it there or change it here.',
            )
