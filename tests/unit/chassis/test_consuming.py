"""One bad record never blocks or drops its batch, and nothing is dropped because a server was away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest

from services.chassis import consuming
from services.chassis.consuming import BatchConsumer, Rejection, TooManyDeadLetters
from services.chassis.mongo import StoreUnavailable
from services.chassis.publishing import BrokerUnavailable, Unpublishable
from tests.unit.chassis.records import Recorder, Ring, dead_letters, decode, header, record, rings

Answer = Sequence[Rejection] | None


class Office:
    """A handler that remembers what it was given."""

    def __init__(self, answer: Callable[[Sequence[Ring]], Awaitable[Answer]] | None = None) -> None:
        self.calls: list[list[int]] = []
        self.handled: list[int] = []
        self._answer = answer

    async def __call__(self, events: Sequence[Ring]) -> Answer:
        self.calls.append([event.number for event in events])
        answer = await self._answer(events) if self._answer else None
        self.handled += [event.number for event in events]
        return answer


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(**_: float) -> Iterator[float]:
        while True:
            yield 0.0

    monkeypatch.setattr(consuming, "waits", at_once)


def consumer(
    office: Office, broker: Recorder, *, patience: float = 5.0, most_in_a_row: int = 100
) -> BatchConsumer[Ring]:
    return BatchConsumer(
        group="house.rings",
        decode=decode,
        handle=office,
        letters=dead_letters(broker),
        patience=patience,
        most_in_a_row=most_in_a_row,
        halted_pause=0.0,
    )


async def test_a_batch_reaches_its_handler_in_order_and_whole() -> None:
    office, broker = Office(), Recorder()
    await consumer(office, broker)(rings(3, 1, 2))
    assert office.calls == [[3, 1, 2]]
    assert broker.messages == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"", "unreadable"),
        (b"{not json", "unreadable"),
        (b"v2:7", "unreadable"),
        (b"\xff\xfe", "unreadable"),
    ],
)
async def test_a_record_that_cannot_be_read_is_put_aside_and_the_rest_is_handled(
    value: bytes | None, reason: str
) -> None:
    office, broker = Office(), Recorder()
    await consumer(office, broker)([*rings(1), record(value, 1), record(b"v1:2", 2)])
    assert office.calls == [[1, 2]]
    (letter,) = broker.messages
    assert (letter.topic, letter.key, letter.value) == ("rings.dlq.house", b"key", value)
    assert (header(letter, "dlq-reason"), header(letter, "dlq-offset")) == (reason, "1")


async def test_whatever_goes_wrong_in_reading_hurts_that_record_only() -> None:
    office, broker = Office(), Recorder()

    def brittle(value: bytes) -> Ring:
        if value == b"deep":
            raise RecursionError
        return decode(value)

    subject = BatchConsumer(group="house.rings", decode=brittle, handle=office, letters=dead_letters(broker))
    await subject([record(b"deep"), *rings(1)])
    assert office.handled == [1]
    assert [header(letter, "dlq-reason") for letter in broker.messages] == ["unreadable"]


async def test_a_batch_without_a_readable_record_asks_no_handler() -> None:
    office, broker = Office(), Recorder()
    await consumer(office, broker)([record(None)])
    assert office.calls == []
    assert len(broker.messages) == 1


async def test_what_the_handler_rejects_is_put_aside_by_its_place_among_the_readable() -> None:
    async def reject_the_second(_: Sequence[Ring]) -> Answer:
        return [Rejection(1, "cannot_open")]

    office, broker = Office(reject_the_second), Recorder()
    await consumer(office, broker)([record(None, 0), record(b"v1:1", 1), record(b"v1:2", 2)])
    assert [(header(m, "dlq-offset"), header(m, "dlq-reason")) for m in broker.messages] == [
        ("0", "null_value"),
        ("2", "cannot_open"),
    ]


async def test_a_handler_that_rejects_a_record_there_is_not_loses_nothing() -> None:
    async def reject_nonsense(_: Sequence[Ring]) -> Answer:
        return [Rejection(9, "no_such_record")]

    office, broker = Office(reject_nonsense), Recorder()
    await consumer(office, broker)(rings(1, 2))
    assert sorted(m.value or b"" for m in broker.messages) == [b"v1:1", b"v1:2"]


async def test_while_a_server_is_away_the_batch_is_tried_again_and_nothing_is_put_aside() -> None:
    away = [StoreUnavailable("AutoReconnect"), BrokerUnavailable("x"), ConnectionResetError(), TimeoutError()]

    async def answer(_: Sequence[Ring]) -> Answer:
        if away:
            raise away.pop()
        return None

    office, broker = Office(answer), Recorder()
    await consumer(office, broker)(rings(1, 2))
    assert office.calls == [[1, 2]] * 5
    assert broker.messages == []


async def test_patience_has_an_end_after_which_the_batch_is_read_again_not_put_aside() -> None:
    async def never(_: Sequence[Ring]) -> Answer:
        raise StoreUnavailable("AutoReconnect")

    office, broker = Office(never), Recorder()
    with pytest.raises(StoreUnavailable):
        await consumer(office, broker, patience=0.02)(rings(1, 2))
    assert len(office.calls) > 1
    assert broker.messages == []


@pytest.mark.parametrize("bad", [0, 3, 6])
async def test_a_record_that_breaks_its_handler_is_found_by_halving(bad: int) -> None:
    async def answer(events: Sequence[Ring]) -> Answer:
        if any(event.number == bad for event in events):
            raise KeyError(bad)
        return None

    office, broker = Office(answer), Recorder()
    await consumer(office, broker)(rings(*range(7)))
    assert office.handled == [number for number in range(7) if number != bad]
    (letter,) = broker.messages
    assert (letter.value, header(letter, "dlq-reason")) == (b"v1:%d" % bad, "failed:KeyError")


async def test_a_rejection_in_a_half_names_the_right_record() -> None:
    async def answer(events: Sequence[Ring]) -> Answer:
        numbers = [event.number for event in events]
        if 0 in numbers:
            raise KeyError
        return [Rejection(numbers.index(3), "rejected")] if 3 in numbers else None

    office, broker = Office(answer), Recorder()
    await consumer(office, broker)(rings(0, 1, 2, 3, 4))
    assert sorted((m.value, header(m, "dlq-reason")) for m in broker.messages) == [
        (b"v1:0", "failed:KeyError"),
        (b"v1:3", "rejected"),
    ]


async def test_a_server_that_goes_away_while_halving_sends_the_whole_batch_again() -> None:
    async def answer(events: Sequence[Ring]) -> Answer:
        raise KeyError if len(events) > 1 else StoreUnavailable("x")

    office, broker = Office(answer), Recorder()
    with pytest.raises(StoreUnavailable):
        await consumer(office, broker, patience=0.0)(rings(1, 2))
    assert broker.messages == []


async def test_a_batch_is_done_only_when_its_dead_letters_are_confirmed() -> None:
    office, broker = Office(), Recorder(refusing=[BrokerUnavailable("KafkaTimeoutError")])
    subject = consumer(office, broker)
    with pytest.raises(BrokerUnavailable):
        await subject([record(None)])
    await subject([record(None)])
    assert len(broker.messages) == 1


async def test_a_batch_that_comes_again_waits_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.undo()
    monkeypatch.setattr(asyncio, "sleep", sleep)
    subject = consumer(Office(), Recorder(refusing=[BrokerUnavailable("x")] * 3))
    for _ in range(3):
        with pytest.raises(BrokerUnavailable):
            await subject([record(None)])
    assert len(slept) == 3
    assert all(0 < earlier < later for earlier, later in zip(slept, slept[2:], strict=False))


async def test_too_many_dead_letters_in_a_row_stop_the_consumer_before_they_are_sent() -> None:
    broker = Recorder()
    subject = consumer(Office(), broker, most_in_a_row=5)
    await subject([record(None, offset) for offset in range(4)])
    for _ in range(2):
        with pytest.raises(TooManyDeadLetters):
            await subject([record(None, offset) for offset in range(4, 8)])
        assert subject.halted
    assert len(broker.messages) == 4


async def test_a_stopped_consumer_goes_on_when_records_can_be_handled_again() -> None:
    office, broker = Office(), Recorder()
    subject = consumer(office, broker, most_in_a_row=1)
    with pytest.raises(TooManyDeadLetters):
        await subject([record(None, 0), record(None, 1)])
    await subject([*rings(1), record(None, 1)])
    assert not subject.halted
    assert office.handled == [1]
    assert len(broker.messages) == 1


async def test_dead_letters_among_good_records_never_stop_a_consumer() -> None:
    broker = Recorder()
    subject = consumer(Office(), broker, most_in_a_row=3)
    for _ in range(5):
        await subject([*rings(1), record(None, 1), record(None, 2), record(None, 3)])
    assert not subject.halted
    assert len(broker.messages) == 15


async def test_what_ends_the_process_is_no_fault_of_the_record() -> None:
    async def answer(_: Sequence[Ring]) -> Answer:
        raise asyncio.CancelledError

    broker = Recorder()
    with pytest.raises(asyncio.CancelledError):
        await consumer(Office(answer), broker)(rings(1))
    assert broker.messages == []


async def test_a_dead_letter_too_large_for_its_topic_leaves_its_place_and_its_size() -> None:
    refusals: list[Exception] = [Unpublishable("MessageSizeTooLargeError"), Unpublishable("MessageSizeTooLargeError")]
    office, broker = Office(), Recorder(refusing=refusals)
    await consumer(office, broker)([record(b"v9:" + bytes(100), 41)])
    (letter,) = broker.messages
    assert letter.value is None
    assert (header(letter, "dlq-cut"), header(letter, "dlq-offset")) == ("103", "41")


async def test_headers_stay_but_for_those_of_an_earlier_dead_letter() -> None:
    broker = Recorder()
    one = record(None)
    object.__setattr__(one, "headers", (("dlq-reason", b"old"), ("kept", None), ("raw", b"\xff")))
    await consumer(Office(), broker)([one])
    (letter,) = broker.messages
    assert letter.headers[:2] == (("kept", None), ("raw", b"\xff"))
    assert [value for name, value in letter.headers if name == "dlq-reason"] == [b"null_value"]
