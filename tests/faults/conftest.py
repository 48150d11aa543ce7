"""The house that tests break: one a worker, on a Kafka and a MongoDB of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.faults.house import House
from tests.support.ladder import own_broker, own_mongo


@pytest.fixture(scope="session")
def _standing_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")

    async def start() -> House:
        broker, mongo = await asyncio.gather(own_broker(home / "broker"), own_mongo(home / "mongo"))
        standing = House(home / "run", broker, mongo)
        await standing.installation.start()
        return standing

    standing = asyncio.run(start())
    yield standing
    asyncio.run(standing.installation.stop())


@pytest.fixture
async def house(_standing_house: House) -> AsyncIterator[House]:
    """An installation on Apache Kafka, whole again after each test."""
    if not _standing_house.installation.broker.durable:
        pytest.skip("needs Apache Kafka (Java 17 and Maven): the embedded broker forgets all when it is killed")
    yield _standing_house
    await _standing_house.mend()
