"""Which alerts must exist: counted anew from each task's start, urgency and met stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.ids import event_id
from schemas.sla import SlaBreached, SlaEscalated, SlaWarned
from schemas.words import Stage, Urgency
from services.notifier.domain.deadlines import STAGES, AlarmKind, plan
from services.notifier.domain.policy import Policy

LATENESS = timedelta(seconds=1)
RECOVERY = timedelta(seconds=5)
_TYPES = {
    AlarmKind.WARNED: SlaWarned.TYPE,
    AlarmKind.BREACHED: SlaBreached.TYPE,
    AlarmKind.ESCALATED: SlaEscalated.TYPE,
}
Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Owed:
    """One alert a task may give rise to. ``since``: from when on it could be told; ``met``: when its stage was."""

    callback: UUID
    key: str
    stage: Stage
    kind: AlarmKind
    since: datetime
    met: datetime | None
    met_in_time: bool

    @property
    def event(self) -> UUID:
        """The id of its event."""
        return event_id(self.callback, _TYPES[self.kind], self.key)

    def must_exist(self, now: datetime, faults: Sequence[Window]) -> bool:
        """Whether it was due at ``now`` and must be told; what was met before anybody could tell needs no telling."""
        if self.kind is AlarmKind.BREACHED:
            return not self.met_in_time and self.since <= now
        return self.since <= now and (self.met is None or told_by(self.since, faults) <= self.met)

    @property
    def must_not_exist(self) -> bool:
        """Whether there is no reason for it: its stage was met first."""
        if self.kind is AlarmKind.BREACHED:
            return self.met_in_time
        return self.met is not None and self.met < self.since


def owed(task: Mapping[str, Any], policy: Policy) -> list[Owed]:
    """Return every alert that the plan of a stored task knows."""
    counted = plan(policy, Urgency(task["urgency"]), task["started"])
    met = {Stage(stage): at for stage, at in task["met"].items()}
    found: list[Owed] = []
    for alarm in counted.alarms():
        later = [met[stage] for stage in STAGES[STAGES.index(alarm.stage) :] if stage in met]
        reached = min(later, default=None)
        in_time = reached is not None and reached <= alarm.due
        since = max(alarm.at, task["opened"])
        found.append(Owed(task["_id"], alarm.key, alarm.stage, alarm.kind, since, reached, in_time))
    return found


def told_by(since: datetime, faults: Sequence[Window]) -> datetime:
    """Return by when an alarm must be told: within a second, or five seconds after the faults that held it up."""
    by = since + LATENESS
    for began, ended in sorted(faults):
        if began <= by and ended + RECOVERY > since:
            by = max(by, ended + RECOVERY)
    return by
