"""MongoDB: all or nothing, again on a conflict, handled once, and never a wait without an end."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.chassis import mongo as mongo_module
from services.chassis.mongo import (
    Client,
    Database,
    Session,
    StoreUnavailable,
    already_there,
    connect,
    database,
    is_duplicate,
    transaction,
)
from tests.integration.chassis.house import settings_for
from tests.support.ladder import own_mongo

pytestmark = [pytest.mark.servers]


@pytest.fixture
async def client(mongo_url: str, database_name: str) -> AsyncIterator[Client]:
    made = connect(settings_for(None, database_name, mongo_url))
    yield made
    made.close()


@pytest.fixture
def own(client: Client, mongo_url: str, database_name: str) -> Database:
    return database(client, settings_for(None, database_name, mongo_url), "house")


async def test_all_of_a_transaction_happens_or_nothing(client: Client, own: Database) -> None:
    async def half(session: Session) -> None:
        await own.rings.insert_one({"_id": 1}, session=session)
        raise KeyError

    with pytest.raises(KeyError):
        await transaction(client, half)
    assert await own.rings.count_documents({}) == 0


async def test_a_write_conflict_runs_the_work_again_and_loses_no_change(client: Client, own: Database) -> None:
    await own.rings.insert_one({"_id": 1, "n": 0})
    runs = 0

    async def add_one(session: Session) -> None:
        nonlocal runs
        runs += 1
        document = await own.rings.find_one({"_id": 1}, session=session)
        assert document is not None
        await asyncio.sleep(0.01)
        await own.rings.replace_one({"_id": 1}, {"n": document["n"] + 1}, session=session)

    await asyncio.gather(*(transaction(client, add_one) for _ in range(8)))
    assert (await own.rings.find_one({"_id": 1}) or {})["n"] == 8
    assert runs > 8


async def test_the_same_fact_twice_is_handled_once(client: Client, own: Database) -> None:
    facts = [uuid4() for _ in range(10)]

    async def handle(ids: list[UUID]) -> None:
        fresh = [one for one in ids if one not in await already_there(own.rings, ids)]

        async def store(session: Session) -> None:
            await own.rings.insert_many([{"_id": one} for one in fresh], ordered=False, session=session)
            await own.totals.update_one({"_id": 0}, {"$inc": {"n": len(fresh)}}, upsert=True, session=session)

        if fresh:
            await transaction(client, store)

    await handle(facts[:6])
    await handle(facts)
    assert (await own.totals.find_one({"_id": 0}) or {})["n"] == 10


async def test_who_is_slower_with_the_same_fact_hears_it_is_a_duplicate(client: Client, own: Database) -> None:
    async def store(session: Session) -> None:
        await own.rings.insert_many([{"_id": 1}, {"_id": 2}], ordered=False, session=session)

    await transaction(client, store)
    with pytest.raises((BulkWriteError, DuplicateKeyError)) as refused:
        await transaction(client, store)
    assert is_duplicate(refused.value)


async def test_what_a_majority_has_is_read_with_its_own_types(own: Database) -> None:
    one = uuid4()
    await own.rings.insert_one({"_id": one, "at": datetime(2026, 11, 23, tzinfo=UTC)})
    document = await own.rings.find_one({"_id": one})
    assert document is not None
    assert document["at"].tzinfo is UTC
    assert own.write_concern.document["w"] == "majority"
    assert own.read_concern.level == "majority"


async def test_a_store_that_does_not_answer_is_unavailable_in_bounded_time(
    tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo_module, "_TRANSACTION_SECONDS", 2.0)
    server = await own_mongo(tmp_path)
    try:
        settings = settings_for(None, prefix, server.address)
        client = connect(settings)
        own = database(client, settings, "house")
        await own.rings.insert_one({"_id": 0})

        async def store(session: Session) -> None:
            await own.rings.insert_one({}, session=session)

        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            answers = await asyncio.gather(*(transaction(client, store) for _ in range(25)), return_exceptions=True)
            seconds = time.monotonic() - began
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert {type(answer) for answer in answers} == {StoreUnavailable}
        assert seconds < 8
        await transaction(client, store)
        client.close()
    finally:
        await server.stop()


async def test_a_store_that_is_not_there_is_unavailable_within_seconds(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo_module, "_TRANSACTION_SECONDS", 3.5)
    client = connect(settings_for(None, prefix, "mongodb://127.0.0.1:1/?replicaSet=rs0"))

    async def store(session: Session) -> None:
        await client[prefix].rings.insert_one({}, session=session)

    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await transaction(client, store)
    assert time.monotonic() - began < 6
    client.close()
