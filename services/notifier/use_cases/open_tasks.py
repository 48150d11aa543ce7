"""Open tasks for a batch of triaged callbacks: assigned, with their deadlines armed, told to the advisors."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas.callback import CallbackTriaged
from schemas.envelope import Event
from services.chassis.clock import Clock
from services.chassis.consuming import Rejection
from services.notifier.domain.assignment import Assignment, Waiting, assign_many
from services.notifier.domain.facts import assigned
from services.notifier.domain.offices import Compiled
from services.notifier.domain.task import Deed, Entry, Task
from services.notifier.ports import Opened, SomeAreKnown, Tasks


class OpenTasks:
    """Opens each callback's task once, however often its event arrives.

    An event that is known already is answered with the same fact again: whoever asks may have lost it.
    """

    def __init__(self, tasks: Tasks, offices: Mapping[str, Compiled], clock: Clock) -> None:
        self._tasks = tasks
        self._offices = offices
        self._clock = clock

    async def __call__(self, triaged: Sequence[CallbackTriaged]) -> Sequence[Rejection]:
        """Return when all tasks are stored; events of offices that nobody knows are rejected."""
        events = {event.subject: event for event in triaged if event.office in self._offices}
        while events:
            known = await self._tasks.known(list(events))
            fresh = [event for callback, event in events.items() if callback not in known]
            try:
                await self._tasks.open(await self._open(fresh), [_told(task) for task in known.values()])
                break
            except SomeAreKnown:
                continue
        return [
            Rejection(index, "unknown_office")
            for index, event in enumerate(triaged)
            if event.office not in self._offices
        ]

    async def _open(self, events: Sequence[CallbackTriaged]) -> list[Opened]:
        by_office: defaultdict[str, list[CallbackTriaged]] = defaultdict(list)
        for event in events:
            by_office[event.office].append(event)
        opened: list[Opened] = []
        for name, group in by_office.items():
            compiled, at = self._offices[name], self._clock()
            waiting = [
                Waiting(str(event.subject), event.data.team, event.data.language, event.data.urgency, at)
                for event in group
            ]
            loads = await self._tasks.loads(name)
            assignments, _ = assign_many(compiled.office, compiled.policy.service, waiting, loads)
            for event, assignment in zip(group, assignments, strict=True):
                task = _task(event, assignment, compiled, at)
                opened.append(Opened(task, _told(task), compiled.next_alarm_at(task)))
        return opened


def _task(event: CallbackTriaged, assignment: Assignment, compiled: Compiled, at: datetime) -> Task:
    data = event.data
    return Task(
        callback=event.subject,
        office=event.office,
        receipt=data.receipt,
        channel=data.channel,
        urgency=data.urgency,
        team=assignment.team,
        advisor=assignment.advisor,
        language=data.language,
        started=event.time,
        opened=at,
        event=event.encode(),
        policy=compiled.policy.version,
        history=(Entry(Deed.ASSIGNED, at, assignment.advisor, assignment.reason.value),),
    )


def _told(task: Task) -> Event:
    return assigned(task, task.history[0])
