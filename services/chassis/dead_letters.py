"""Dead letters: records that can never be handled, put aside untouched, with the reason in headers."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from services.chassis.clock import Clock
from services.chassis.publishing import Message, Publisher
from services.chassis.telemetry import DEAD_LETTERS


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
        await self._publisher.publish([self._message(letter) for letter in letters])
        for letter in letters:
            topic = letter.record.topic.removeprefix(self._prefix)
            DEAD_LETTERS.labels(topic, group, letter.reason).inc()

    def _message(self, letter: DeadLetter) -> Message:
        record = letter.record
        topic = record.topic.removeprefix(self._prefix)
        return Message(
            topic=f"{topic}.dlq.{self._service}",
            key=record.key,
            value=record.value,
            headers=(
                *((name, value) for name, value in record.headers if not name.startswith("dlq-")),
                ("dlq-topic", topic.encode()),
                ("dlq-partition", str(record.partition).encode()),
                ("dlq-offset", str(record.offset).encode()),
                ("dlq-service", self._service.encode()),
                ("dlq-reason", letter.reason.encode()),
                ("dlq-time", self._clock().isoformat().encode()),
            ),
        )
