"""The Kafka side of a service: consumers through FastStream with safe defaults, topics, and one publisher.

What FastStream does unless told otherwise is listed in the README beside this file; tests characterise it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError, TopicAlreadyExistsError, for_code
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.chassis.clock import Clock
from services.chassis.connection import connection
from services.chassis.consuming import BatchConsumer, Handle, Traced
from services.chassis.dead_letters import DeadLetters
from services.chassis.logs import get_logger
from services.chassis.publishing import KafkaPublisher
from services.chassis.retrying import waits
from services.chassis.settings import Settings
from services.chassis.traffic import Traffic

E = TypeVar("E", bound=Traced)
_POLL_MS = 1000
_SESSION_MS = 15_000
_HEARTBEAT_MS = 3_000
_GRACE_SECONDS = 10.0
_LEAVE_SECONDS = 5.0
_PAUSE_SECONDS = 5.0
_TOPICS_SECONDS = 10.0
_MOST_BYTES = 1024 * 1024
_DLQ_MOST_BYTES = 2 * _MOST_BYTES  # a record with the headers of a dead letter must fit as well
_DLQ_RETENTION = timedelta(days=30)


class Named(Protocol):
    """A topic, as far as consuming needs to know it."""

    @property
    def name(self) -> str:
        """The topic's name, without the installation's prefix."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic to create where it does not exist."""

    name: str
    partitions: int
    retention: timedelta
    most_bytes: int = _MOST_BYTES


