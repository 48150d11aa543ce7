"""How long an emergency takes from "accepted" to an advisor's open stream, with and without a backlog before it."""

import asyncio
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass

import httpx
import orjson

from tests.bench.pipelines import OFFICE, Ours
from tests.bench.texts import emergency_text

PER_SECOND = 50
SECONDS = 20
_WHO = {"X-Rueckruf-Advisor": "katharina.vogt"}
_AFTERWARDS_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the answer that accepted an emergency to its push; ``lost`` never came."""

    p50: float
    p99: float
    worst: float
    answered_p99: float
    lost: int


class Watch:
    """An advisor's stream, open the whole time."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self.pushed: dict[str, float] = {}
        self.ready = asyncio.Event()

    async def follow(self) -> None:
        """Note when each task arrives, until cancelled."""
        url = f"{self._ours.installation.notifier.url}/v1/{OFFICE}/stream"
        async with httpx.AsyncClient(timeout=None) as client, client.stream("GET", url, headers=_WHO) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                if line.startswith("event: ready"):
                    self.ready.set()
                if line.startswith('data: {"callback"'):
                    self.pushed.setdefault(orjson.loads(line[6:])["receipt"], time.perf_counter())


async def measure(ours: Ours, run: str, backlog: int) -> Latency:
    """Send emergencies over HTTP at a steady rate; with ``backlog`` normal requests published just before."""
    watch = Watch(ours)
    following = asyncio.create_task(watch.follow())
    await watch.ready.wait()
    draining = asyncio.create_task(ours.run(backlog)) if backlog else None
    accepted: dict[str, float] = {}
    answers: list[float] = []
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=100)) as client:

        async def send(n: int) -> None:
            began = time.perf_counter()
            answer = await client.post(
                f"{ours.installation.intake.url}/v1/{OFFICE}/web",
                headers={"Idempotency-Key": f"{run}-{n}"},
                json={"name": "Frau Muster", "phone": "+493023125002", "text": emergency_text(n)},
                timeout=30,
            )
            answer.raise_for_status()
            now = time.perf_counter()
            answers.append(now - began)
            accepted[answer.json()["receipt"]] = now

        if draining:
            await asyncio.sleep(1.0)  # let the backlog build up before the first emergency
        began = time.perf_counter()
        sending = []
        for n in range(PER_SECOND * SECONDS):
            await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.perf_counter()))
            sending.append(asyncio.create_task(send(n)))
        await asyncio.gather(*sending)
        until = time.perf_counter() + _AFTERWARDS_SECONDS
        while accepted.keys() - watch.pushed.keys() and time.perf_counter() < until:
            await asyncio.sleep(0.05)  # the end of a measurement, not of a service
    if draining:
        await draining
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    took = sorted(
        max(0.0, watch.pushed[receipt] - at) * 1000 for receipt, at in accepted.items() if receipt in watch.pushed
    )
    return Latency(
        p50=statistics.median(took),
        p99=took[int(len(took) * 0.99)],
        worst=took[-1],
        answered_p99=sorted(answers)[int(len(answers) * 0.99)] * 1000,
        lost=len(accepted) - len(took),
    )
