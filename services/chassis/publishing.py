"""Publishing to Kafka in keyed batches, with one producer that outlives the consumers."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from services.chassis.connection import connection
from services.chassis.logs import get_logger
from services.chassis.settings import Settings
from services.chassis.telemetry import PUBLISHED

_BATCH_BYTES = 256 * 1024
_REQUEST_BYTES = 2 * 1024 * 1024
_CONFIRM_SECONDS = 20.0
_FLUSH_SECONDS = 5.0
_RECONNECT_SECONDS = 1.0
_REFUSED_FOR_EVER = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTopicError)


class BrokerUnavailable(Exception):
    """Kafka did not confirm in time. What was sent may or may not have arrived: send it again."""


class Unpublishable(Exception):
    """Kafka refuses one of these records however often it is sent: it is too large, for example."""


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
        """Publish; raises :class:`BrokerUnavailable`, and then the whole call may be repeated.

        Raises :class:`Unpublishable` where repeating it cannot help; some of the records may have arrived.
        """


class KafkaPublisher:
    """Publishes through a producer of its own: acknowledged by all replicas, no doubles where the broker can."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._renewal: asyncio.Task[None] | None = None

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
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        producer, self._producer = self._producer, None
        if producer is not None:
            await _close(producer)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish one produce batch a partition and wait until all are confirmed, 20 s at most."""
        producer = self._producer
        if producer is None:
            raise BrokerUnavailable("not connected to Kafka yet")
        try:
            # An idempotent producer never gives a batch up by itself.
            async with asyncio.timeout(_CONFIRM_SECONDS):
                await self._publish(producer, messages)
        except _REFUSED_FOR_EVER as error:
            self._renew(producer)
            raise Unpublishable(type(error).__name__) from error
        except (KafkaError, TimeoutError) as error:
            if not _passes(error):
                self._renew(producer)
            raise BrokerUnavailable(type(error).__name__) from error

    def _renew(self, broken: AIOKafkaProducer) -> None:
        # An idempotent producer numbers its batches: after one that was refused, Kafka takes none that follow.
        if self._producer is broken:
            self._producer = None
            self._renewal = asyncio.create_task(self._replace(broken), name="renew-producer")

    async def _replace(self, broken: AIOKafkaProducer) -> None:
        await _close(broken)
        while True:
            try:
                return await self.start()
            except (KafkaError, OSError, TimeoutError) as error:
                get_logger().warning("waiting for Kafka", exc_info=error)
            await asyncio.sleep(_RECONNECT_SECONDS)

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


def _passes(error: Exception) -> bool:
    return isinstance(error, TimeoutError | KafkaTimeoutError | KafkaConnectionError) or bool(
        getattr(error, "retriable", False)
    )


async def _close(producer: AIOKafkaProducer) -> None:
    stopping = asyncio.create_task(producer.stop())
    await asyncio.wait([stopping], timeout=_FLUSH_SECONDS)
    if not stopping.done():
        # It would flush for as long as no broker answers. What it held is in an outbox, or is read again.
        await producer.client.close()
        producer._sender.sender_task.cancel()  # noqa: SLF001  # there is no public way to give up
        await asyncio.wait([stopping], timeout=_FLUSH_SECONDS)
        stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
