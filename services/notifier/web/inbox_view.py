"""From tasks to the lines of the inbox."""

from dataclasses import dataclass
from datetime import datetime

from schemas.callback import CallbackTriaged
from schemas.words import Category, Channel, Stage, Team, Urgency
from services.notifier.domain.deadlines import STAGES
from services.notifier.domain.offices import Compiled
from services.notifier.domain.task import Task


@dataclass(frozen=True, slots=True)
class Line:
    """One task as the inbox shows it."""

    href: str
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
    waiting_since: datetime
    attempts: int
    stage: Stage | None
    due: datetime | None
    breached: bool
    can_accept: bool
    version: int


def href_of(task: Task) -> str:
    """Return the address of a task's page."""
    return f"/{task.office}/tasks/{task.callback}"


def name_of(compiled: Compiled, advisor: str | None) -> str:
    """Return an advisor's name; the id of one who is not in the office's file any more, "" for nobody."""
    found = compiled.office.advisor(advisor) if advisor else None
    return found.name if found else advisor or ""


def line(task: Task, compiled: Compiled, me: str, now: datetime) -> Line:
    """Return the line of an open task; its deadline is that of the stage to be reached next."""
    data = CallbackTriaged.decode(task.event).data
    stage = next((stage for stage in STAGES if stage not in task.met), None)
    due = compiled.plan(task).due(stage) if stage else None
    return Line(
        href=href_of(task),
        receipt=task.receipt,
        urgency=task.urgency,
        category=data.category,
        danger_to_life=data.danger_to_life,
        team=task.team,
        advisor=name_of(compiled, task.advisor),
        is_mine=task.advisor == me,
        channel=task.channel,
        language=task.language,
        interpreter=data.interpreter,
        waiting_since=task.started,
        attempts=task.attempts,
        stage=stage,
        due=due,
        breached=due is not None and now > due,
        can_accept=task.owner is None,
        version=task.version,
    )
