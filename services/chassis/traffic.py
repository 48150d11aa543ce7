"""Give way: while somebody waits for an answer, what can wait takes the smaller share of the machine."""

import asyncio
import time

_BUSY_SECONDS = 1.0
_SHARE = 6.0
_LONGEST_PAUSE_SECONDS = 1.0
SMALL_BATCH = 100
"""Records handled at a time while giving way, so that nobody waits behind a large batch."""


class Traffic:
    """Knows whether urgent work has passed lately. One a process, shared by all its consumers."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def urgent(self) -> None:
        """Note that somebody is waiting: an emergency, or a sender who wants an answer."""
        self._last = time.monotonic()

    @property
    def is_busy(self) -> bool:
        """Whether urgent work passed within the last second."""
        return time.monotonic() - self._last < _BUSY_SECONDS

    async def give_way(self, took: float) -> None:
        """Pause after work that took ``took`` seconds: six times as long, a second at most."""
        await asyncio.sleep(min(took * _SHARE, _LONGEST_PAUSE_SECONDS))
