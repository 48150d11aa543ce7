"""Watching Kafka: while a run goes on, what is assigned; after it, everything that was ever published."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.envelope import Event
from schemas.sla import SlaBreached, SlaEscalated, SlaWarned
from schemas.task import TaskAccepted, TaskAssigned, TaskClosed
from services.chassis.logs import get_logger

_READ = (
    topics.CALLBACK_REQUESTED, topics.CALLBACK_TRIAGED, topics.CALLBACK_EMERGENCY, topics.TASK_ASSIGNED,
    topics.TASK_ACCEPTED, topics.TASK_ATTEMPTED, topics.TASK_CLOSED,
    topics.SLA_WARNED, topics.SLA_BREACHED, topics.SLA_ESCALATED,
)  # fmt: skip
POISONED = b"poison"
"""The key of what was sent to be unreadable."""

Alert = SlaWarned | SlaBreached | SlaEscalated


@dataclass
class Read:
    """Everything Kafka holds. ``first`` says when each event id was first published, by the record's own time."""

    assigned: defaultdict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    accepted: defaultdict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    closed: defaultdict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    alerts: dict[UUID, Alert] = field(default_factory=dict)
    first: dict[UUID, datetime] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    dead_letters: set[tuple[bytes, bytes]] = field(default_factory=set)
    values: list[bytes] = field(default_factory=list)

    def take(self, topic: str, value: bytes, at: datetime) -> None:
        """Note one record."""
        event = topics.BY_NAME[topic].event.decode(value)
        self.records[topic] = self.records.get(topic, 0) + 1
        if event.id in self.first:
            self.again[topic] = self.again.get(topic, 0) + 1
        self.first.setdefault(event.id, at)
        self._sort(event)

    def _sort(self, event: Event) -> None:
        match event:
            case TaskAssigned():
                self.assigned[event.subject].add(event.id)
            case TaskAccepted():
                self.accepted[event.subject].add(event.id)
            case TaskClosed():
                self.closed[event.subject].add(event.id)
            case SlaWarned() | SlaBreached() | SlaEscalated():
                self.alerts[event.id] = event
            case _:
                pass


@contextlib.asynccontextmanager
async def hearing_of_tasks(address: str, tell: Callable[[UUID], None]) -> AsyncIterator[None]:
    """Call ``tell`` with each callback that is assigned while the block runs, whatever happens to the broker."""

    async def listen() -> None:
        consumer = AIOKafkaConsumer(topics.TASK_ASSIGNED.name, bootstrap_servers=address, auto_offset_reset="earliest")
        await consumer.start()
        try:
            while True:
                try:
                    polled = await consumer.getmany(timeout_ms=500)
                except KafkaError as error:
                    get_logger().warning("the watcher waits for Kafka", exc_info=error)
                    await asyncio.sleep(0.5)
                    continue
                for records in polled.values():
                    for record in records:
                        tell(UUID(record.key.decode()))
        finally:
            await consumer.stop()

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def read_all(address: str) -> Read:
    """Read every topic from its beginning to its present end."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        there = await admin.list_topics()
    finally:
        await admin.close()
    dead = [topic for topic in there if ".dlq." in topic]
    read = Read()
    consumer = AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(
            [
                *(TopicPartition(topic.name, number) for topic in _READ for number in range(topic.partitions)),
                *(TopicPartition(topic, 0) for topic in dead),
            ]
        )
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    read.values.append(b"%b %b" % (record.value or b"", repr(record.headers).encode()))
                    if partition.topic in dead:
                        headers = dict(record.headers)
                        place = b"/".join(headers[f"dlq-{part}"] for part in ("topic", "partition", "offset"))
                        read.dead_letters.add((place, record.key or b""))
                    elif record.key != POISONED:
                        read.take(partition.topic, record.value, datetime.fromtimestamp(record.timestamp / 1000, UTC))
    finally:
        await consumer.stop()
    return read


async def records_of(address: str, topic: str) -> list[ConsumerRecord]:
    """Return every record of a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(topics.BY_NAME[topic].partitions)])
        ends = await consumer.end_offsets(list(consumer.assignment()))
        found: list[ConsumerRecord] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    finally:
        await consumer.stop()
