"""A task: the work item an advisor sees for one callback. Frozen: every change returns a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from schemas.words import AttemptResult, Channel, Outcome, Stage, Team, Urgency

MOST_ATTEMPTS_SHOWN = 50
ATTEMPTS_BEFORE_UNREACHABLE = 3
_NOTHING_MET: Mapping[Stage, datetime] = MappingProxyType({})


class NotAllowed(Exception):
    """The task does not allow this now; ``code`` says why."""

    def __init__(self, code: str, by: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.by = by
        """Who holds the task, where that is the reason."""


class Deed(StrEnum):
    """What happened to a task."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ATTEMPTED = "attempted"
    RESCHEDULED = "rescheduled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history: what, when, who, and a code or a time with it."""

    deed: Deed
    at: datetime
    by: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One callback as notifier knows it; ``event`` is the triaged event as it came, with the sealed part."""

    callback: UUID
    office: str
    receipt: str
    channel: Channel
    urgency: Urgency
    team: Team
    advisor: str | None
    language: str
    started: datetime
    opened: datetime
    event: bytes
    policy: str
    version: int = 1
    met: Mapping[Stage, datetime] = field(default_factory=lambda: _NOTHING_MET)
    outcome: Outcome | None = None
    until: datetime | None = None
    attempts: int = 0
    attempt_days: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    history: tuple[Entry, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the callback has not ended."""
        return self.outcome is None

    @property
    def owner(self) -> str | None:
        """The advisor who accepted it."""
        return self.advisor if Stage.OWNED in self.met else None

    def accept(self, advisor: str, at: datetime) -> "Task":
        """Let ``advisor`` own the task; again by the same one changes nothing. Raises :class:`NotAllowed`."""
        self._must_be_open()
        if self.owner == advisor:
            return self
        if self.owner is not None:
            raise NotAllowed("taken", self.owner)
        return self._next(Entry(Deed.ACCEPTED, at, advisor), advisor=advisor, met={**self.met, Stage.OWNED: at})

    def attempt(self, advisor: str, result: AttemptResult, at: datetime, day: str) -> "Task":
        """Log a try to reach the citizen on ``day`` (a date of the office's zone). Resets no deadline, ever."""
        self._must_be_owned_by(advisor)
        met = self.met if Stage.ATTEMPTED in self.met else {**self.met, Stage.ATTEMPTED: at}
        return self._next(
            Entry(Deed.ATTEMPTED, at, advisor, result.value),
            met=met,
            attempts=self.attempts + 1,
            attempt_days=tuple(dict.fromkeys((*self.attempt_days, day)))[:MOST_ATTEMPTS_SHOWN],
            until=None,
        )

    def reschedule(self, advisor: str, until: datetime, at: datetime, latest: timedelta) -> "Task":
        """Agree on a later time with the citizen, at most ``latest`` from now. No deadline moves."""
        self._must_be_owned_by(advisor)
        if until <= at:
            raise NotAllowed("time_has_passed")
        if until > at + latest:
            raise NotAllowed("time_too_far")
        return self._next(Entry(Deed.RESCHEDULED, at, advisor, until.isoformat()), until=until)

    def close(self, advisor: str, outcome: Outcome, at: datetime) -> "Task":
        """End the callback. Unreachable needs three attempts on two days: one missed call ends nothing."""
        self._must_be_owned_by(advisor)
        if outcome is Outcome.DONE and Stage.ATTEMPTED not in self.met:
            raise NotAllowed("no_attempt_yet")
        if outcome is Outcome.UNREACHABLE and (
            self.attempts < ATTEMPTS_BEFORE_UNREACHABLE or len(self.attempt_days) < 2  # noqa: PLR2004  # two days
        ):
            raise NotAllowed("too_few_attempts")
        return self._next(
            Entry(Deed.CLOSED, at, advisor, outcome.value), outcome=outcome, met={**self.met, Stage.OUTCOME: at}
        )

    def _next(self, entry: Entry, **changes: object) -> "Task":
        return replace(self, version=self.version + 1, history=(*self.history, entry), **changes)  # type: ignore[arg-type]  # names are checked by the callers above

    def _must_be_open(self) -> None:
        if self.outcome is not None:
            raise NotAllowed("closed")

    def _must_be_owned_by(self, advisor: str) -> None:
        self._must_be_open()
        if self.owner is None:
            raise NotAllowed("not_accepted")
        if self.owner != advisor:
            raise NotAllowed("taken", self.owner)
