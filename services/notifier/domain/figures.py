"""How an office stands: counts by urgency, stage and team, never by person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.words import Outcome, Stage, Team, Urgency


@dataclass(frozen=True, slots=True)
class Group:
    """Open tasks of one team and urgency whose next stage is the same."""

    team: Team
    urgency: Urgency
    next_stage: Stage
    open: int
    overdue: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one office at one moment."""

    groups: tuple[Group, ...]
    by_state: Mapping[str, int]
    breaches_today: int = 0

    @property
    def open(self) -> int:
        """Open tasks."""
        return sum(group.open for group in self.groups)

    @property
    def overdue(self) -> int:
        """Open tasks whose next stage is overdue."""
        return sum(group.overdue for group in self.groups)

    @property
    def known(self) -> int:
        """All tasks there ever were."""
        return sum(self.by_state.values())

    @property
    def unowned_emergencies(self) -> int:
        """Emergencies that nobody has accepted."""
        return sum(group.open for group in self._of(Urgency.EMERGENCY) if group.next_stage is Stage.OWNED)

    @property
    def oldest(self) -> datetime | None:
        """When the citizen acted who waits longest, None where nobody waits."""
        return min((group.oldest for group in self.groups), default=None)

    @property
    def is_balanced(self) -> bool:
        """Whether every task that was opened is either open or ended in a way that has a name."""
        return self.by_state.keys() <= {"open", *Outcome}

    def overdue_at(self, stage: Stage) -> int:
        """Return the open tasks for which this stage is next, and overdue."""
        return sum(group.overdue for group in self.groups if group.next_stage is stage)

    def open_of(self, urgency: Urgency, stage: Stage | None = None) -> int:
        """Return the open tasks of an urgency, or those of them whose next stage is ``stage``."""
        return sum(group.open for group in self._of(urgency) if stage is None or group.next_stage is stage)

    def of_team(self, team: Team) -> "Figures":
        """Return the open part for one team."""
        return Figures(tuple(group for group in self.groups if group.team is team), {})

    def waited(self, at: datetime) -> timedelta:
        """Return how long the citizen has waited who waits longest."""
        return max(timedelta(), at - self.oldest) if self.oldest else timedelta()

    def _of(self, urgency: Urgency) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.urgency is urgency)
