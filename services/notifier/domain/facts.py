"""The events that a change of a task is, with ids derived from the callback, the type and the version."""

from datetime import datetime
from typing import Any, TypeVar

from schemas.envelope import Event, Fact
from schemas.ids import event_id
from schemas.sla import Breached, Escalated, SlaBreached, SlaEscalated, SlaWarned, Warned
from schemas.task import (
    Accepted,
    Assigned,
    Attempted,
    Closed,
    Rescheduled,
    TaskAccepted,
    TaskAssigned,
    TaskAttempted,
    TaskClosed,
    TaskRescheduled,
)
from schemas.words import AttemptResult, Outcome
from services.notifier.domain.deadlines import Alarm, AlarmKind
from services.notifier.domain.task import Deed, Entry, Task

SOURCE = "rueckruf/notifier"
K = TypeVar("K", bound=Event)


def assigned(task: Task, entry: Entry) -> TaskAssigned:
    """Return the fact that a task exists, as its history's first line tells it: the same task, the same event."""
    return TaskAssigned(
        id=event_id(task.callback, TaskAssigned.TYPE, "1"),
        source=SOURCE,
        time=task.opened,
        subject=task.callback,
        correlationid=task.callback,
        office=task.office,
        data=Assigned(
            version=1,
            urgency=task.urgency,
            team=task.team,
            advisor=entry.by,
            channel=task.channel,
            receipt=task.receipt,
            reason=entry.detail or "",
        ),
    )


def facts_since(task: Task, version: int) -> list[Event]:
    """Return the events of the changes that brought a task from ``version`` to its present one."""
    changes = task.version - version
    if changes == 0:
        return []
    return [_fact(task, entry, version + n) for n, entry in enumerate(task.history[-changes:], start=1)]


def _fact(task: Task, entry: Entry, version: int) -> Event:
    common: dict[str, Any] = {"version": version, "urgency": task.urgency, "team": task.team, "advisor": task.advisor}
    match entry.deed:
        case Deed.ACCEPTED:
            return _event(TaskAccepted, task, entry.at, version, Accepted(**common))
        case Deed.ATTEMPTED:
            data = Attempted(**common, result=AttemptResult(entry.detail or ""), attempt=_attempt_number(task, entry))
            return _event(TaskAttempted, task, entry.at, version, data)
        case Deed.RESCHEDULED:
            until = datetime.fromisoformat(entry.detail or "")
            return _event(TaskRescheduled, task, entry.at, version, Rescheduled(**common, until=until))
        case Deed.CLOSED:
            return _event(TaskClosed, task, entry.at, version, Closed(**common, outcome=Outcome(entry.detail or "")))
        case Deed.ASSIGNED:
            return assigned(task, entry)


def alert(task: Task, alarm: Alarm, policy: str) -> SlaWarned | SlaBreached | SlaEscalated:
    """Return the alert of an alarm; its id is derived from the callback and the alarm's key."""
    common: dict[str, Any] = {
        "stage": alarm.stage,
        "due": alarm.due,
        "urgency": alarm.urgency,
        "team": task.team,
        "advisor": task.advisor,
        "policy": policy,
    }
    match alarm.kind:
        case AlarmKind.WARNED:
            return _event(SlaWarned, task, alarm.at, alarm.key, Warned(**common, percent=alarm.percent or 1))
        case AlarmKind.BREACHED:
            return _event(SlaBreached, task, alarm.at, alarm.key, Breached(**common))
        case AlarmKind.ESCALATED:
            data = Escalated(**common, step=alarm.step or 1, to=str(alarm.to or ""))
            return _event(SlaEscalated, task, alarm.at, alarm.key, data)


def _event(kind: type[K], task: Task, at: datetime, step: object, data: Fact) -> K:
    fields: dict[str, Any] = {
        "id": event_id(task.callback, kind.TYPE, str(step)),
        "source": SOURCE,
        "time": at,
        "subject": task.callback,
        "correlationid": task.callback,
        "office": task.office,
        "data": data,
    }
    return kind(**fields)


def _attempt_number(task: Task, entry: Entry) -> int:
    attempts = [one for one in task.history if one.deed is Deed.ATTEMPTED]
    return attempts.index(entry) + 1
