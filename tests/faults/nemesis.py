"""The nemesis: carries a schedule out on real processes and writes down what it did."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.local.servers import Server
from deploy.local.service import ServiceProcess
from tests.faults.schedule import Fault, Kind

_REST_SECONDS = 4.0  # what is broken again at once never gets to do its work


@dataclass(frozen=True, slots=True)
class Happening:
    """A fault that happened: from the signal until the target answered again."""

    fault: Fault
    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        """How long the target was away."""
        return (self.ended - self.began).total_seconds()


class Nemesis:
    """Breaks targets by name. Faults of different targets overlap; those of one follow one another."""

    def __init__(self, targets: Mapping[str, Server | ServiceProcess], say: Callable[[str], None]) -> None:
        self._targets = targets
        self._say = say
        self._lanes = {name: asyncio.Lock() for name in targets}
        self.happened: list[Happening] = []

    async def run(self, faults: tuple[Fault, ...]) -> None:
        """Return when every target is up again."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                group.create_task(self._at(fault, began + fault.at))

    async def _at(self, fault: Fault, when: float) -> None:
        await asyncio.sleep(when - asyncio.get_running_loop().time())
        async with self._lanes[fault.target]:
            await self._break(fault)
            await asyncio.sleep(_REST_SECONDS)

    async def _break(self, fault: Fault) -> None:
        target = self._targets[fault.target]
        self._say(f"{fault.kind} {fault.target}")
        began = datetime.now(UTC)
        if fault.kind is Kind.KILLED:
            await target.kill()
            await asyncio.sleep(fault.seconds)
            await target.start()
        else:
            target.suspend()
            await asyncio.sleep(fault.seconds)
            target.resume()
        self.happened.append(Happening(fault, began, datetime.now(UTC)))
        self._say(f"{fault.target} is back after {self.happened[-1].seconds:.1f} s")
