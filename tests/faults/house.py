"""A whole installation for a test to break: what it stands on, how to ask it, how to look into it."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

from deploy.local.installation import OFFICES, Installation
from deploy.local.servers import Broker, Database
from deploy.local.service import ServiceProcess
from schemas.office import load_office
from schemas.topics import BY_NAME
from schemas.words import Urgency
from tests.faults.asking import OFFICE, Ask, Door
from tests.faults.ledger import Ledger
from tests.faults.senders import Senders

AGAIN_SECONDS = 3.0
WITHIN_SECONDS = 60.0
_MONTH = 30 * 86_400.0


class House:
    """An installation, its ledger of promises, and numbers that no two tests share."""

    def __init__(self, home: Path, broker: Broker, mongo: Database, settings: Mapping[str, str] | None = None) -> None:
        again = {"RUECKRUF_ANNOUNCE_AGAIN_SECONDS": str(AGAIN_SECONDS)}
        self.installation = Installation(home, broker, mongo, settings=again | dict(settings or {}))
        self.office = load_office(OFFICES / f"{OFFICE}.toml")
        self.ledger = Ledger()
        self._asked = 0

    def asks(self, count: int, *doors: Door, fickle: bool = False, long_ago: bool = False) -> list[Ask]:
        """Return new requests, by these doors in turn; the oldest there may be are a month old."""
        first, self._asked = self._asked, self._asked + count
        chosen = doors or tuple(Door)
        return [
            Ask(
                n, 0.0, chosen[n % len(chosen)], Urgency.NORMAL, _MONTH if long_ago else 0.0, again=False, fickle=fickle
            )
            for n in range(first, first + count)
        ]

    async def hand_in(self, asks: Sequence[Ask]) -> None:
        """Send them all; each sender is patient unless the request is fickle."""
        async with Senders(self.installation, self.office, self.ledger) as senders:
            await asyncio.gather(*(senders.send(ask) for ask in asks))

    def tasks(self) -> dict[UUID, Mapping[str, Any]]:
        """Return notifier's tasks."""
        with self._client() as client:
            return {one["_id"]: one for one in client["rueckruf_notifier"].tasks.find()}

    def requests(self) -> set[UUID]:
        """Return intake's ledger."""
        with self._client() as client:
            return {one["_id"] for one in client["rueckruf_intake"].requests.find({}, {"_id": 1})}

    async def mend(self) -> None:
        """Bring back whatever a test left broken."""
        servers = (self.installation.mongo, self.installation.broker, *self.installation.services)
        for server in servers:
            server.resume()
        await asyncio.gather(*(server.start() for server in servers))

    async def caught_up(self) -> None:
        """Wait until every group has read everything there is."""
        end = time.monotonic() + WITHIN_SECONDS
        while behind := await _behind(self.installation.broker.address):
            assert time.monotonic() < end, f"still to be read: {behind}"
            await asyncio.sleep(0.3)

    async def every_promise_becomes_a_task(self) -> None:
        """Wait, 60 s at most; fails with what is missing or was asked for by nobody."""
        end = time.monotonic() + WITHIN_SECONDS
        while missing := self.ledger.accepted - self.tasks().keys():
            assert time.monotonic() < end, f"{len(missing)} of {len(self.ledger.accepted)} accepted have no task"
            await asyncio.sleep(0.1)
        assert self.tasks().keys() == self.requests()
        assert self.requests() <= self.ledger.lines.keys()
        assert self.ledger.wrong == []

    def _client(self) -> MongoClient[dict[str, Any]]:
        return MongoClient(self.installation.mongo.address, uuidRepresentation="standard", tz_aware=True, tzinfo=UTC)


async def start_without_waiting(service: ServiceProcess) -> "asyncio.Task[None]":
    """Start a service that cannot get ready yet; return, as soon as it answers at all, what waits for the rest."""
    starting = asyncio.create_task(service.start())
    end = time.monotonic() + 60
    async with httpx.AsyncClient(timeout=2) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{service.url}/health/live")).is_success:
                    return starting
            assert time.monotonic() < end, f"{service.service} does not answer"
            await asyncio.sleep(0.1)


async def _behind(address: str) -> dict[str, tuple[int, int]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await asyncio.gather(admin.start(), consumer.start())
    try:
        behind: dict[str, tuple[int, int]] = {}
        for group, _ in await admin.list_consumer_groups():
            offsets = await admin.list_consumer_group_offsets(group)
            partitions = {
                TopicPartition(one.topic, number) for one in offsets for number in range(BY_NAME[one.topic].partitions)
            }
            for partition, end in (await consumer.end_offsets(list(partitions))).items():
                read = offsets[partition].offset if partition in offsets else 0
                if read < end:
                    behind[f"{group} {partition.partition}"] = (read, end)
        return behind
    finally:
        await asyncio.gather(admin.close(), consumer.stop())
