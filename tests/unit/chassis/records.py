"""Records, events and publishers for tests of the chassis, which knows no callback and no topic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from services.chassis.dead_letters import DeadLetters
from services.chassis.publishing import Message

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ring:
    """An event: a number."""

    number: int
    traceparent: str | None = None


def decode(value: bytes) -> Ring:
    """Read ``v1:7``; another version or anything else is refused."""
    version, _, number = value.partition(b":")
    if version != b"v1":
        raise ValueError("unknown version")
    return Ring(int(number))


def record(value: bytes | None, offset: int = 0, *, topic: str = "rings", partition: int = 0) -> ConsumerRecord:
    return ConsumerRecord(topic, partition, offset, 0, 0, b"key", value, None, 3, len(value or b""), ())


def rings(*numbers: int) -> list[ConsumerRecord]:
    return [record(b"v1:%d" % number, offset) for offset, number in enumerate(numbers)]


@dataclass
class Recorder:
    """A broker in memory; ``refusing`` is raised once an entry, in order."""

    messages: list[Message] = field(default_factory=list)
    refusing: list[Exception] = field(default_factory=list)
    calls: int = 0

    async def publish(self, messages: Sequence[Message]) -> None:
        self.calls += 1
        if self.refusing:
            raise self.refusing.pop(0)
        self.messages += messages


def dead_letters(publisher: Recorder) -> DeadLetters:
    return DeadLetters("house", publisher, lambda: NOW)


def header(message: Message, name: str) -> str:
    return (dict(message.headers)[name] or b"").decode()
