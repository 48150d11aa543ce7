"""A house that rings: a topic, its listeners and a way to wait, for tests of the chassis on real servers."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from services.chassis.broker import Bus, TopicSpec
from services.chassis.clock import now
from services.chassis.consuming import Rejection
from services.chassis.settings import Settings
from tests.support.keeper import Standing
from tests.unit.chassis.records import Ring, decode

JOIN_SECONDS = 30.0


@dataclass(frozen=True)
class Rings:
    """The topic."""

    name: str = "rings"
    event: type[Ring] = Ring


TOPIC = Rings()


def settings_for(kafka: Standing | None, prefix: str, mongo_url: str = "", **given: object) -> Settings:
    return Settings.load(
        **{
            "vault_keys": {"a": bytes(32)},
            "kafka_bootstrap_servers": kafka.address if kafka else "127.0.0.1:1",
            "kafka_idempotent": bool(kafka and kafka.idempotent),
            "kafka_fetch_wait_ms": 500 if kafka and kafka.is_apache else 20,
            "topic_prefix": f"{prefix}.",
            "mongo_url": SecretStr(mongo_url),
            "mongo_database": prefix,
            **given,
        }
    )


@dataclass
class Listener:
    """Remembers what it was given; ``answer`` may fail, wait or reject."""

    answer: Callable[[Sequence[Ring]], object] = lambda _: None
    numbers: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    partitions: int = 3

    async def __call__(self, events: Sequence[Ring]) -> Sequence[Rejection] | None:
        answer = self.answer(events)
        if asyncio.iscoroutine(answer):
            answer = await answer
        self.numbers += [event.number for event in events]
        self.at += [time.monotonic() for _ in events]
        return answer if isinstance(answer, list) else None

    def bus(self, settings: Settings, *, group: str = "house.rings", most: int = 500) -> Bus:
        made = Bus(settings, "house", now, [TopicSpec(TOPIC.name, self.partitions, timedelta(days=1))])
        made.consume(TOPIC, decode, self, group=group, most=most)
        return made


async def until(condition: Callable[[], bool], what: str, within: float = JOIN_SECONDS) -> None:
    """Wait for a condition; fails with ``what`` was waited for."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"waited {within} s in vain: {what}"
        await asyncio.sleep(0.01)


async def ring(
    settings: Settings, *numbers: int, raw: Sequence[tuple[bytes | None, list[tuple[str, bytes | None]]]] = ()
) -> None:
    """Send numbers, each with itself as key, and raw records with headers."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers)
    await producer.start()
    topic = settings.topic_prefix + TOPIC.name
    try:
        sent = [await producer.send(topic, b"v1:%d" % number, key=b"%d" % number) for number in numbers]
        sent += [await producer.send(topic, value, key=b"raw", headers=headers) for value, headers in raw]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
