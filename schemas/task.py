"""What happens to the task that an advisor sees. Owner: notifier.

None of these facts says anything about the citizen's behaviour; an unanswered call is neutral.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event, Fact
from schemas.words import AttemptResult, Channel, Outcome, Team, Urgency


class TaskData(Fact):
    """What every task event carries; ``version`` orders the events of one task across topics."""

    version: int = Field(ge=1)
    urgency: Urgency
    team: Team
    advisor: str | None = Field(default=None, max_length=64)


class Assigned(TaskData):
    """The task was given to a team and, where one was free, to an advisor."""

    channel: Channel
    receipt: str
    reason: str = Field(max_length=64, description="Why this team or advisor, as a code.")


class Accepted(TaskData):
    """An advisor took the task."""


class Attempted(TaskData):
    """An advisor tried to reach the citizen."""

    result: AttemptResult
    attempt: int = Field(ge=1)


class Rescheduled(TaskData):
    """The next attempt was agreed for a later time. No deadline moves by it."""

    until: AwareDatetime


class Closed(TaskData):
    """The callback ended."""

    outcome: Outcome


class TaskAssigned(Event):
    """A task exists and someone is to take care of it: the answer to every CallbackRequested."""

    TYPE: ClassVar[str] = "rueckruf.task.assigned.v1"
    type: Literal["rueckruf.task.assigned.v1"] = "rueckruf.task.assigned.v1"
    data: Assigned


class TaskAccepted(Event):
    """An advisor owns the task now."""

    TYPE: ClassVar[str] = "rueckruf.task.accepted.v1"
    type: Literal["rueckruf.task.accepted.v1"] = "rueckruf.task.accepted.v1"
    data: Accepted


class TaskAttempted(Event):
    """The citizen was called, whatever came of it."""

    TYPE: ClassVar[str] = "rueckruf.task.attempted.v1"
    type: Literal["rueckruf.task.attempted.v1"] = "rueckruf.task.attempted.v1"
    data: Attempted


class TaskRescheduled(Event):
    """Citizen and office agreed on a time."""

    TYPE: ClassVar[str] = "rueckruf.task.rescheduled.v1"
    type: Literal["rueckruf.task.rescheduled.v1"] = "rueckruf.task.rescheduled.v1"
    data: Rescheduled


class TaskClosed(Event):
    """The promise was kept, withdrawn, merged, or the citizen could not be reached."""

    TYPE: ClassVar[str] = "rueckruf.task.closed.v1"
    type: Literal["rueckruf.task.closed.v1"] = "rueckruf.task.closed.v1"
    data: Closed
