"""Raise the alarms that are due: each stage of each task warns, breaches and escalates once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from schemas.envelope import Event
from services.notifier.domain.facts import alert
from services.notifier.domain.offices import Compiled
from services.notifier.domain.task import Task
from services.notifier.ports import Change, Tasks

MOST_AT_ONCE = 500


class RaiseAlarms:
    """Fires due alarms in batches. What is due is judged by the database's clock, which all replicas share."""

    def __init__(self, tasks: Tasks, offices: Mapping[str, Compiled]) -> None:
        self._tasks = tasks
        self._offices = offices

    async def __call__(self, at: datetime, most: int = MOST_AT_ONCE) -> int:
        """Fire what is due at ``at``, of ``most`` tasks at once; returns how many had something due."""
        return await self._tasks.fire(at, lambda task: self.due(task, at), most)

    def due(self, task: Task, at: datetime) -> Change:
        """Return the task after its due alarms, with one alert each, in their order."""
        compiled = self._offices[task.office]
        plan = compiled.plan(task)
        events: list[Event] = []
        while (alarm := plan.next_alarm(task.met, task.fired)) is not None and alarm.at <= at:
            events.append(alert(task, alarm, plan.version))
            task = replace(task, fired=(*task.fired, alarm.key))
        return Change(task, events, None if alarm is None else alarm.at)
