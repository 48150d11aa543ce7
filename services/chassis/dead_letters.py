"""Dead letters: records that can never be handled, put aside untouched, with the reason in headers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiokafka import ConsumerRecord

from services.chassis.clock import Clock
from services.chassis.publishing import Message, Publisher, Unpublishable
from services.chassis.telemetry import DEAD_LETTERS

REPLAYS = "dlq-replays"
"""The header that counts how often a record was sent back from the dead letters."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and why it can never be handled; ``reason`` is a code without personal data."""

    record: ConsumerRecord
    reason: str


class DeadLetters:
    """Puts records aside in ``<topic>.dlq.<service>``."""

    def __init__(self, service: str, publisher: Publisher, clock: Clock, prefix: str = "") -> None:
        self._service = service
        self._publisher = publisher
        self._clock = clock
        self._prefix = prefix

    async def put(self, letters: Sequence[DeadLetter], group: str) -> None:
        """Return only when Kafka confirmed all of them; until then their offsets must not be committed."""
        if not letters:
            return
        messages = [self._message(letter) for letter in letters]
        try:
            await self._publisher.publish(messages)
        except Unpublishable:
            for message in messages:
                await self._put_alone(message)
        for letter in letters:
            topic = letter.record.topic.removeprefix(self._prefix)
            DEAD_LETTERS.labels(topic, group, letter.reason).inc()

    async def _put_alone(self, message: Message) -> None:
        # With its headers it may just be too large. The record itself is still where dlq-offset says.
        try:
            await self._publisher.publish([message])
        except Unpublishable:
            cut = (*message.headers, ("dlq-cut", str(len(message.value or b"")).encode()))
            await self._publisher.publish([replace(message, value=None, headers=cut)])

    def _message(self, letter: DeadLetter) -> Message:
        record = letter.record
        topic = record.topic.removeprefix(self._prefix)
        return Message(
            topic=f"{topic}.dlq.{self._service}",
            key=record.key,
            value=record.value,
            headers=(
                *((name, value) for name, value in record.headers if name == REPLAYS or not name.startswith("dlq-")),
                ("dlq-topic", topic.encode()),
                ("dlq-partition", str(record.partition).encode()),
                ("dlq-offset", str(record.offset).encode()),
                ("dlq-service", self._service.encode()),
                ("dlq-reason", letter.reason.encode()),
                ("dlq-time", self._clock().isoformat().encode()),
            ),
        )


def reason_of(record: ConsumerRecord) -> str:
    """Return why a dead letter is one."""
    return next(
        ((value or b"").decode(errors="replace") for name, value in record.headers if name == "dlq-reason"), "?"
    )


def replays_of(record: ConsumerRecord) -> int:
    """Return how often a record was sent back already; what is no number counts as never."""
    counts = [value for name, value in record.headers if name == REPLAYS and value is not None and value.isdigit()]
    return int(counts[-1]) if counts else 0
