"""The three pipelines that are measured side by side, each as three processes on the same servers."""

import asyncio
import os
import secrets
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import psutil
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient
from typing_extensions import override

from deploy.local.installation import KEY_ID, Installation
from deploy.local.servers import Broker, Database
from schemas.channels import WebForm, WebFormReceived
from services.chassis.publishing import KafkaPublisher, Message
from services.chassis.settings import Settings
from services.intake.channels.upstream import raw_event
from tests.bench.texts import normal_text

PARTITIONS = 6
OFFICE = "musterstadt"
_GIVE_UP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: callbacks, seconds of wall clock, CPU seconds of the Python processes, their memory."""

    callbacks: int
    seconds: float
    cpu_seconds: float
    megabytes: float

    @property
    def per_second(self) -> float:
        """Callbacks a second, end to end."""
        return self.callbacks / self.seconds

    @property
    def cpu_microseconds(self) -> float:
        """CPU microseconds of Python a callback, all three services together."""
        return self.cpu_seconds / self.callbacks * 1e6


def _client(mongo: Database) -> AsyncIOMotorClient[dict[str, Any]]:
    return AsyncIOMotorClient(mongo.address)


class Pipeline(ABC):
    """Three processes that turn raw events into tasks."""

    name: str

    def __init__(self, broker: Broker, mongo: Database) -> None:
        self._broker = broker
        self._mongo = mongo
        self._sent = 0
        self._publisher = KafkaPublisher(
            Settings(kafka_bootstrap_servers=broker.address, kafka_idempotent=broker.idempotent)
        )

    @abstractmethod
    async def start(self) -> None:
        """Start the three processes."""

    @abstractmethod
    async def stop(self) -> None:
        """End them."""

    @abstractmethod
    def messages(self, start: int, count: int) -> list[Message]:
        """Return raw events, ready to publish."""

    @abstractmethod
    async def done(self) -> int:
        """Return how many tasks there are."""

    @abstractmethod
    def processes(self) -> Sequence[psutil.Process]:
        """Return the processes whose CPU counts."""

    async def __aenter__(self) -> Self:
        await self.start()
        await self._publisher.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._publisher.stop()
        await self.stop()

    async def run(self, count: int) -> Run:
        """Publish ``count`` raw events as fast as possible and wait until each has a task."""
        messages = self.messages(self._sent, count)
        before, cpu = await self.done(), self._cpu()
        began = time.perf_counter()
        for start in range(0, count, 500):
            await self._publisher.publish(messages[start : start + 500])
        self._sent += count
        while await self.done() < before + count:
            if time.perf_counter() - began > _GIVE_UP_SECONDS:
                raise TimeoutError(f"{self.name}: {await self.done() - before} of {count} callbacks got a task")
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - began
        memory = sum(process.memory_info().rss for process in self.processes()) / 1e6
        return Run(count, seconds, self._cpu() - cpu, memory)

    def _cpu(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


class Scripted(Pipeline):
    """The obvious pipeline or the floor: a module started once for each role, in one of its styles."""

    def __init__(self, module: str, style: str, broker: Broker, mongo: Database) -> None:
        super().__init__(broker, mongo)
        self.name = style
        self._module = module
        self._prefix = f"bench-{style}-{os.getpid()}-{secrets.token_hex(3)}"
        self._database = _client(mongo)[self._prefix]
        self._children: list[asyncio.subprocess.Process] = []

    @override
    async def start(self) -> None:
        """Start the three processes."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._broker.address)
        await admin.start()
        topics = [NewTopic(f"{self._prefix}.{t}", PARTITIONS, 1) for t in ("raw", "requested", "triaged")]
        await admin.create_topics(topics)
        await admin.close()
        for role in ("intake", "triage", "notifier"):
            self._children.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", f"tests.bench.{self._module}", role,
                    self._broker.address, self._mongo.address, self._prefix, self.name,
                )
            )  # fmt: skip

    @override
    async def stop(self) -> None:
        """End them."""
        for child in self._children:
            child.kill()
        await asyncio.gather(*(child.wait() for child in self._children))

    @override
    def messages(self, start: int, count: int) -> list[Message]:
        """Return raw events, ready to publish."""
        return [
            Message(f"{self._prefix}.raw", key.encode(), orjson.dumps(event))
            for n in range(start, start + count)
            if (key := f"{self.name}-{n}") and (event := _plain(key, n))
        ]

    @override
    async def done(self) -> int:
        """Return how many tasks there are."""
        return await self._database.tasks.estimated_document_count()

    @override
    def processes(self) -> Sequence[psutil.Process]:
        """Return the processes whose CPU counts."""
        return [psutil.Process(child.pid) for child in self._children]


def _plain(key: str, n: int) -> dict[str, str]:
    """Return the facts that our own raw event carries, in the open."""
    return {
        "key": key,
        "office": OFFICE,
        "channel": "web",
        "occurred": datetime.now(UTC).isoformat(),
        "name": "Frau Muster",
        "phone": "+493023125001",
        "text": normal_text(n),
    }


class Ours(Pipeline):
    """This project with everything on."""

    name = "rueckruf"

    def __init__(self, home: Path, broker: Broker, mongo: Database) -> None:
        super().__init__(broker, mongo)
        self.installation = Installation(home, broker, mongo)
        self._tasks = _client(mongo)["rueckruf_notifier"].tasks

    @override
    async def start(self) -> None:
        """Start the three services."""
        await self.installation.start()

    @override
    async def stop(self) -> None:
        """End them, and leave the servers to who gave them."""
        await asyncio.gather(*(service.stop() for service in self.installation.services))

    @override
    def messages(self, start: int, count: int) -> list[Message]:
        """Return raw events, ready to publish."""
        key = self.installation.keys.key("channel")
        at = datetime.now(UTC)
        events = [
            raw_event(
                WebFormReceived,
                office=OFFICE,
                key=f"bench-{n}",
                keyid=KEY_ID,
                channel_key=key,
                at=at,
                payload=WebForm(name="Frau Muster", phone="+493023125001", text=normal_text(n)),
            )
            for n in range(start, start + count)
        ]
        return [Message(event.TYPE, str(event.subject).encode(), event.encode()) for event in events]

    @override
    async def done(self) -> int:
        """Return how many tasks there are."""
        return await self._tasks.estimated_document_count()

    @override
    def processes(self) -> Sequence[psutil.Process]:
        """Return the processes whose CPU counts."""
        return [psutil.Process(service.pid) for service in self.installation.services]
