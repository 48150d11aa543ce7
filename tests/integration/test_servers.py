"""The servers themselves: they start, are spoken to, survive a kill, and leave nothing behind."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.servers import (
    ApacheKafka,
    EmbeddedBroker,
    EmbeddedMongo,
    GivenBroker,
    GivenMongo,
    ServerMissingError,
    ServerStartError,
    choose_broker,
    choose_mongo,
)
from tests.support.keeper import Standing

pytestmark = pytest.mark.servers

type_of_broker = ApacheKafka | EmbeddedBroker


@pytest.fixture(params=[EmbeddedBroker, pytest.param(ApacheKafka, marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> type_of_broker:
    made: type_of_broker = request.param(tmp_path)
    return made


async def test_a_broker_carries_a_record_and_answers_on_the_same_address_after_a_kill(
    broker: type_of_broker,
) -> None:
    async with broker:
        address = broker.address
        await _make_topic(address, "calls")
        await _send(address, "calls", b"ring")
        assert await _read_one(address, "calls") == b"ring"

        await broker.kill()
        assert broker.pid is None
        await broker.start()

        assert broker.address == address
        if broker.durable:
            assert await _read_one(address, "calls") == b"ring"


async def test_a_wiped_broker_is_empty(broker: type_of_broker) -> None:
    async with broker:
        await _make_topic(broker.address, "calls")
        await broker.wipe()
        await broker.start()
        assert "calls" not in await _topics(broker.address)


async def test_mongo_keeps_what_a_majority_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as mongo:
        client = _client(mongo.address)
        await client.office.requests.insert_one({"_id": "one"})
        client.close()

        await mongo.kill()
        await mongo.start()

        client = _client(mongo.address)
        assert await client.office.requests.find_one() == {"_id": "one"}
        client.close()


async def test_mongo_comes_back_on_another_port_with_its_data(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as mongo:
        client = _client(mongo.address)
        await client.office.requests.insert_one({"_id": "one"})
        client.close()
    (tmp_path / "ports").unlink()

    async with EmbeddedMongo(tmp_path) as moved:
        client = _client(moved.address)
        assert moved.port != mongo.port
        assert await client.office.requests.find_one() == {"_id": "one"}
        client.close()


async def test_mongo_does_transactions_and_change_streams(mongo_url: str, database_name: str) -> None:
    client = _client(mongo_url)
    office = client[database_name]
    await office.create_collection("requests")
    async with office.requests.watch() as changes, await client.start_session() as session:
        session.start_transaction()
        await office.requests.insert_one({"_id": "undone"}, session=session)
        await session.abort_transaction()
        async with session.start_transaction():
            await office.requests.insert_one({"_id": "done"}, session=session)
        change = await changes.next()
    assert change["documentKey"] == {"_id": "done"}
    assert await office.requests.count_documents({}) == 1
    client.close()


async def test_a_frozen_mongo_goes_on_where_it_was(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as mongo:
        client = _client(mongo.address)
        await client.office.requests.insert_one({"_id": "one"})
        mongo.suspend()
        waiting = asyncio.ensure_future(client.office.requests.find_one())
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
        mongo.resume()
        assert await waiting == {"_id": "one"}
        client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's leash is Linux's own")
@pytest.mark.parametrize("server", ["EmbeddedMongo", "EmbeddedBroker"])
def test_no_server_outlives_a_killed_parent(server: str, tmp_path: Path) -> None:
    program = (
        "import asyncio, pathlib, sys, time\n"
        f"from deploy.local.servers import {server} as Server\n"
        "server = Server(pathlib.Path(sys.argv[1]))\n"
        "asyncio.run(server.start())\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    assert _soon(lambda: not _lives(pid))


async def test_a_stopped_server_leaves_no_process_behind(tmp_path: Path) -> None:
    before = _children()
    async with EmbeddedMongo(tmp_path / "mongo"), EmbeddedBroker(tmp_path / "broker"):
        assert len(_children() - before) == 2
    assert _children() - before == set()


async def test_a_server_that_cannot_start_says_why_with_its_last_log_lines(tmp_path: Path) -> None:
    mongo = EmbeddedMongo(tmp_path, cache_gigabytes=-1)
    with pytest.raises(ServerStartError, match=r"(?s)ended while starting.*server\.log.*wiredTiger"):
        await mongo.start()
    assert mongo.pid is None


async def test_kafka_without_java_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ServerMissingError, match="needs Java 17 or newer"):
        await ApacheKafka(tmp_path).start()


def test_given_servers_win_over_embedded_ones(tmp_path: Path) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "RUECKRUF_MONGO_URL": "mongodb://mongo"}
    assert isinstance(choose_broker(tmp_path, given), GivenBroker)
    assert isinstance(choose_mongo(tmp_path, given), GivenMongo)
    assert isinstance(choose_broker(tmp_path, {}), EmbeddedBroker)
    assert isinstance(choose_mongo(tmp_path, {}), EmbeddedMongo)


async def test_a_given_server_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ServerStartError, match="No Kafka broker answers"):
        await GivenBroker("127.0.0.1:9").start()


async def test_a_given_broker_tells_whether_it_can_be_idempotent(kafka: Standing) -> None:
    given = GivenBroker(kafka.address)
    await given.start()
    assert given.idempotent == kafka.idempotent


@pytest.mark.kafka
async def test_apache_kafka_takes_an_idempotent_producer(kafka: Standing, prefix: str) -> None:
    await _make_topic(kafka.address, prefix)
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, enable_idempotence=True) as producer:
        await producer.send_and_wait(prefix, b"once")
    assert await _read_one(kafka.address, prefix) == b"once"


def _client(url: str) -> "AsyncIOMotorClient[dict[str, Any]]":
    return AsyncIOMotorClient(url, w="majority")


async def _make_topic(address: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()


async def _topics(address: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def _send(address: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all") as producer:
        await producer.send_and_wait(topic, value)


async def _read_one(address: str, topic: str) -> bytes:
    async with AIOKafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest") as consumer:
        record = await asyncio.wait_for(consumer.getone(), 20)
        return bytes(record.value)


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _soon(holds: Callable[[], bool], within_seconds: float = 5.0) -> bool:
    give_up = time.monotonic() + within_seconds
    while time.monotonic() < give_up:
        if holds():
            return True
        time.sleep(0.05)
    return False
