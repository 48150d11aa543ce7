"""What triage's use case asks of the world."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from schemas.callback import CallbackTriaged
from services.chassis.vault import Erased


class Keys(Protocol):
    """The vault, read only."""

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, bytes | Erased]:
        """Return the key of each callback that has one."""


class Decisions(Protocol):
    """Where decisions go."""

    async def publish(self, decided: Sequence[CallbackTriaged]) -> None:
        """Return when all are confirmed; emergencies on their own topic."""
