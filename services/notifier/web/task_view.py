"""From a task, and what its seal holds, to what its advisor sees."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from schemas.callback import CallbackTriaged
from schemas.channels import TimeWindow
from schemas.personal import Personal
from schemas.words import Category, Channel, Outcome, Reading, Stage, Team, Urgency
from services.chassis.texts import Language
from services.notifier.domain.business_time import Interval
from services.notifier.domain.deadlines import AlarmKind, Plan
from services.notifier.domain.offices import Compiled
from services.notifier.domain.task import Deed, Task
from services.notifier.web.inbox_view import href_of, name_of
from services.notifier.web.passages import Passage, explain

_INSTRUMENTS: Mapping[Category, tuple[str, ...]] = {
    Category.NO_MONEY: ("advance", "same_day", "provisional", "loan"),
    Category.NO_FOOD: ("same_day", "advance", "loan"),
    Category.PAYMENT_MISSING: ("advance", "same_day", "provisional"),
    Category.HOMELESSNESS: ("debts", "same_day"),
    Category.EVICTION: ("debts", "suit"),
    Category.ENERGY_CUTOFF: ("debts",),
    Category.HEALTH_COVER: ("health_cover",),
}
_MOST_INTERVALS = 60

Happening = tuple[datetime, str, Mapping[str, str], str]
"""When, kind (text "history.<kind>"), the text's values, and who did it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be called, and when they can be reached."""

    name: str | None
    phone: str | None
    phone_shown: str
    email: str | None
    windows: Sequence[TimeWindow]


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One deadline, and the time that was counted for it."""

    stage: Stage
    due: datetime
    met: datetime | None
    breached: bool
    counted: timedelta
    intervals: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """One task as its page shows it."""

    href: str
    version: int
    receipt: str
    urgency: Urgency
    category: Category
    danger_to_life: bool
    team: Team
    advisor: str
    is_mine: bool
    channel: Channel
    language: str
    interpreter: bool
    video: bool
    occurred: datetime
    recorded: datetime | None
    attempts: int
    closed: Outcome | None
    rescheduled: datetime | None
    person: Person | None
    said: Sequence[Passage]
    evidence: Sequence[tuple[int, str, str, Reading, bool]]
    attachments: Sequence[tuple[str, str, int]]
    legal: Sequence[str]
    deadlines: Sequence[DeadlineLine]
    history: Sequence[Happening]
    can: frozenset[str]


def open_task(
    task: Task, personal: Personal | None, compiled: Compiled, me: str, now: datetime, t: Language
) -> OpenedTask:
    """Return the page's view of a task; without ``personal`` it shows nothing of who asked and what they said."""
    event = CallbackTriaged.decode(task.event)
    data, plan = event.data, compiled.plan(task)
    said, reasons = explain(personal.said, data.evidence, data.category) if personal else ([], [])
    return OpenedTask(
        href=href_of(task),
        version=task.version,
        receipt=task.receipt,
        urgency=task.urgency,
        category=data.category,
        danger_to_life=data.danger_to_life and task.is_open,
        team=task.team,
        advisor=name_of(compiled, task.advisor),
        is_mine=task.advisor == me,
        channel=task.channel,
        language=task.language,
        interpreter=data.interpreter,
        video=data.video,
        occurred=task.started,
        recorded=event.recordedtime,
        attempts=task.attempts,
        closed=task.outcome,
        rescheduled=task.until if task.is_open else None,
        person=_person(personal, data.windows) if personal else None,
        said=said,
        evidence=[
            (one.number, one.words, rule_text(one.topic, one.rule, t), one.reading, one.decided) for one in reasons
        ],
        attachments=[(one.name, "", one.bytes) for one in personal.attachments] if personal else [],
        legal=legal(data.category, task.urgency, t),
        deadlines=deadlines(task, plan, now),
        history=sorted(_history(task, event, plan, compiled, t), key=lambda happening: happening[0]),
        can=allowed(task, me),
    )


