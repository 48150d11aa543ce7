"""Accept a request: it is durable before anybody is told so."""

from collections.abc import Callable

from services.chassis.group_commit import GroupCommit
from services.intake.domain.submission import Receipt, Submission
from services.intake.ports import Requests


class AcceptRequest:
    """Stores a submission together with those that arrive at the same moment, and answers with its receipt.

    Raises ``Overloaded`` where too many wait and ``StoreUnavailable`` where MongoDB does not answer; then
    nothing was promised and the channel tells the sender to try again. ``arrived`` is told of each one first:
    what upstream systems have queued gives way to who waits for an answer.
    """

    def __init__(self, requests: Requests, arrived: Callable[[], None] = lambda: None) -> None:
        self._commit: GroupCommit[Submission, Receipt] = GroupCommit(requests.add)
        self._arrived = arrived

    async def __call__(self, submission: Submission) -> Receipt:
        """Return the receipt once the request is stored by a majority."""
        self._arrived()
        return await self._commit(submission)
