"""The advisors: some keep each promise, some are late, some only take a task, some never look."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import httpx

from schemas.office import Office
from tests.faults.asking import OFFICE

WHO = "X-Rueckruf-Advisor"
_SECONDS = 20.0
_AT_ONCE = 8
_HABITS = {"in time": 40, "late": 20, "takes it only": 10, "never": 30}
_AGAIN_SECONDS = 0.7


class Advisors:
    """Work every task they hear of, over the HTTP API of any replica."""

    def __init__(self, urls: Sequence[str], office: Office, seed: int) -> None:
        self._http = httpx.AsyncClient(timeout=_SECONDS)
        self._urls = urls
        self._office = office
        self._seed = seed
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._working: dict[UUID, asyncio.Task[None]] = {}
        self.deeds: Counter[str] = Counter()

    def hear_of(self, callback: UUID) -> None:
        """Begin to work a task, once."""
        if callback not in self._working:
            self._working[callback] = asyncio.create_task(self._work(callback))

    async def stop(self) -> None:
        """Go home: what is under way is left where it is."""
        for task in self._working.values():
            task.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)
        await self._http.aclose()

    async def _work(self, callback: UUID) -> None:
        chance = random.Random(f"{self._seed} {callback}")
        habit = chance.choices(list(_HABITS), list(_HABITS.values()))[0]
        if habit == "never":
            return
        advisor = chance.choice(self._office.advisors).id
        await asyncio.sleep(chance.uniform(60, 150) if habit == "late" else chance.uniform(0, 40))
        rival = chance.choice(self._office.advisors).id if chance.random() < 0.1 else None
        if rival not in {None, advisor}:
            both = await asyncio.gather(self._do(callback, advisor, "accept"), self._do(callback, str(rival), "accept"))
            if both[0] == httpx.codes.CONFLICT:
                advisor = str(rival)
        elif await self._do(callback, advisor, "accept") != httpx.codes.OK:
            return
        if habit == "takes it only":
            return
        await asyncio.sleep(chance.uniform(0, 40))
        await self._do(callback, advisor, "attempts", {"result": "reached"})
        await asyncio.sleep(chance.uniform(0, 60))
        await self._do(callback, advisor, "close", {"outcome": "done"})

    async def _do(self, callback: UUID, advisor: str, what: str, body: dict[str, str] | None = None) -> int:
        """Try until one of the replicas answers; return the HTTP status."""
        attempt = 0
        while True:
            url = f"{self._urls[(callback.int + attempt) % len(self._urls)]}/v1/{OFFICE}/tasks/{callback}/{what}"
            attempt += 1
            async with self._few:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await self._http.post(url, json=body, headers={WHO: advisor})
                    if not answer.is_server_error:
                        self.deeds[f"{what} {answer.status_code}"] += 1
                        return answer.status_code
            await asyncio.sleep(_AGAIN_SECONDS)
