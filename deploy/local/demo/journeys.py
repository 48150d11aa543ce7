"""Watches callbacks on their way: each hop as Kafka carries it, and the push as an advisor's browser gets it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
import orjson
from aiokafka import AIOKafkaConsumer

from deploy.local.demo.channels import kafka
from deploy.local.installation import Installation
from schemas import topics
from schemas.callback import CallbackRequested, CallbackTriaged
from schemas.envelope import Event
from schemas.sla import SlaBreached, SlaEscalated, SlaWarned
from schemas.task import TaskAssigned
from schemas.words import Channel, Team, Urgency

_WATCHED = (
    topics.CALLBACK_REQUESTED, topics.CALLBACK_TRIAGED, topics.CALLBACK_EMERGENCY, topics.TASK_ASSIGNED,
    topics.SLA_WARNED, topics.SLA_BREACHED, topics.SLA_ESCALATED,
)  # fmt: skip
_LOOK_SECONDS = 0.05
_AGAIN_SECONDS = 0.3
WHO = "X-Rueckruf-Advisor"


class Step(StrEnum):
    """The hops of a callback, in order."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    PUSHED = "pushed"


@dataclass
class Journey:
    """One callback on its way; ``seen`` is when each hop was observed, in seconds of the monotonic clock."""

    callback: UUID
    seen: dict[Step, float] = field(default_factory=dict)
    receipt: str = ""
    channel: Channel | None = None
    language: str = ""
    urgency: Urgency = Urgency.NORMAL
    team: Team = Team.SERVICE_CENTRE
    advisor: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether every hop was seen."""
        return len(self.seen) == len(Step)


Alert = SlaWarned | SlaBreached | SlaEscalated


class Journeys:
    """What was seen so far. ``told`` is called with each new hop or alert."""

    def __init__(
        self, installation: Installation, office: str, boss: str, told: Callable[[Journey | Alert, Step | None], None]
    ) -> None:
        self._installation = installation
        self._stream = f"{installation.notifier.url}/v1/{office}/stream"
        self._boss = boss
        self._told = told
        self._ready = asyncio.Event()
        self.by_callback: dict[UUID, Journey] = {}
        self.alerts: dict[UUID, Alert] = {}

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Watch while the block runs; it begins when both sources are open."""
        prefix = self._installation.environment().get("RUECKRUF_TOPIC_PREFIX", "")
        types = {prefix + topic.name: topic.event for topic in _WATCHED}
        idempotent = self._installation.broker.idempotent
        consumer = AIOKafkaConsumer(
            *types,
            **kafka(self._installation),
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500 if idempotent else 20,
        )
        await consumer.start()
        watching = [asyncio.create_task(self._consume(consumer, types)), asyncio.create_task(self._listen())]
        try:
            async with asyncio.timeout(30):
                await self._ready.wait()
            yield
        finally:
            for one in watching:
                one.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await consumer.stop()

    @property
    def pushed(self) -> list[Journey]:
        """Those that reached the stream."""
        return [journey for journey in self.by_callback.values() if Step.PUSHED in journey.seen]

    @property
    def breaches(self) -> list[SlaBreached]:
        """The distinct breaches that were read from Kafka."""
        return [alert for alert in self.alerts.values() if isinstance(alert, SlaBreached)]

    async def _consume(self, consumer: AIOKafkaConsumer, types: Mapping[str, type[Event]]) -> None:
        async for record in consumer:
            match types[record.topic].decode(record.value):
                case CallbackRequested(data=data) as event:
                    self._saw(Step.RECEIVED, event.subject, receipt=data.receipt, channel=data.channel)
                case CallbackTriaged(data=data) as event:
                    more = {"urgency": data.urgency, "language": data.language, "team": data.team}
                    self._saw(Step.TRIAGED, event.subject, **more)
                case TaskAssigned(data=data) as event:
                    self._saw(Step.ASSIGNED, event.subject, team=data.team, advisor=data.advisor)
                case (SlaWarned() | SlaBreached() | SlaEscalated()) as alert if alert.id not in self.alerts:
                    self.alerts[alert.id] = alert
                    self._told(alert, None)

    async def _listen(self) -> None:
        async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=60)) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    async with client.stream("GET", self._stream, headers={WHO: self._boss}) as answer:
                        await self._read(answer)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self, answer: httpx.Response) -> None:
        kind = ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "ready":
                self._ready.set()
            elif name == "data" and kind == "assigned":
                pushed = orjson.loads(value)
                self._saw(Step.PUSHED, UUID(pushed["callback"]), receipt=pushed["receipt"])

    def _saw(self, step: Step, callback: UUID, **facts: Any) -> None:  # noqa: ANN401  # fields of Journey
        journey = self.by_callback.setdefault(callback, Journey(callback))
        for name, value in facts.items():
            setattr(journey, name, value)
        if step not in journey.seen:
            journey.seen[step] = time.monotonic()
            self._told(journey, step)


async def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; return whether it did in time."""
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