class Bus:
    """Everything a service does with Kafka. It waits for a broker that is not there yet, in the background."""

    def __init__(self, settings: Settings, service: str, clock: Clock, topics: Sequence[TopicSpec] = ()) -> None:
        self.publisher = KafkaPublisher(settings)
        self.traffic = Traffic()
        self.consumers: list[BatchConsumer[Any]] = []
        self._joined = False
        self._failing: set[str] = set()
        self._settings = settings
        self._topics = tuple(topics)
        self._letters = DeadLetters(service, self.publisher, clock, settings.topic_prefix)
        self._dead_letter_topics: list[TopicSpec] = []
        self._service = service
        self._starting: asyncio.Task[None] | None = None
        self._broker = KafkaBroker(
            settings.kafka_bootstrap_servers,
            **{k: v for k, v in connection(settings).items() if k not in {"bootstrap_servers", "security_protocol"}},
            logger=None,  # its lines would carry records; ours do not
            apply_types=False,  # batches are decoded by BatchConsumer, record by record
            consumer_only=True,  # the publisher has a producer of its own that outlives the handlers
            allow_auto_create_topics=False,
            graceful_timeout=_GRACE_SECONDS,
        )

    def consume(
        self,
        topic: Named,
        decode: Callable[[bytes], E],
        handle: Handle[E],
        *,
        group: str,
        most: int = 500,
        urgent: bool = False,
        fetch_wait_ms: int | None = None,
    ) -> None:
        """Feed ``topic`` to ``handle`` in batches of at most ``most`` records, at least once, in order.

        While ``urgent`` topics carry something, the others give way. aiokafka keeps one fetch under way: what
        arrives in a partition that the fetch does not ask for waits until others have something, or for
        ``fetch_wait_ms``. A topic of one partition never waits for that.
        """
        consumer = BatchConsumer(
            group=group, decode=decode, handle=handle, letters=self._letters, traffic=self.traffic, urgent=urgent
        )
        self.consumers.append(consumer)
        self._dead_letter_topics.append(
            TopicSpec(f"{topic.name}.dlq.{self._service}", 1, _DLQ_RETENTION, _DLQ_MOST_BYTES)
        )
        instance, longest = self._settings.instance, self._settings.kafka_fetch_wait_ms
        subscriber = self._broker.subscriber(
            self._settings.topic_prefix + topic.name,
            batch=True,
            group_id=self._settings.topic_prefix + group,
            group_instance_id=f"{instance}.{group}" if instance else None,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_HEARTBEAT_MS,
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=min(fetch_wait_ms or longest, longest),
            max_partition_fetch_bytes=2 * 1024 * 1024,
            max_records=most,
            parser=_as_one_message(lambda: subscriber.consumer),
            decoder=_records,
        )
        self._wake_up_on_arrival(subscriber, group)
        subscriber(consumer.__call__)

    def follow(self, *topics: Named, tell: Callable[[Sequence[ConsumerRecord]], Awaitable[None]], name: str) -> None:
        """Tell each replica of its own what is published from now on. Nothing is committed; a failure loses it."""

        async def on_records(records: tuple[ConsumerRecord, ...]) -> None:
            await tell(records)

        subscriber = self._broker.subscriber(
            *(self._settings.topic_prefix + topic.name for topic in topics),
            batch=True,
            ack_policy=AckPolicy.ACK_FIRST,
            auto_offset_reset="latest",
            fetch_max_wait_ms=self._settings.kafka_fetch_wait_ms,
            max_records=1000,
            parser=_as_one_message(lambda: subscriber.consumer),
            decoder=_records,
        )
        self._wake_up_on_arrival(subscriber, name)
        subscriber(on_records)

    def start(self) -> None:
        """Begin to connect; ``ready`` says when it is done."""
        self._starting = asyncio.create_task(self._connect(), name="connect-kafka")

    async def stop(self) -> None:
        """Let running handlers finish, then send what is under way."""
        if self._starting is not None:
            self._starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._starting
        self._joined = False
        await self._leave()
        await self.publisher.stop()

    @property
    def ready(self) -> bool:
        """Whether the publisher is connected, every group is joined, and none of them fails to read."""
        return self._joined and not self._failing

    @property
    def halted(self) -> tuple[str, ...]:
        """The groups that stopped at too many dead letters."""
        return tuple(consumer.group for consumer in self.consumers if consumer.halted)

    async def _connect(self) -> None:
        for wait in waits(first=0.2):
            try:
                if self._settings.kafka_create_topics:
                    await self._create_topics()
                await self.publisher.start()
                await self._join()
            except Exception as error:  # noqa: BLE001  # whatever it was, a service that stops trying serves nobody
                get_logger().warning("waiting for Kafka", exc_info=error)
                await self._leave()
                await self.publisher.stop()
                await asyncio.sleep(wait)
            else:
                self._joined = True
                break
        while self._settings.kafka_create_topics:
            # A broker that lost its data lost its topics, too: without them everybody would wait for ever.
            await asyncio.sleep(_TOPICS_SECONDS)
            try:
                await self._create_topics()
            except Exception as error:  # noqa: BLE001  # as above
                get_logger().warning("topics are looked at again", exc_info=error)

    async def _join(self) -> None:
        # FastStream's own start joins one group after the other, each of which may take seconds.
        await self._broker.connect()
        joining = [asyncio.create_task(subscriber.start()) for subscriber in self._broker.subscribers]
        try:
            await asyncio.gather(*joining)
        finally:
            # One that fails must not leave another behind that joins after the clean-up.
            for task in joining:
                task.cancel()
            await asyncio.gather(*joining, return_exceptions=True)
        self._broker.running = True

    async def _leave(self) -> None:
        leaving = asyncio.create_task(self._broker.stop())
        await asyncio.wait([leaving], timeout=_GRACE_SECONDS + _LEAVE_SECONDS)
        leaving.cancel()  # a broker that does not answer must not keep the process; the session runs out by itself
        for failed in await asyncio.gather(leaving, return_exceptions=True):
            if isinstance(failed, Exception):
                get_logger().warning("left Kafka without a farewell", exc_info=failed)

    async def _create_topics(self) -> None:
        admin = AIOKafkaAdminClient(**connection(self._settings), request_timeout_ms=10_000)
        try:
            await admin.start()
            replicas = self._settings.kafka_replication
            wanted = [
                NewTopic(
                    self._settings.topic_prefix + spec.name,
                    num_partitions=spec.partitions,
                    replication_factor=replicas,
                    replica_assignments={} if replicas == -1 else None,  # how aiokafka is asked for the broker's own
                    topic_configs={
                        "retention.ms": str(int(spec.retention.total_seconds() * 1000)),
                        "max.message.bytes": str(spec.most_bytes),
                    },
                )
                for spec in (*self._topics, *self._dead_letter_topics)
            ]
            existing = set(await admin.list_topics())
            missing = [topic for topic in wanted if topic.name not in existing]
            if missing:
                answer = await admin.create_topics(missing)
                for error in (for_code(code) for _, code, *_ in answer.topic_errors):
                    if error.errno != 0 and error is not TopicAlreadyExistsError:
                        raise error
        finally:
            await admin.close()

    def _wake_up_on_arrival(self, subscriber: BatchSubscriber, group: str) -> None:
        # FastStream sleeps another timeout after an empty poll, in which nothing wakes it. aiokafka's own wait
        # ends with the first record, so a long wait costs no latency and an idle service next to no CPU.
        async def get_msg(consumer: AIOKafkaConsumer) -> tuple[ConsumerRecord, ...]:
            try:
                polled = await consumer.getmany(timeout_ms=_POLL_MS, max_records=subscriber.max_records)
                if not polled:
                    await _begin_again_where_records_are_gone(consumer, group)
            except ConsumerStoppedError:
                raise
            except Exception as error:
                # FastStream says nothing, and asks again at once where it is no error of Kafka.
                get_logger().error("cannot read", group=group, exc_info=error)
                self._failing.add(group)
                if not isinstance(error, KafkaError):
                    await asyncio.sleep(_PAUSE_SECONDS)
                raise
            self._failing.discard(group)
            return tuple(record for records in polled.values() for record in records)

        subscriber.get_msg = get_msg  # type: ignore[method-assign]  # the one method that decides how to wait


async def _begin_again_where_records_are_gone(consumer: AIOKafkaConsumer, group: str) -> None:
    # A broker that lost its data holds less than was read. Kafka says so; others wait until they hold as much again.
    held = {partition: consumer.highwater(partition) for partition in consumer.assignment()}
    with contextlib.suppress(IllegalStateError):  # the group is just dividing its partitions anew
        beyond = [one for one, end in held.items() if end is not None and end < await consumer.position(one)]
        if not beyond:
            return
        ends = await consumer.end_offsets(beyond)  # after a change of leaders the first figure may be an old one
        gone = [one for one in beyond if ends[one] < await consumer.position(one)]
        if gone:
            get_logger().warning("records are gone: reading from the beginning", group=group, partitions=len(gone))
            await consumer.seek_to_beginning(*gone)


def _as_one_message(consumer: Callable[[], Any]) -> Callable[..., Any]:
    # FastStream's own parser decodes headers as UTF-8 and skips past a record where that fails.
    async def parse(records: tuple[ConsumerRecord, ...]) -> KafkaAckableMessage:
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=consumer(), message_id="", correlation_id="")

    return parse


async def _records(message: KafkaAckableMessage) -> tuple[ConsumerRecord, ...]:
    return message.raw_message
