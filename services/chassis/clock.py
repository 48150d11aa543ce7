"""Time comes in as an argument, so that every rule about time can be tested and replayed."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)
