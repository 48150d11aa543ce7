"""What an advisor does with a task: accept, log an attempt, reschedule, close."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.words import AttemptResult, Outcome
from services.chassis.clock import Clock
from services.notifier.domain.facts import facts_since
from services.notifier.domain.offices import Compiled
from services.notifier.domain.task import NotAllowed, Task
from services.notifier.ports import Change, Keys, Tasks

LATEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class WorkTask:
    """Changes one task for one advisor. Each raises ``NotAllowed`` with a code, or ``NoSuchTask``.

    ``seen`` is the version that the advisor looked at: where the task has changed since, the code is "changed".
    """

    tasks: Tasks
    keys: Keys
    offices: Mapping[str, Compiled]
    clock: Clock

    async def accept(self, office: str, callback: UUID, advisor: str, seen: int | None = None) -> Task:
        """Let the advisor own the task: of two who try, one wins and the other is told who."""
        at = self.clock()
        return await self._change(office, callback, lambda task: task.accept(advisor, at), seen)

    async def attempt(
        self, office: str, callback: UUID, advisor: str, result: AttemptResult, seen: int | None = None
    ) -> Task:
        """Log a try to reach the citizen."""
        at = self.clock()
        day = at.astimezone(self.offices[office].office.zone).date().isoformat()
        return await self._change(office, callback, lambda task: task.attempt(advisor, result, at, day), seen)

    async def reschedule(
        self, office: str, callback: UUID, advisor: str, until: datetime, seen: int | None = None
    ) -> Task:
        """Agree on a later time."""
        at = self.clock()
        return await self._change(office, callback, lambda task: task.reschedule(advisor, until, at, LATEST), seen)

    async def close(self, office: str, callback: UUID, advisor: str, outcome: Outcome, seen: int | None = None) -> Task:
        """End the callback; where it is to be erased, its key is forgotten first: no readable copy is left."""
        at = self.clock()
        if outcome is Outcome.ERASED:
            task = await self.tasks.find(office, callback)
            if task is not None:
                task.close(advisor, outcome, at)
                await self.keys.erase(callback, at)
        return await self._change(office, callback, lambda task: task.close(advisor, outcome, at), seen)

    async def _change(self, office: str, callback: UUID, step: Callable[[Task], Task], seen: int | None) -> Task:
        compiled = self.offices[office]

        def decide(task: Task) -> Change:
            changed = step(task)
            if changed is not task and seen is not None and seen != task.version:
                raise NotAllowed("changed", task.owner)
            return Change(changed, facts_since(changed, task.version), compiled.next_alarm_at(changed))

        return await self.tasks.change(office, callback, decide)