def allowed(task: Task, me: str) -> frozenset[str]:
    """Return what an advisor can do with a task now."""
    if not task.is_open:
        return frozenset()
    if task.owner is None:
        return frozenset({"accept"})
    return frozenset({"attempt", "reschedule", "close"}) if task.owner == me else frozenset()


def deadlines(task: Task, plan: Plan, now: datetime) -> list[DeadlineLine]:
    """Return the deadlines; a stage also counts as met when a later one is."""
    lines: list[DeadlineLine] = []
    met: datetime | None = None
    for deadline in reversed(plan.deadlines):
        met = min((at for at in (met, task.met.get(deadline.stage)) if at is not None), default=None)
        intervals = deadline.explain()
        lines.append(
            DeadlineLine(
                stage=deadline.stage,
                due=deadline.due,
                met=met,
                breached=(met or now) > deadline.due,
                counted=sum((one.end - one.start for one in intervals), timedelta()),
                intervals=intervals[:_MOST_INTERVALS],
            )
        )
    return lines[::-1]


def legal(category: Category, urgency: Urgency, t: Language) -> list[str]:
    """Return the instruments of the law that can help at once."""
    if urgency is Urgency.NORMAL:
        return []
    return [t(f"legal.{code}") for code in (*_INSTRUMENTS.get(category, ()), "application")]


def rule_text(topic: str, rule: str, t: Language) -> str:
    """Return what a rule is about, and its name in its file."""
    about = t(f"category.{topic}") if topic in set(Category) else topic
    return f"{about} ({rule})" if rule else about


def _person(personal: Personal, windows: Sequence[TimeWindow]) -> Person:
    shown = personal.phone or ""
    with suppress(NumberParseException):
        shown = format_number(parse(shown), PhoneNumberFormat.INTERNATIONAL)
    return Person(personal.name, personal.phone, shown, personal.email, windows)


def _history(task: Task, event: CallbackTriaged, plan: Plan, compiled: Compiled, t: Language) -> Iterator[Happening]:
    yield task.started, "requested", {}, ""
    if event.recordedtime:
        yield event.recordedtime, "recorded", {}, ""
    yield task.opened, "triaged", {"urgency": t(f"urgency.{event.data.urgency}")}, ""
    attempt = 0
    for entry in task.history:
        by = name_of(compiled, entry.by)
        match entry.deed:
            case Deed.ASSIGNED:
                yield entry.at, "assigned", {"to": by or t(f"team.{task.team}")}, ""
            case Deed.ACCEPTED:
                yield entry.at, "accepted", {}, by
            case Deed.ATTEMPTED:
                attempt += 1
                yield entry.at, "attempted", {"attempt": str(attempt), "result": t(f"attempt.{entry.detail}")}, by
            case Deed.RESCHEDULED:
                until = datetime.fromisoformat(entry.detail or "")
                yield entry.at, "rescheduled", {"until": t.datetime(until)}, by
            case Deed.CLOSED:
                yield entry.at, "closed", {"outcome": t(f"outcome.{entry.detail}")}, by
    yield from _alerts(task, plan, t)


def _alerts(task: Task, plan: Plan, t: Language) -> Iterator[Happening]:
    fired = set(task.fired)
    for alarm in plan.alarms() if fired else ():
        if alarm.key not in fired:
            continue
        at = max(alarm.at, task.opened)  # a task that came late was told of late
        stage = t(f"stage.{alarm.stage}")
        match alarm.kind:
            case AlarmKind.WARNED:
                yield at, "warned", {"stage": stage, "percent": t.number(alarm.percent or 0)}, ""
            case AlarmKind.BREACHED:
                yield at, "alerted", {"stage": stage}, ""
            case AlarmKind.ESCALATED:
                yield at, "escalated", {"to": t(f"superior.{alarm.to}")}, ""
