"""Announce again what nobody has a task for: whatever got lost on the way, no request does."""

from datetime import timedelta

from services.chassis.clock import Clock
from services.intake.ports import Requests

FIRST_WAIT = timedelta(seconds=20)
MOST_AT_ONCE = 1000


class AnnounceAgain:
    """Publishes requests that have no task yet; the wait doubles each time. Doubles vanish by their ids."""

    def __init__(self, requests: Requests, clock: Clock, first_wait: timedelta = FIRST_WAIT) -> None:
        self._requests = requests
        self._clock = clock
        self._first_wait = first_wait

    async def __call__(self) -> int:
        """Return how many were announced again."""
        return await self._requests.announce_again(self._clock(), self._first_wait, MOST_AT_ONCE)
