"""Publishing to Kafka in keyed batches, with one producer that outlives the consumers."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.chassis.connection import connection
from services.chassis.settings import Settings
from services.chassis.telemetry import PUBLISHED

_BATCH_BYTES = 256 * 1024
_REQUEST_BYTES = 2 * 1024 * 1024


class BrokerUnavailable(Exception):
    """Kafka did not confirm in time. What was sent may or may not have arrived: send it again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record to publish. The same key always goes to the same partition."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Publisher(Protocol):
    """Publishes records and returns when all of them are confirmed."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish; raises :class:`BrokerUnavailable`, and then the whole call may be repeated."""


class KafkaPublisher:
    """Publishes through a producer of its own: acknowledged by all replicas, no doubles where the broker can."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect; raises ``KafkaError`` where no broker answers."""
        producer = AIOKafkaProducer(
            **connection(self._settings),
            acks="all",
            enable_idempotence=self._settings.kafka_idempotent,
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            request_timeout_ms=15_000,
            metadata_max_age_ms=30_000,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is under way and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish one produce batch a partition and wait until all are confirmed."""
        if self._producer is None:
            raise BrokerUnavailable("not connected to Kafka yet")
        try:
            await self._publish(self._producer, messages)
        except (KafkaError, TimeoutError) as error:
            raise BrokerUnavailable(type(error).__name__) from error

    async def _publish(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        prefix = self._settings.topic_prefix
        groups: defaultdict[tuple[str, int], list[Message]] = defaultdict(list)
        partitions: dict[str, int] = {}
        for message in messages:
            if message.topic not in partitions:
                partitions[message.topic] = len(await producer.partitions_for(prefix + message.topic))
            # CRC32 of the key is librdkafka's "consistent" partitioner.
            partition = zlib.crc32(message.key) % partitions[message.topic] if message.key else 0
            groups[message.topic, partition].append(message)
        deliveries: list[asyncio.Future[object]] = []
        for (topic, partition), group in groups.items():
            batch = producer.create_batch()
            for message in group:
                record = {
                    "key": message.key,
                    "value": message.value,
                    "timestamp": None,
                    "headers": list(message.headers),
                }
                if batch.append(**record) is None:
                    deliveries.append(await producer.send_batch(batch, prefix + topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(**record)
            deliveries.append(await producer.send_batch(batch, prefix + topic, partition=partition))
        await asyncio.gather(*deliveries)
        for (topic, _), group in groups.items():
            PUBLISHED.labels(topic).inc(len(group))
