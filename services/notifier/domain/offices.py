"""The offices with their compiled policies: what planning and assignment work on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.office import Office, Offices
from services.notifier.domain.deadlines import Plan, first_alarm_at, plan
from services.notifier.domain.policy import Policy, compile_policy
from services.notifier.domain.task import Task


@dataclass(frozen=True, slots=True)
class Compiled:
    """An office and its policy."""

    office: Office
    policy: Policy

    def plan(self, task: Task) -> Plan:
        """Return the deadlines of a task."""
        return plan(self.policy, task.urgency, task.started)

    def next_alarm_at(self, task: Task) -> datetime | None:
        """Return when the next alarm of a task is due, None where none is to come."""
        if not task.met and not task.fired:
            return first_alarm_at(self.policy, task.urgency, task.started)
        alarm = self.plan(task).next_alarm(task.met, task.fired)
        return None if alarm is None else alarm.at


def compile_offices(offices: Offices) -> Mapping[str, Compiled]:
    """Compile every office once."""
    return {name: Compiled(office, compile_policy(office)) for name, office in offices.items()}
