"""The last line of the demo: what came in, what became of it, and whether the two agree."""

from dataclasses import asdict, dataclass
from typing import Any

import httpx
import orjson

from deploy.local.installation import Installation
from schemas.words import Outcome

_ENDS = tuple(outcome.value for outcome in Outcome)


@dataclass(frozen=True)
class Balance:
    """Figures of both services, and of what was seen from outside."""

    received: int
    open: int
    done: int
    withdrawn: int
    merged: int
    unreachable: int
    erased: int
    by_channel: dict[str, int]
    emergencies: int
    pushed: int
    breaches_alerted: int
    breaches: int

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, nothing doubled, and everything reached an advisor."""
        return self.received == self.accounted == self.pushed

    @property
    def accounted(self) -> int:
        """How many callbacks notifier knows, open or ended."""
        return self.open + self.done + self.withdrawn + self.merged + self.unreachable + self.erased

    def line(self) -> str:
        """Return it as one JSON object."""
        figures = asdict(self)
        figures.pop("breaches")
        return orjson.dumps(figures | {"balance_ok": self.ok}).decode()


async def balance(installation: Installation, pushed: int, breaches_alerted: int) -> Balance:
    """Ask both services."""
    async with httpx.AsyncClient(timeout=30) as client:
        intake: dict[str, Any] = (await client.get(f"{installation.intake.url}/figures")).raise_for_status().json()
        notifier: dict[str, Any] = (await client.get(f"{installation.notifier.url}/figures")).raise_for_status().json()
    return Balance(
        received=intake["received"],
        open=notifier["open"],
        **{end: notifier[end] for end in _ENDS},
        by_channel=intake["by_channel"],
        emergencies=notifier["emergencies"],
        pushed=pushed,
        breaches_alerted=breaches_alerted,
        breaches=notifier["breaches"],
    )
