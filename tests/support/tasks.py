"""Notifier's tasks in memory, for tests that need no server; tests/contract proves that they behave like MongoDB's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from schemas.envelope import Event
from schemas.words import Team
from services.notifier.domain.task import Task
from services.notifier.ports import Change, NoSuchTask, Opened, SomeAreKnown


@dataclass
class MemoryTasks:
    """A dictionary of tasks; ``told`` are the events that were published, in order."""

    kept: dict[UUID, Task] = field(default_factory=dict)
    alarms: dict[UUID, datetime] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)

    async def known(self, callbacks: Sequence[UUID]) -> Mapping[UUID, Task]:
        return {callback: self.kept[callback] for callback in callbacks if callback in self.kept}

    async def open(self, opened: Sequence[Opened], again: Sequence[Event]) -> None:
        if any(one.task.callback in self.kept for one in opened):
            raise SomeAreKnown
        for one in opened:
            self._keep(Change(one.task, [one.event], one.alarm_at))
        self.told += again

    async def change(self, office: str, callback: UUID, decide: Callable[[Task], Change]) -> Task:
        task = await self.find(office, callback)
        if task is None:
            raise NoSuchTask
        change = decide(task)
        if change.task is not task:
            self._keep(change)
        return change.task

    async def fire(self, at: datetime, decide: Callable[[Task], Change], most: int) -> int:
        due = [callback for callback, alarm_at in self.alarms.items() if alarm_at <= at][:most]
        for callback in due:
            change = decide(self.kept[callback])
            self._keep(replace(change, task=replace(self.kept[callback], fired=change.task.fired)))
        return len(due)

    async def loads(self, office: str) -> Mapping[str, int]:
        holders = [task.advisor for task in self._open(office) if task.advisor is not None]
        return {advisor: holders.count(advisor) for advisor in holders}

    async def inbox(self, office: str, teams: Sequence[Team], advisor: str, most: int) -> list[Task]:
        mine = [task for task in self._open(office) if task.team in teams or task.advisor == advisor]
        return sorted(mine, key=lambda task: (-task.urgency.rank, task.started))[:most]

    async def find(self, office: str, callback: UUID) -> Task | None:
        task = self.kept.get(callback)
        return task if task is not None and task.office == office else None

    async def by_receipt(self, office: str, receipt: str) -> Task | None:
        return next((t for t in self.kept.values() if (t.office, t.receipt) == (office, receipt)), None)

    def _open(self, office: str) -> list[Task]:
        return [task for task in self.kept.values() if task.office == office and task.is_open]

    def _keep(self, change: Change) -> None:
        self.kept[change.task.callback] = change.task
        self.alarms.pop(change.task.callback, None)
        if change.alarm_at is not None:
            self.alarms[change.task.callback] = change.alarm_at
        self.told += change.events
