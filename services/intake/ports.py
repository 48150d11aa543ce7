"""What intake's use cases ask of the world."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.intake.domain.submission import Receipt, Submission


class Requests(Protocol):
    """The ledger of every request that was accepted."""

    async def add(self, submissions: Sequence[Submission]) -> Sequence[Receipt]:
        """Store all of them and announce the new ones: all durable, or none and an error.

        A submission whose callback is there already gets the receipt of the first one.
        """

    async def confirm(self, callbacks: Sequence[UUID], at: datetime) -> None:
        """Note that notifier has a task for each of these."""

    async def announce_again(self, at: datetime, first_wait: timedelta, most: int) -> int:
        """Publish again what was announced but has no task yet; returns how many."""
