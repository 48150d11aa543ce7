"""Kafka through the bus: at least once, in order, awake at once, and gone without a trace when told to stop."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from services.chassis.broker import Bus
from services.chassis.consuming import Rejection
from services.chassis.publishing import BrokerUnavailable, Message, Unpublishable
from services.chassis.settings import Settings
from tests.integration.chassis.house import Listener, ring, settings_for, until
from tests.support.keeper import Standing
from tests.support.ladder import own_broker
from tests.unit.chassis.records import Ring

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

Run = Callable[[Bus], Awaitable[Bus]]


@pytest.fixture
def settings(kafka: Standing, prefix: str) -> Settings:
    return settings_for(kafka, prefix)


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """Start a bus and wait until it is ready; all are stopped at the end."""
    async with AsyncExitStack() as stack:

        async def start(bus: Bus) -> Bus:
            bus.start()
            stack.push_async_callback(bus.stop)
            await until(lambda: bus.ready, "the bus to be ready")
            return bus

        yield start


async def letters(settings: Settings, count: int) -> list[ConsumerRecord]:
    consumer = AIOKafkaConsumer(
        f"{settings.topic_prefix}rings.dlq.house",
        bootstrap_servers=settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def test_what_is_published_arrives_once_and_in_order_of_its_key(run: Run, settings: Settings) -> None:
    listener = Listener()
    bus = await run(listener.bus(settings))
    await bus.publisher.publish([Message("rings", b"%d" % (n % 7), b"v1:%d" % n) for n in range(700)])
    await until(lambda: len(listener.numbers) >= 700, "700 rings")
    assert sorted(listener.numbers) == list(range(700))
    for key in range(7):
        mine = [number for number in listener.numbers if number % 7 == key]
        assert mine == sorted(mine)


async def test_a_consumer_wakes_up_with_the_record_not_at_its_next_poll(run: Run, settings: Settings) -> None:
    listener = Listener()
    bus = await run(listener.bus(settings))
    delays: list[float] = []
    for number in range(8):
        await asyncio.sleep(0.13 * number)  # at eight different moments of a poll
        began = time.monotonic()
        await bus.publisher.publish([Message("rings", b"k", b"v1:%d" % number)])
        await until(lambda: len(listener.at) > number, "a ring")  # noqa: B023 - awaited before the next turn
        delays.append(listener.at[-1] - began)
    assert sorted(delays)[4] < 0.25, delays


async def test_what_was_committed_is_not_read_again_and_what_was_not_is(run: Run, settings: Settings) -> None:
    first = Listener()
    bus = await run(first.bus(settings))
    await ring(settings, 1, 2, 3)
    await until(lambda: len(first.numbers) == 3, "three rings")
    await bus.stop()
    await ring(settings, 4, 5)
    second = Listener()
    await run(second.bus(settings))
    await until(lambda: len(second.numbers) >= 2, "what came meanwhile")
    assert sorted(second.numbers) == [4, 5]


async def test_a_batch_that_failed_comes_again_from_every_partition(run: Run, settings: Settings) -> None:
    tries: list[int] = []

    def fail_twice(events: Sequence[Ring]) -> object:
        tries.append(len(events))
        if len(tries) <= 2:
            raise TimeoutError
        return None

    listener = Listener(fail_twice)
    bus = listener.bus(settings)
    bus.consumers[0]._patience = 0.0
    await ring_when_created(bus, settings, *range(40))
    await run(bus)
    await until(lambda: len(set(listener.numbers)) == 40, "all of them, though two batches failed")
    assert len(tries) >= 3


async def ring_when_created(bus: Bus, settings: Settings, *numbers: int) -> None:
    """So that the first batch spans all partitions."""
    await bus._create_topics()
    await ring(settings, *numbers)


async def test_strange_records_arrive_and_hurt_only_themselves(run: Run, settings: Settings) -> None:
    listener = Listener()
    await run(listener.bus(settings))
    await ring(
        settings,
        raw=[
            (b"v1:1", [("empty", None)]),
            (b"v1:2", [("binary", b"\xff\xfe\x00")]),
            (b"v1:3", [("correlation_id", b"\xff"), ("content-type", None), ("reply_to", b"\xfe")]),
            (None, [("reason", b"tombstone")]),
            (b"\xff\xfe", []),
            (b"v1:4", []),
        ],
    )
    await until(lambda: len(listener.numbers) >= 4, "the four that can be read")
    assert sorted(listener.numbers) == [1, 2, 3, 4]
    found = await letters(settings, 2)
    assert [(letter.value, dict(letter.headers)["dlq-reason"]) for letter in found] == [
        (None, b"null_value"),
        (b"\xff\xfe", b"unreadable"),
    ]
    assert dict(found[0].headers)["reason"] == b"tombstone"


async def test_a_record_its_handler_rejects_lies_in_the_dead_letters(run: Run, settings: Settings) -> None:
    def reject_seven(events: Sequence[Ring]) -> object:
        return [Rejection(index, "seven") for index, event in enumerate(events) if event.number == 7]

    listener = Listener(reject_seven)
    await run(listener.bus(settings))
    await ring(settings, 6, 7, 8)
    (letter,) = await letters(settings, 1)
    assert letter.value == b"v1:7"
    assert letter.key == b"7"
    assert dict(letter.headers)["dlq-reason"] == b"seven"
    assert dict(letter.headers)["dlq-topic"] == b"rings"


async def test_the_largest_record_there_may_be_fits_into_the_dead_letters(run: Run, settings: Settings) -> None:
    listener = Listener()
    await run(listener.bus(settings))
    largest = b"x" * (1024 * 1024 - 150)
    publisher = (await run(Listener().bus(settings, group="house.other"))).publisher
    await publisher.publish([Message("rings", b"k", largest)])
    await publisher.publish([Message("rings", b"k", b"v1:1")])
    await until(lambda: 1 in listener.numbers, "the record behind it")
    (letter, *_) = await letters(settings, 1)
    assert len(letter.value or b"") == len(largest)


@pytest.mark.kafka
async def test_a_record_kafka_refuses_is_told_and_the_partition_goes_on(run: Run, settings: Settings) -> None:
    listener = Listener()
    bus = await run(listener.bus(settings))
    await bus.publisher.publish([Message("rings", b"k", b"v1:1")])
    with pytest.raises(Unpublishable):
        await bus.publisher.publish([Message("rings", b"k", bytes(1_500_000))])
    async with asyncio.timeout(30):
        for number in (2, 3, 4):
            while True:
                try:
                    await bus.publisher.publish([Message("rings", b"k", b"v1:%d" % number)])
                    break
                except BrokerUnavailable:
                    await asyncio.sleep(0.1)
    await until(lambda: set(listener.numbers) == {1, 2, 3, 4}, "what came after it")


async def test_a_graceful_stop_lets_the_handler_finish_and_commit(run: Run, settings: Settings) -> None:
    began = asyncio.Event()

    async def slowly(_: Sequence[Ring]) -> None:
        began.set()
        await asyncio.sleep(1.0)

    first = Listener(slowly)
    bus = await run(first.bus(settings))
    await ring(settings, 1)
    await began.wait()
    await bus.stop()
    assert first.numbers == [1]
    second = Listener()
    await run(second.bus(settings))
    await ring(settings, 2)
    await until(lambda: bool(second.numbers), "the next ring")
    assert second.numbers == [2]


async def test_members_that_come_and_go_lose_nothing(run: Run, settings: Settings) -> None:
    first, second = Listener(), Listener()
    staying = await run(first.bus(settings))
    sending = asyncio.create_task(send_slowly(staying, 120))
    going = await run(second.bus(settings))
    await asyncio.sleep(2)
    await going.stop()
    await sending
    await until(lambda: set(first.numbers + second.numbers) == set(range(120)), "all of them, by either")


async def send_slowly(bus: Bus, count: int) -> None:
    for number in range(count):
        await bus.publisher.publish([Message("rings", b"%d" % number, b"v1:%d" % number)])
        await asyncio.sleep(0.05)


async def test_two_groups_of_one_service_both_get_everything(run: Run, settings: Settings) -> None:
    first, second = Listener(), Listener()
    await run(first.bus(settings, group="house.one"))
    await run(second.bus(settings, group="house.two"))
    await ring(settings, 1, 2)
    await until(lambda: sorted(first.numbers) == sorted(second.numbers) == [1, 2], "both rings, twice")


async def test_a_bus_waits_for_a_broker_that_comes_later(run: Run, prefix: str, tmp_path: Path) -> None:
    broker = await own_broker(tmp_path)
    try:
        standing = Standing("own", broker.address, getattr(broker, "durable", False), False, 0)
        settings = settings_for(standing, prefix)
        await broker.stop()
        listener = Listener()
        bus = listener.bus(settings)
        bus.start()
        await asyncio.sleep(2)
        assert not bus.ready
        with pytest.raises(BrokerUnavailable):
            await bus.publisher.publish([Message("rings", b"k", b"v1:1")])
        await broker.start()
        await until(lambda: bus.ready, "the bus to be ready", 90)
        await bus.publisher.publish([Message("rings", b"k", b"v1:1")])
        await until(lambda: listener.numbers == [1], "the ring")
        await bus.stop()
    finally:
        await broker.stop()


async def test_a_stop_ends_though_the_broker_is_gone(prefix: str, tmp_path: Path) -> None:
    broker = await own_broker(tmp_path)
    try:
        settings = settings_for(
            Standing("own", broker.address, broker.durable, getattr(broker, "idempotent", False), 0), prefix
        )
        bus = Listener().bus(settings)
        bus.start()
        await until(lambda: bus.ready, "the bus to be ready")
        await broker.kill()
        hanging = asyncio.create_task(bus.publisher.publish([Message("rings", b"k", b"v1:1")]))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        await bus.stop()
        assert time.monotonic() - began < 30
        with pytest.raises(BrokerUnavailable):
            await hanging
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task.get_name() for task in others if "aiokafka" in repr(task.get_coro())], others
    finally:
        await broker.stop()


async def test_a_bus_that_never_met_a_broker_stops_at_once(prefix: str) -> None:
    bus = Listener().bus(settings_for(None, prefix))
    bus.start()
    await asyncio.sleep(0.5)
    async with asyncio.timeout(5):
        await bus.stop()
    assert not bus.ready
