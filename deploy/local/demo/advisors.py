"""The demo's advisors: they accept, call, agree on times and close, over the HTTP API."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from deploy.local.demo.journeys import WHO, Journey
from deploy.local.demo.script import DemoRequest
from deploy.local.ending import Sorry
from deploy.local.installation import Installation
from deploy.local.wording import t
from schemas.office import Office

_AT_ONCE = 4
_LATER = timedelta(hours=1)


class NotWorked(Sorry):
    """The API refused what the script does."""

    def __init__(self, detail: str) -> None:
        super().__init__(t("demo.wrong.not_worked", detail=detail))


class Advisors:
    """Work callbacks to the end their script names."""

    def __init__(self, installation: Installation, office: Office) -> None:
        self._office = office
        self._http = httpx.AsyncClient(base_url=installation.notifier.url, timeout=30)
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def work(self, journey: Journey, request: DemoRequest) -> None:
        """Take one callback from accepted to its end; raises :class:`NotWorked`."""
        advisor = journey.advisor or self._office.advisors_of(journey.team)[0].id
        async with self._few:
            await self._do(journey, advisor, "accept")
            for number, result in enumerate(request.attempts):
                await self._do(journey, advisor, "attempts", {"result": result.value})
                if number == 0 and request.later:
                    until = (datetime.now(UTC) + _LATER).isoformat()
                    await self._do(journey, advisor, "reschedule", {"until": until})
            await self._do(journey, advisor, "close", {"outcome": request.ends.value})

    async def _do(self, journey: Journey, advisor: str, what: str, body: dict[str, str] | None = None) -> None:
        url = f"/v1/{self._office.id}/tasks/{journey.callback}/{what}"
        answer = await self._http.post(url, json=body, headers={WHO: advisor})
        if answer.is_error:
            raise NotWorked(f"{what} {journey.receipt}: HTTP {answer.status_code} {answer.text[:200]}")
