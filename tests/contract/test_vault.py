"""What the services may expect of any vault: the one in memory and the one in MongoDB keep the same word."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.chassis.mongo import Session, connect, database, transaction
from services.chassis.sealing import new_key
from services.chassis.vault import ERASED, MongoVault, Vault, Wrapping
from tests.integration.chassis.house import settings_for
from tests.support.vault import MemoryVault

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Keeping:
    """A vault, and how a key gets into it."""

    vault: Vault
    add: Callable[[UUID], Awaitable[bytes]]


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def keeping(request: pytest.FixtureRequest) -> AsyncIterator[Keeping]:
    if request.param == "memory":
        memory = MemoryVault()

        async def keep(subject: UUID) -> bytes:
            key = memory.kept[subject] = new_key()
            return key

        yield Keeping(memory, keep)
        return
    settings = settings_for(None, request.getfixturevalue("database_name"), request.getfixturevalue("mongo_url"))
    client = connect(settings)
    vault = MongoVault(database(client, settings, "vault").get_collection("keys"), Wrapping(settings.vault_keys))
    await vault.prepare()

    async def add(subject: UUID) -> bytes:
        key, document = vault.wrapping.new(subject)

        async def work(session: Session) -> None:
            await vault.add([document], session)

        await transaction(client, work)
        return key

    yield Keeping(vault, add)
    client.close()


async def test_each_subject_has_a_key_of_its_own(keeping: Keeping) -> None:
    one, two = uuid4(), uuid4()
    keys = {one: await keeping.add(one), two: await keeping.add(two)}
    assert await keeping.vault.keys([one, two, uuid4()]) == keys
    assert keys[one] != keys[two]
    assert await keeping.vault.keys([]) == {}


async def test_an_erased_key_is_gone_for_good_and_says_so(keeping: Keeping) -> None:
    one, two = uuid4(), uuid4()
    await keeping.add(one)
    key = await keeping.add(two)
    await keeping.vault.erase(one, NOW)
    await keeping.vault.erase(one, NOW + timedelta(days=1))
    assert await keeping.vault.keys([one, two]) == {one: ERASED, two: key}


async def test_what_never_had_a_key_can_be_erased_so_that_it_never_gets_one(keeping: Keeping) -> None:
    unknown = uuid4()
    await keeping.vault.erase(unknown, NOW)
    assert await keeping.vault.keys([unknown]) == {unknown: ERASED}


@pytest.mark.servers
async def test_the_mark_of_an_erasure_holds_its_first_time_and_nothing_else(mongo_url: str, database_name: str) -> None:
    settings = settings_for(None, database_name, mongo_url)
    client = connect(settings)
    collection = database(client, settings, "vault").get_collection("keys")
    vault = MongoVault(collection, Wrapping(settings.vault_keys))
    subject = uuid4()
    await collection.insert_one(vault.wrapping.new(subject)[1])
    for later in range(3):
        await vault.erase(subject, NOW + timedelta(days=later))
    found: dict[str, Any] | None = await collection.find_one({"_id": subject})
    assert found == {"_id": subject, "erased_at": NOW}
    client.close()
