"""When each stage of a callback is due, and which alarms are raised until it is met.

A plan is computed, never stored for its own sake: the same policy, urgency and start give the same plan, so a
verdict can be recomputed from the log. Moments are in whole milliseconds, as the database keeps them.

A stage is met once: owned when an advisor accepts, attempted with the first attempt, outcome when the callback
ends. Nothing else enters here, so a missed call resets nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from schemas.office import Superior
from schemas.office_values import Target, Unit
from schemas.words import Stage, Urgency
from services.notifier.domain.business_time import MINUTE, Interval, OpenHours, instant, moment
from services.notifier.domain.policy import Policy, Promise

STAGES = tuple(Stage)
MILLISECOND = 1_000

_NOTHING_MET: Mapping[Stage, datetime] = MappingProxyType({})


class AlarmKind(StrEnum):
    """Why an alarm is raised."""

    WARNED = "warned"
    BREACHED = "breached"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alert of one deadline. ``key`` is its name within the callback: each key is raised once."""

    key: str
    at: datetime
    stage: Stage
    kind: AlarmKind
    due: datetime
    urgency: Urgency
    percent: int | None = None
    step: int | None = None
    to: Superior | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Deadline:
    """When a stage is due, and what that was counted from.

    ``held_back`` says that the target alone would end before the stage before it is due; it is due with that one.
    """

    stage: Stage
    urgency: Urgency
    started_at: int
    due_at: int
    target: Target
    hours: OpenHours
    promise: Promise
    held_back: bool

    @property
    def started(self) -> datetime:
        """When the clock started, in UTC."""
        return moment(self.started_at)

    @property
    def due(self) -> datetime:
        """When the stage must be reached, in UTC; reached at that very moment is in time."""
        return moment(self.due_at)

    def explain(self) -> tuple[Interval, ...]:
        """List the time that was counted from the start to the deadline."""
        return self.hours.intervals(self.started, self.due)

    def alarms(self) -> Iterator[tuple[int, AlarmKind, int]]:
        """Yield the instant, kind and percent or step of each alarm, in order, computed as they are asked for."""
        if self.promise.warn:
            whole = self.hours.passed(self.started_at, self.due_at)
            for percent in self.promise.warn:
                at = self.hours.after(self.started_at, whole * percent // 100)
                yield at // MILLISECOND * MILLISECOND, AlarmKind.WARNED, percent
        yield self.due_at, AlarmKind.BREACHED, 0
        for step, rung in enumerate(self.promise.ladder, start=1):
            yield self.promise.hours.after(self.due_at, rung.after), AlarmKind.ESCALATED, step

    def key(self, kind: AlarmKind, number: int) -> str:
        """Return the name of an alarm: urgent.attempted.breached, urgent.attempted.escalated.1."""
        ending = f".{number}" if number else ""
        return f"{self.urgency.value}.{self.stage.value}.{kind.value}{ending}"

    def next_alarm(self, met: datetime | None, fired: Collection[str]) -> tuple[int, AlarmKind, int] | None:
        """Return the first alarm that has not fired. Met too late, only the breach is still to be told."""
        if met is not None:
            late = instant(met) > self.due_at and self.key(AlarmKind.BREACHED, 0) not in fired
            return (self.due_at, AlarmKind.BREACHED, 0) if late else None
        for at, kind, number in self.alarms():
            if not fired or self.key(kind, number) not in fired:
                return at, kind, number
        return None

    def alarm(self, at: int, kind: AlarmKind, number: int) -> Alarm:
        """Return an alarm as what is told to others."""
        return Alarm(
            key=self.key(kind, number),
            at=moment(at),
            stage=self.stage,
            kind=kind,
            due=self.due,
            urgency=self.urgency,
            percent=number if kind is AlarmKind.WARNED else None,
            step=number if kind is AlarmKind.ESCALATED else None,
            to=self.promise.ladder[number - 1].to if kind is AlarmKind.ESCALATED else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The deadlines of one callback, in the order of the stages, and the version of the policy they follow."""

    urgency: Urgency
    version: str
    deadlines: tuple[Deadline, ...]

    def deadline(self, stage: Stage) -> Deadline:
        """Return the deadline of a stage."""
        return self.deadlines[STAGES.index(stage)]

    def due(self, stage: Stage) -> datetime:
        """Return when a stage must be reached, in UTC."""
        return self.deadline(stage).due

    def explain(self, stage: Stage) -> tuple[Interval, ...]:
        """List the time that was counted for a stage, in UTC."""
        return self.deadline(stage).explain()

    def next_alarm(self, met: Mapping[Stage, datetime] = _NOTHING_MET, fired: Collection[str] = ()) -> Alarm | None:
        """Return the earliest alarm that is still to be raised, due already or not; None when there is none.

        ``met`` says when stages were met; a stage also counts as met when a later one is. ``fired`` holds the
        keys that were raised before. A stage met in time raises nothing any more; one met late still owes its
        breach, if nobody has told it yet, but neither warns nor escalates.
        """
        first: tuple[int, AlarmKind, int] | None = None
        chosen: Deadline | None = None
        for deadline, met_at in zip(reversed(self.deadlines), _met_backwards(met), strict=True):
            found = deadline.next_alarm(met_at, fired)
            if found is not None and (first is None or found[0] <= first[0]):
                first, chosen = found, deadline
        return chosen.alarm(*first) if chosen and first else None

    def alarms(self) -> tuple[Alarm, ...]:
        """List every alarm the plan would raise if no stage were ever met, in the order they are raised."""
        fired: list[str] = []
        alarms: list[Alarm] = []
        while (alarm := self.next_alarm(fired=fired)) is not None:
            alarms.append(alarm)
            fired.append(alarm.key)
        return tuple(alarms)

    def raised(self, policy: Policy, urgency: Urgency, at: datetime) -> "Plan":
        """Return the plan after the urgency was raised at a moment: no deadline to come moves to a later time.

        A deadline that has passed keeps its breach; the stage gets a new deadline, counted from ``at``.
        """
        if urgency.rank <= self.urgency.rank:
            return self
        now, new = instant(at), plan(policy, urgency, at)
        kept = (
            old if now < old.due_at <= fresh.due_at else fresh
            for old, fresh in zip(self.deadlines, new.deadlines, strict=True)
        )
        return Plan(urgency, new.version, tuple(kept))


def plan(policy: Policy, urgency: Urgency, started: datetime) -> Plan:
    """Return the deadlines of a callback whose clock started when the citizen acted."""
    promise = policy.promises[urgency]
    start = instant(started) // MILLISECOND * MILLISECOND
    deadlines: list[Deadline] = []
    before, before_hours = start, promise.hours
    for stage, target in zip(STAGES, promise.targets, strict=True):
        hours = promise.hours if target.unit is Unit.MINUTES else policy.service
        if target.unit is Unit.SERVICE_DAYS:
            due = hours.day_end(start, target.amount)
        else:
            due = hours.after(start, target.amount * MINUTE)
        held_back = due < before
        if held_back:
            due, hours = before, before_hours
        deadlines.append(Deadline(stage, urgency, start, due, target, hours, promise, held_back))
        before, before_hours = due, hours
    return Plan(urgency, policy.version, tuple(deadlines))


def first_alarm_at(policy: Policy, urgency: Urgency, started: datetime) -> datetime:
    """Return when the first alarm of a new callback is due: what ``plan(…).next_alarm().at`` is, at less cost."""
    promise = policy.promises[urgency]
    target = promise.targets[0]
    one_clock = promise.hours is policy.service or all(each.unit is Unit.MINUTES for each in promise.targets)
    if not one_clock or target.unit is Unit.SERVICE_DAYS:
        alarm = plan(policy, urgency, started).next_alarm()
        return alarm.at if alarm else started
    # No later stage is due earlier on the same clock, so none of them has its first alarm before the first has.
    share = promise.warn[0] if promise.warn else 100
    start = instant(started) // MILLISECOND * MILLISECOND
    return moment(promise.hours.after(start, target.amount * MINUTE * share // 100) // MILLISECOND * MILLISECOND)


def _met_backwards(met: Mapping[Stage, datetime]) -> Iterator[datetime | None]:
    """Yield from the last stage to the first when each was met: with a later stage the earlier ones are met too."""
    earliest: datetime | None = None
    for stage in reversed(STAGES):
        here = met.get(stage)
        if here is not None and (earliest is None or here < earliest):
            earliest = here
        yield earliest
