"""What is stored is published, whoever dies in between, and no entry that Kafka refuses holds up another."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest

from services.chassis import outbox as outbox_module
from services.chassis.mongo import Client, Database, Session, connect, database, transaction
from services.chassis.outbox import Entry, Outbox, Relay
from services.chassis.publishing import BrokerUnavailable, Message, Unpublishable
from services.chassis.telemetry import OUTBOX_AGE
from tests.integration.chassis.house import settings_for, until

pytestmark = [pytest.mark.servers]


class Broker:
    """Takes what it is given, but for values it refuses for ever, and nothing while it is away."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self.messages: list[Message] = []
        self.refused: set[bytes | None] = set()
        self.away = False

    async def publish(self, messages: Sequence[Message]) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise BrokerUnavailable("KafkaTimeoutError")
        if self.refused & {message.value for message in messages}:
            raise Unpublishable("MessageSizeTooLargeError")
        self.messages += messages
        self.values += [message.value for message in messages]


@dataclass
class House:
    """A database with an outbox and a broker to publish to."""

    client: Client
    own: Database
    outbox: Outbox
    broker: Broker

    async def say(self, *values: bytes) -> list[Entry]:
        return await self.store([Message("rings", b"k", value, (("h", b"1"), ("none", None))) for value in values])

    async def store(self, messages: Sequence[Message]) -> list[Entry]:
        async def work(session: Session) -> list[Entry]:
            await self.own.rings.insert_one({"said": len(messages)}, session=session)
            return await self.outbox.put(messages, session)

        return await transaction(self.client, work)

    async def left(self) -> int:
        return await self.own.outbox.count_documents({})

    async def nothing_left(self) -> None:
        async with asyncio.timeout(10):
            while await self.left():
                await asyncio.sleep(0.02)


@pytest.fixture
async def house(mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(outbox_module, "_LEASE_MS", 300)
    monkeypatch.setattr(outbox_module, "_SWEEP_SECONDS", 0.05)
    settings = settings_for(None, database_name, mongo_url)
    client = connect(settings)
    own = database(client, settings, "house")
    made = House(client, own, Outbox(own.outbox), Broker())
    await made.outbox.prepare()
    yield made
    client.close()


@pytest.fixture
async def relay(house: House) -> AsyncIterator[Relay]:
    made = Relay(house.outbox, house.broker)
    yield made
    await made.stop()


async def test_an_entry_is_published_at_once_after_the_commit_and_then_forgotten(house: House, relay: Relay) -> None:
    relay.start()
    relay.publish_soon(await house.say(b"1", b"2"))
    await until(lambda: house.broker.values == [b"1", b"2"], "both", 5)
    await house.nothing_left()
    assert house.broker.messages[0] == Message("rings", b"k", b"1", (("h", b"1"), ("none", None)))


async def test_what_is_not_committed_is_never_published(house: House, relay: Relay) -> None:
    async def fails(session: Session) -> None:
        await house.outbox.put([Message("rings", b"k", b"never")], session)
        raise KeyError

    relay.start()
    with pytest.raises(KeyError):
        await transaction(house.client, fails)
    await asyncio.sleep(0.6)
    assert house.broker.values == []
    assert await house.left() == 0


async def test_another_relay_publishes_what_a_dead_writer_left(house: House, relay: Relay) -> None:
    await house.say(b"orphan")  # and the process is gone before it publishes
    relay.start()
    await until(lambda: house.broker.values == [b"orphan"], "the sweep", 5)
    assert house.broker.messages[0].headers == (("h", b"1"), ("none", None))
    await house.nothing_left()


async def test_the_writer_holds_the_first_lease_so_the_sweep_leaves_it_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "_LEASE_MS", 60_000)
    await house.say(b"fresh")
    assert await house.outbox.claim() is None


async def test_two_relays_never_hold_one_entry(house: House) -> None:
    for number in range(20):
        await house.say(b"%d" % number)
    await asyncio.sleep(0.4)
    claims = await asyncio.gather(*(house.outbox.claim() for _ in range(40)))
    ids = [entry[0] for entry in claims if entry is not None]
    assert len(ids) == len(set(ids)) == 20


async def test_a_lease_that_ran_out_is_given_again(house: House) -> None:
    await house.say(b"1")
    await asyncio.sleep(0.4)
    first = await house.outbox.claim()
    assert await house.outbox.claim() is None
    await asyncio.sleep(0.4)
    assert await house.outbox.claim() == first


async def test_leases_go_by_the_clock_of_the_database_not_of_a_replica(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.say(b"1")
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert await house.outbox.claim() is None
    assert 0 <= await house.outbox.oldest_seconds() < 60


async def test_an_entry_that_kafka_refuses_for_ever_holds_up_no_other_one(house: House, relay: Relay) -> None:
    house.broker.refused = {b"huge %d" % number for number in range(8)}
    for number in range(8):
        await house.say(b"huge %d" % number)
    for number in range(60):
        await house.say(b"%d" % number)
    relay.start()
    await until(lambda: len(set(house.broker.values)) == 60, "all others", 10)
    relay.publish_soon(await house.say(b"new"))
    await until(lambda: b"new" in house.broker.values, "a new one", 5)
    async with asyncio.timeout(10):
        while await house.left() != 8:
            await asyncio.sleep(0.02)


async def test_while_the_broker_is_away_the_age_of_the_oldest_entry_grows_in_the_metrics(
    house: House, relay: Relay
) -> None:
    house.broker.away = True
    relay.start()
    relay.publish_soon(await house.say(b"1"))
    await until(lambda: OUTBOX_AGE._value.get() > 1.0, "the age to show", 10)
    house.broker.away = False
    await until(lambda: house.broker.values == [b"1"], "the entry", 10)
    await until(lambda: OUTBOX_AGE._value.get() == 0, "the age to fall", 10)


async def test_more_than_a_document_holds_is_split_and_stays_in_order(house: House, relay: Relay) -> None:
    values = [bytes([number]) * 900_000 for number in range(20)]
    entries = await house.store([Message("rings", b"k", value) for value in values])
    assert len(entries) > 1
    assert [message.value for _, part in entries for message in part] == values
    relay.start()
    await until(lambda: set(house.broker.values) == set(values), "the sweep", 20)


async def test_nothing_to_say_makes_no_entry(house: House) -> None:
    assert await house.store([]) == []


async def test_a_stop_finishes_what_is_under_way(house: House) -> None:
    relay = Relay(house.outbox, house.broker)
    relay.start()
    relay.publish_soon(await house.say(b"last"))
    await relay.stop()
    assert house.broker.values == [b"last"]
    assert await house.left() == 0
