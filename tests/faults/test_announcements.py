"""What was accepted is told to Kafka again and again, but neither too late nor for nothing."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from schemas.channels import Wishes
from schemas.personal import Personal
from schemas.words import Channel
from services.chassis.mongo import connect, database
from services.chassis.publishing import BrokerUnavailable, Message
from services.chassis.vault import MongoVault, Wrapping
from services.intake.domain.submission import Submission
from services.intake.mongo import MongoRequests
from services.intake.settings import IntakeSettings

pytestmark = pytest.mark.servers
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WAIT = timedelta(seconds=20)


@dataclass
class Office:
    """A ledger, its clock, and a broker that can be away."""

    now: datetime = NOW
    away: bool = False
    told: list[UUID] = field(default_factory=list)
    requests: MongoRequests = field(init=False)

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.away:
            raise BrokerUnavailable
        self.told += [UUID((message.key or b"").decode()) for message in messages]

    async def ask(self, key: str) -> UUID:
        wish = Submission("musterstadt", Channel.WEB, key, self.now, Personal(name="A"), Wishes())
        (receipt,) = await self.requests.add([wish])
        await self.requests.stop()  # what is under way is told
        return receipt.callback

    async def again(self, after: timedelta) -> int:
        self.now += after
        return await self.requests.announce_again(self.now, WAIT, 100)


@pytest.fixture
async def office(mongo_url: str, database_name: str) -> AsyncIterator[Office]:
    made = Office()
    settings = IntakeSettings(mongo_url=SecretStr(mongo_url), mongo_database=database_name, vault_keys={"a": bytes(32)})
    client = connect(settings)
    vault = MongoVault(database(client, settings, "vault").get_collection("keys"), Wrapping(settings.vault_keys))
    made.requests = MongoRequests(client, database(client, settings, "intake"), vault, made, lambda: made.now)
    await made.requests.prepare()
    yield made
    client.close()


async def test_however_long_kafka_was_away_everything_is_told_at_its_return(office: Office) -> None:
    office.away = True
    callback = await office.ask("k")
    for _ in range(10):
        assert await office.again(WAIT) == 0
    office.away = False
    assert await office.again(timedelta(seconds=1)) == 1
    assert office.told == [callback]


async def test_one_that_got_lost_is_told_again_though_others_are_answered(office: Office) -> None:
    lost = await office.ask("lost")
    for number in range(5):
        office.now += WAIT / 2
        await office.requests.confirm([await office.ask(f"other {number}")], office.now)
    assert await office.again(timedelta(0)) == 1
    assert office.told[-1] == lost


async def test_one_that_kafka_refused_is_no_part_of_the_queue(office: Office) -> None:
    office.away = True
    lost = await office.ask("lost")
    office.away = False
    office.now += WAIT
    await office.requests.confirm([await office.ask("other")], office.now)
    assert await office.again(timedelta(0)) == 1
    assert office.told[-1] == lost


async def test_what_waits_its_turn_in_a_long_queue_is_not_told_again(office: Office) -> None:
    first = await office.ask("first")
    await office.ask("second")
    office.now += WAIT
    await office.requests.confirm([first], office.now)
    assert await office.again(timedelta(seconds=1)) == 0
    assert len(office.told) == 2
