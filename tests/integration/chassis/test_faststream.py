"""What our chassis relies on in FastStream 0.7.8. Where an upgrade changes it, this fails instead of losing records."""

import asyncio
import time
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from typing_extensions import override

from services.chassis.broker import _as_one_message, _records
from tests.unit.chassis.records import record

BATCH = (record(b"v1:1", 7), record(b"v1:2", 8), record(b"v1:3", 3, partition=1))


class Consumer:
    """Hands out one batch again and again, and notes what is done to it."""

    def __init__(self) -> None:
        self.deeds: list[object] = []
        self.polls = 0

    async def start(self) -> None:
        self.deeds.append("start")

    async def stop(self) -> None:
        self.deeds.append("stop")

    def subscribe(self, **_: object) -> None:
        self.deeds.append("subscribe")

    async def commit(self, *offsets: object) -> None:
        self.deeds.append(("commit", *offsets))

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.deeds.append((partition.partition, offset))


def house(handler: Any, *, slow_start: float = 0.0) -> tuple[KafkaBroker, Any, Consumer]:
    consumer = Consumer()
    broker = KafkaBroker("127.0.0.1:1", logger=None, apply_types=False, consumer_only=True, graceful_timeout=2.0)
    subscriber: Any = broker.subscriber(
        "rings",
        batch=True,
        group_id="house",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        parser=_as_one_message(lambda: consumer),
        decoder=_records,
    )

    async def get_msg(_: object) -> tuple[Any, ...]:
        consumer.polls += 1
        await asyncio.sleep(0.01)
        return BATCH if consumer.polls == 1 else ()

    async def start() -> None:
        await asyncio.sleep(slow_start)
        consumer.deeds.append("start")

    consumer.start = start  # type: ignore[method-assign]  # as slow as the test wants
    subscriber.get_msg = get_msg
    subscriber(handler)
    return broker, subscriber, consumer


async def start(broker: KafkaBroker, subscriber: Any, consumer: Consumer) -> None:
    await broker.connect()  # a broker that only consumes connects to nothing yet
    broker.config.broker_config.builder = lambda **_: consumer
    await subscriber.start()


async def run(broker: KafkaBroker, subscriber: Any, consumer: Consumer, seconds: float = 0.2) -> None:
    await start(broker, subscriber, consumer)
    await asyncio.sleep(seconds)
    await broker.stop()


def test_this_is_the_version_that_was_looked_at() -> None:
    assert version("faststream").startswith("0.7."), "look again at everything in this file"


async def test_our_poll_takes_the_place_of_its_own_and_our_parser_sees_the_whole_batch() -> None:
    seen: list[object] = []

    async def handler(records: object) -> None:
        seen.append(records)

    broker, subscriber, consumer = house(handler)
    await run(broker, subscriber, consumer)
    assert consumer.polls > 2
    assert seen == [BATCH]


async def test_a_batch_is_committed_after_its_handler_and_not_before() -> None:
    async def handler(_: object) -> None:
        await asyncio.sleep(0.05)
        consumer.deeds.append("handled")

    broker, subscriber, consumer = house(handler)
    await run(broker, subscriber, consumer)
    assert consumer.deeds.index("handled") < consumer.deeds.index(("commit",))


async def test_a_failed_batch_is_not_committed_and_every_partition_is_rewound_to_its_first_record() -> None:
    async def handler(_: object) -> None:
        raise ValueError

    broker, subscriber, consumer = house(handler)
    await run(broker, subscriber, consumer)
    assert (0, 7) in consumer.deeds
    assert (1, 3) in consumer.deeds
    assert ("commit",) not in consumer.deeds


async def test_it_says_nothing_and_waits_for_nothing_after_a_failure_so_we_have_to() -> None:
    at: list[float] = []

    async def handler(_: object) -> None:
        at.append(time.monotonic())
        raise ValueError

    broker, subscriber, consumer = house(handler)

    async def always(_: object) -> tuple[Any, ...]:
        await asyncio.sleep(0)
        return BATCH

    subscriber.get_msg = always
    await run(broker, subscriber, consumer, 0.1)
    assert len(at) > 5, "it backs off by itself now: our own pause may go"


async def test_a_handler_that_is_cancelled_is_neither_committed_nor_rewound() -> None:
    async def handler(_: object) -> None:
        await asyncio.sleep(60)

    broker, subscriber, consumer = house(handler)
    broker.config.broker_config.graceful_timeout = 0.1
    await run(broker, subscriber, consumer, 0.1)
    await asyncio.sleep(0.05)
    assert not [deed for deed in consumer.deeds if isinstance(deed, tuple)]


async def test_a_stop_waits_for_the_handler_that_runs_and_hands_out_no_other_batch() -> None:
    done: list[str] = []

    async def handler(_: object) -> None:
        await asyncio.sleep(0.4)
        done.append("handled")

    broker, subscriber, consumer = house(handler)
    await run(broker, subscriber, consumer, 0.1)
    assert done == ["handled"]
    assert consumer.deeds.index(("commit",)) < consumer.deeds.index("stop")


async def test_subscribers_of_one_broker_can_be_started_at_once() -> None:
    parts = [house(lambda _: None, slow_start=0.3) for _ in range(3)]
    began = time.monotonic()
    await asyncio.gather(*(start(*part) for part in parts))
    assert time.monotonic() - began < 0.8
    assert all(subscriber.running for _, subscriber, _ in parts)
    await asyncio.gather(*(broker.stop() for broker, _, _ in parts))


async def test_one_seek_that_fails_keeps_the_other_partitions_from_being_rewound() -> None:
    """Harmless only because a partition that was taken away comes with fresh positions for all: aiokafka does so."""

    class Moved(Consumer):
        @override
        def seek(self, partition: TopicPartition, offset: int) -> None:
            raise ValueError(partition, offset)

    message = KafkaAckableMessage(body=b"", raw_message=BATCH, consumer=Moved(), message_id="", correlation_id="")
    with pytest.raises(ValueError, match="rings"):
        await message.nack()


async def test_its_ack_commits_all_that_was_polled_not_just_the_batch() -> None:
    consumer = Consumer()
    message = KafkaAckableMessage(body=b"", raw_message=BATCH, consumer=consumer, message_id="", correlation_id="")
    await message.ack()
    await message.ack()
    assert consumer.deeds == [("commit",)]
    assert await _records(SimpleNamespace(raw_message=BATCH)) == BATCH  # type: ignore[arg-type]  # all it looks at
