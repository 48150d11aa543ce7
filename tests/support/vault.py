"""The vault in memory, for tests that need no server; tests/contract proves that it behaves like MongoDB's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.chassis.vault import ERASED, Erased


@dataclass
class MemoryVault:
    """A dictionary of keys."""

    kept: dict[UUID, bytes | Erased] = field(default_factory=dict)

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, bytes | Erased]:
        return {subject: self.kept[subject] for subject in subjects if subject in self.kept}

    async def erase(self, subject: UUID, at: datetime) -> None:  # noqa: ARG002 - the port's signature
        self.kept[subject] = ERASED
