"""From figures and tasks to what operations and citizens see of how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.office import Office
from schemas.words import Outcome, Stage, Team, Urgency
from services.notifier.domain.deadlines import STAGES
from services.notifier.domain.task import Task
from services.notifier.figures import Standing


@dataclass(frozen=True, slots=True)
class Ops:
    """The operations page: by team, never by person."""

    at: datetime
    unowned_emergencies: int
    open: int
    overdue: int
    breaches_today: int
    dead_letters: int
    outbox_waiting: int
    oldest: timedelta | None
    outbox_age: timedelta | None
    by_urgency: Sequence[tuple[Urgency, int, int, int]]
    by_team: Sequence[tuple[Team, int, int, timedelta | None]]
    balance: Sequence[tuple[str, int]]
    is_balanced: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Where a callback stands, without a word about who asked or why."""

    receipt: str
    received: datetime
    next: datetime | None
    attempts: int
    closed: Outcome | None
    steps: Sequence[tuple[str, str, datetime | None]]


def ops(standing: Standing, office: Office) -> Ops:
    """Return the view of an office's figures."""
    figures, machine, at = standing.figures, standing.machine, standing.at
    teams = [(team.team, figures.of_team(team.team)) for team in office.teams]
    states = figures.by_state
    return Ops(
        at=at,
        unowned_emergencies=figures.unowned_emergencies,
        open=figures.open,
        overdue=figures.overdue,
        breaches_today=figures.breaches_today,
        dead_letters=machine.dead_letters,
        outbox_waiting=machine.outbox_waiting,
        oldest=figures.waited(at) or None,
        outbox_age=machine.outbox_age or None,
        by_urgency=[
            (
                urgency,
                figures.open_of(urgency, Stage.OWNED),
                figures.open_of(urgency, Stage.ATTEMPTED),
                figures.open_of(urgency, Stage.OUTCOME),
            )
            for urgency in sorted(Urgency, key=lambda urgency: -urgency.rank)
        ],
        by_team=[(team, its.open, its.overdue, its.waited(at) or None) for team, its in teams],
        balance=[
            ("received", figures.known),
            ("open", states.get("open", 0)),
            *((outcome.value, states.get(outcome.value, 0)) for outcome in Outcome),
        ],
        is_balanced=figures.is_balanced,
    )


def found(task: Task) -> Found:
    """Return where a callback stands. A step that an ended callback left out is not shown as still to come."""
    reached: list[tuple[str, datetime | None]] = [("received", task.started)]
    reached += [(stage.value, task.met.get(stage)) for stage in STAGES if task.is_open or stage in task.met]
    steps: list[tuple[str, str, datetime | None]] = []
    now_is_shown = False
    for code, at in reached:
        state = "done" if at else "todo" if now_is_shown else "now"
        now_is_shown = now_is_shown or state == "now"
        steps.append((state, code, at))
    return Found(
        receipt=task.receipt,
        received=task.started,
        next=task.until if task.is_open else None,
        attempts=task.attempts,
        closed=task.outcome,
        steps=steps,
    )
