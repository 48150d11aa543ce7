"""The embedded broker keeps all in memory: killed, it forgets every record and every topic. Nobody is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.servers import EmbeddedBroker
from tests.faults.asking import Door
from tests.faults.house import House
from tests.support.ladder import own_mongo

pytestmark = pytest.mark.servers
_DOORS = (Door.PHONE, Door.PORTAL, Door.PAGE, Door.DESK, Door.MAIL)


@pytest.fixture
async def forgetful(tmp_path: Path) -> AsyncIterator[House]:
    broker = EmbeddedBroker(tmp_path / "broker")
    _, mongo = await asyncio.gather(broker.start(), own_mongo(tmp_path / "mongo"))
    house = House(tmp_path / "run", broker, mongo)
    try:
        await house.installation.start()
        yield house
    finally:
        await house.installation.stop()


async def test_a_broker_that_forgot_everything_loses_and_doubles_nobody(forgetful: House) -> None:
    broker, triage = forgetful.installation.broker, forgetful.installation.triage
    await forgetful.hand_in(forgetful.asks(20, *_DOORS))
    triage.suspend()  # so that some are under way: announced, and with no task yet
    await forgetful.hand_in(forgetful.asks(40, *_DOORS))
    before = len(forgetful.tasks())
    assert before < len(forgetful.ledger.accepted)
    await broker.wipe()
    triage.resume()
    await forgetful.hand_in(forgetful.asks(20, *_DOORS))  # accepted with no broker at all
    await broker.start()
    await forgetful.hand_in(forgetful.asks(20, *_DOORS))
    await forgetful.every_promise_becomes_a_task()
    assert len(forgetful.tasks()) == 100
