"""Records travel in one batch a partition, by a partitioner that other clients know too."""

import asyncio
import zlib
from collections.abc import Callable

import pytest
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumber,
)

from services.chassis import publishing
from services.chassis.publishing import BrokerUnavailable, KafkaPublisher, Message, Publisher, Unpublishable
from services.chassis.settings import Settings

SETTINGS = Settings(topic_prefix="west.")


class Batch:
    """Holds a number of bytes."""

    def __init__(self) -> None:
        self.records: list[bytes | None] = []

    def append(self, *, value: bytes | None, **_: object) -> object | None:
        if self.records and sum(len(record or b"") for record in self.records) + len(value or b"") > 100:
            return None
        self.records.append(value)
        return object()


class Producer:
    """Six partitions a topic; ``answer`` decides how a batch ends."""

    def __init__(self, answer: Callable[[], object] = lambda: None) -> None:
        self.sent: list[tuple[str, int, list[bytes | None]]] = []
        self.stopped = False
        self._answer = answer

    async def partitions_for(self, topic: str) -> set[int]:
        assert topic.startswith("west.")
        return set(range(6))

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[object]:
        self.sent.append((topic, partition, batch.records))
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        answer = self._answer()
        if isinstance(answer, Exception):
            future.set_exception(answer)
        elif answer != "never":
            future.set_result(answer)
        return future

    async def stop(self) -> None:
        self.stopped = True


def publisher(producer: Producer) -> KafkaPublisher:
    made = KafkaPublisher(SETTINGS)
    made._producer = producer
    return made


async def test_one_batch_a_partition_by_the_crc32_of_the_key_in_order() -> None:
    producer = Producer()
    keys = [b"%d" % number for number in range(30)]
    await publisher(producer).publish([Message("rings", key, key) for key in keys])
    partitions = [partition for _, partition, _ in producer.sent]
    assert len(partitions) == len(set(partitions)) > 1
    for topic, partition, values in producer.sent:
        assert topic == "west.rings"
        assert values == [key for key in keys if zlib.crc32(key) % 6 == partition]


async def test_the_partition_of_a_key_is_that_of_librdkafka() -> None:
    producer = Producer()
    await publisher(producer).publish([Message("rings", b"123456789", b"")])
    assert producer.sent[0][1] == 0xCBF43926 % 6  # the check value of CRC32 in every text book


async def test_what_does_not_fit_one_batch_goes_into_the_next_and_nothing_is_lost() -> None:
    producer = Producer()
    values = [bytes([number]) * 40 for number in range(7)] + [b"x" * 500]
    await publisher(producer).publish([Message("rings", b"k", value) for value in values])
    assert [value for _, _, batch in producer.sent for value in batch] == values
    assert len(producer.sent) == 5


async def test_who_is_not_connected_yet_says_so() -> None:
    with pytest.raises(BrokerUnavailable):
        await KafkaPublisher(SETTINGS).publish([Message("rings", b"k", b"v")])


@pytest.mark.parametrize("error", [KafkaTimeoutError(), NotLeaderForPartitionError(), TimeoutError()])
async def test_what_passes_by_itself_keeps_the_producer(error: Exception) -> None:
    producer = Producer(lambda: error)
    subject = publisher(producer)
    with pytest.raises(BrokerUnavailable):
        await subject.publish([Message("rings", b"k", b"v")])
    assert not producer.stopped
    await subject.stop()
    assert producer.stopped


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (MessageSizeTooLargeError(), Unpublishable),
        (OutOfOrderSequenceNumber(), BrokerUnavailable),
        (KafkaError("Unexpected error during batch delivery"), BrokerUnavailable),
    ],
)
async def test_after_a_batch_that_was_refused_a_new_producer_takes_over(
    monkeypatch: pytest.MonkeyPatch, error: Exception, raised: type[Exception]
) -> None:
    broken, fresh = Producer(lambda: error), Producer()
    subject = publisher(broken)
    renewed = asyncio.Event()
    starts: list[Exception | None] = [None, KafkaError("still away")]

    async def start() -> None:
        if (failure := starts.pop()) is not None:
            raise failure
        subject._producer = fresh
        renewed.set()

    monkeypatch.setattr(subject, "start", start)
    monkeypatch.setattr(publishing, "_RECONNECT_SECONDS", 0)
    with pytest.raises(raised):
        await subject.publish([Message("rings", b"k", b"v")])
    async with asyncio.timeout(2):
        await renewed.wait()
    assert broken.stopped
    await subject.publish([Message("rings", b"k", b"v")])
    assert len(fresh.sent) == 1


async def test_a_confirmation_that_never_comes_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_CONFIRM_SECONDS", 0.05)
    async with asyncio.timeout(2):
        with pytest.raises(BrokerUnavailable):
            await publisher(Producer(lambda: "never")).publish([Message("rings", b"k", b"v")])


def test_it_is_a_publisher() -> None:
    _: Publisher = KafkaPublisher(SETTINGS)
