"""Intake's ledger in memory, for tests that need no server; tests/contract proves that it behaves like MongoDB's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.submission import Receipt, Submission, receipt_of


@dataclass
class MemoryRequests:
    """A dictionary of requests. ``refusing`` is raised by the next adds; ``announced`` is what was published."""

    clock: datetime
    kept: dict[UUID, Submission] = field(default_factory=dict)
    announced: list[UUID] = field(default_factory=list)
    refusing: Exception | None = None
    _after: dict[UUID, datetime] = field(default_factory=dict)
    _times: dict[UUID, int] = field(default_factory=dict)

    async def add(self, submissions: Sequence[Submission]) -> Sequence[Receipt]:
        if self.refusing is not None:
            raise self.refusing
        receipts: list[Receipt] = []
        for submission in submissions:
            callback = submission.callback
            first = self.kept.setdefault(callback, submission)
            receipt = receipt_of(submission, already_known=first is not submission)
            receipts.append(Receipt(callback, first.occurred_at, receipt.already_known))
            if first is submission:
                self._announce(callback, self.clock, 1)
        return receipts

    async def confirm(self, callbacks: Sequence[UUID], at: datetime) -> None:  # noqa: ARG002  # the port's signature
        for callback in callbacks:
            self._after.pop(callback, None)

    async def announce_again(self, at: datetime, first_wait: timedelta, most: int) -> int:
        waiting = [callback for callback, after in self._after.items() if after <= at - first_wait][:most]
        for callback in waiting:
            times = self._times[callback]
            self._announce(callback, at + min(first_wait * 2**times, timedelta(hours=1)), times + 1)
        return len(waiting)

    def only(self) -> Submission:
        """Return the one request there is."""
        (submission,) = self.kept.values()
        return submission

    def _announce(self, callback: UUID, after: datetime, times: int) -> None:
        self.announced.append(callback)
        self._after[callback] = after
        self._times[callback] = times
