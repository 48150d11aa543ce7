"""What notifier's use cases ask of the world."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from schemas.envelope import Event
from services.chassis.vault import Erased
from services.notifier.domain.task import Task


@dataclass(frozen=True, slots=True)
class Opened:
    """A new task, the event that tells of it, and when its first alarm is due."""

    task: Task
    event: Event
    alarm_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """A task after a change, the events that tell of it, and when its next alarm is due."""

    task: Task
    events: Sequence[Event]
    alarm_at: datetime | None


class Tasks(Protocol):
    """The tasks of all offices, with the events they give rise to: stored together or not at all."""

    async def known(self, callbacks: Sequence[UUID]) -> Mapping[UUID, Task]:
        """Return the tasks that exist already."""

    async def open(self, opened: Sequence[Opened], again: Sequence[Event]) -> None:
        """Store new tasks; ``again`` are events to publish once more for tasks that exist.

        Raises :class:`SomeAreKnown` where another replica was faster with one of them.
        """

    async def change(self, office: str, callback: UUID, decide: Callable[[Task], Change]) -> Task:
        """Apply ``decide`` to the present task, alone: nobody else changes it meanwhile.

        Raises :class:`NoSuchTask`, and whatever ``decide`` raises.
        """

    async def fire(self, at: datetime, decide: Callable[[Task], Change], most: int) -> int:
        """Apply ``decide`` to tasks whose alarm is due at ``at``; returns how many there were."""

    async def loads(self, office: str) -> Mapping[str, int]:
        """Return how many open tasks each advisor has."""

    async def find(self, office: str, callback: UUID) -> Task | None:
        """Return a task."""

    async def by_receipt(self, office: str, receipt: str) -> Task | None:
        """Return the task of a receipt number."""


class Keys(Protocol):
    """The vault."""

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, bytes | Erased]:
        """Return the key of each callback that has one."""

    async def erase(self, subject: UUID, at: datetime) -> None:
        """Forget a key."""


class NoSuchTask(Exception):
    """There is no such task in this office."""


class SomeAreKnown(Exception):
    """Some of the tasks exist already; look again."""
