"""The desk for dead letters: what lies there and why, one letter as it is, and letters sent back to their topic."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.chassis.connection import connection
from services.chassis.dead_letters import REPLAYS, reason_of, replays_of
from services.chassis.publishing import Message, Publisher
from services.chassis.settings import Settings

_MARK = ".dlq."
_QUIET_MS = 1500
_JOIN_MS = 20_000
_FETCH = {"max_partition_fetch_bytes": 4 * 1024 * 1024, "enable_auto_commit": False, "auto_offset_reset": "earliest"}


class NoSuchLetter(Exception):
    """There is no such topic of dead letters, or no letter at that place in it."""


@dataclass(frozen=True, slots=True)
class Pile:
    """The letters of one topic, by reason, and how many of them were sent back already."""

    topic: str
    reasons: Mapping[str, int]
    replayed: int

    @property
    def letters(self) -> int:
        """How many lie there."""
        return sum(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many letters went back, and the offsets of those whose value was too large to keep."""

    sent: int
    without_value: tuple[int, ...]


class DeadLetterDesk:
    """Works on topics named ``<topic>.dlq.<service>``; raises ``KafkaError`` where no broker answers."""

    def __init__(self, settings: Settings, publisher: Publisher) -> None:
        self._settings = settings
        self._publisher = publisher
        self._prefix = settings.topic_prefix

    async def piles(self) -> list[Pile]:
        """Return every topic of dead letters with what lies in it."""
        async with self._admin() as admin:
            names = await admin.list_topics()
        own = (name for name in names if name.startswith(self._prefix) and _MARK in name)
        return [await self._pile(name.removeprefix(self._prefix)) for name in sorted(own)]

    async def letter(self, topic: str, offset: int) -> ConsumerRecord:
        """Return the letter at ``offset``; raises :class:`NoSuchLetter`."""
        async with self._reader(topic) as (consumer, places):
            for place in places:
                consumer.seek(place, offset)
            found = await consumer.getmany(timeout_ms=_QUIET_MS, max_records=1)
            for record in (record for records in found.values() for record in records):
                if record.offset == offset:
                    return record
        raise NoSuchLetter(f"{topic} {offset}")

    async def replay(self, topic: str, most: int) -> Replayed:
        """Send back the oldest ``most`` letters that were not sent back yet, as they came, to where they came from.

        What was sent is committed to a group of the desk, so the next call goes on behind it. A crash between
        the two sends the same letters again.
        """
        sent, without_value = 0, list[int]()
        async with self._member(topic) as consumer:
            while sent + len(without_value) < most:
                wait = _QUIET_MS if consumer.assignment() else _JOIN_MS
                polled = await consumer.getmany(timeout_ms=wait, max_records=most - sent - len(without_value))
                if not polled:
                    break
                for place, records in polled.items():
                    whole = [record for record in records if not _has_lost_its_value(record)]
                    await self._publisher.publish([self._back(topic, record) for record in whole])
                    await consumer.commit({place: records[-1].offset + 1})
                    sent += len(whole)
                    without_value += [record.offset for record in records if _has_lost_its_value(record)]
        return Replayed(sent, tuple(without_value))

    async def _pile(self, topic: str) -> Pile:
        reasons: Counter[str] = Counter()
        replayed = 0
        async with self._reader(topic) as (consumer, places):
            done = {place: await consumer.committed(place) or 0 for place in places}
            async for record in _all(consumer, places):
                reasons[reason_of(record)] += 1
                replayed += record.offset < done[TopicPartition(record.topic, record.partition)]
        return Pile(topic, dict(reasons.most_common()), replayed)

    @asynccontextmanager
    async def _reader(self, topic: str) -> AsyncIterator[tuple[AIOKafkaConsumer, Sequence[TopicPartition]]]:
        # It joins no group, so looking never takes letters from somebody who replays.
        places = await self._places(topic)
        consumer = AIOKafkaConsumer(**connection(self._settings), group_id=self._group(topic), **_FETCH)
        try:
            await consumer.start()
            consumer.assign(places)
            yield consumer, places
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _member(self, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
        await self._places(topic)  # to subscribe to what is not there would wait for it
        consumer = AIOKafkaConsumer(
            self._prefix + topic, **connection(self._settings), group_id=self._group(topic), **_FETCH
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()

    async def _places(self, topic: str) -> list[TopicPartition]:
        if _MARK not in topic:
            raise NoSuchLetter(topic)
        name = self._prefix + topic
        async with self._admin() as admin:
            if name not in await admin.list_topics():  # some brokers describe what is not there, too
                raise NoSuchLetter(topic)
            (found,) = await admin.describe_topics([name])
        return [TopicPartition(name, each["partition"]) for each in found["partitions"]]

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**connection(self._settings), request_timeout_ms=10_000)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    def _group(self, topic: str) -> str:
        return f"{self._prefix}dlq-desk.{topic.rpartition(_MARK)[2]}"

    @staticmethod
    def _back(topic: str, record: ConsumerRecord) -> Message:
        kept = tuple((name, value) for name, value in record.headers if not name.startswith("dlq-"))
        count = (REPLAYS, str(replays_of(record) + 1).encode())
        return Message(topic.rpartition(_MARK)[0], record.key, record.value, (*kept, count))


def _has_lost_its_value(record: ConsumerRecord) -> bool:
    return any(name == "dlq-cut" for name, _ in record.headers)


async def _all(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> AsyncIterator[ConsumerRecord]:
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    while any([await consumer.position(place) < ends[place] for place in places]):
        polled = await consumer.getmany(timeout_ms=_QUIET_MS)
        if not polled:
            return  # not every broker tells the exact end
        for records in polled.values():
            for record in records:
                yield record
