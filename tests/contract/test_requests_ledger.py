"""What intake's use cases may expect of any ledger: the one in memory and the one in MongoDB keep the same word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from schemas.channels import Wishes
from schemas.personal import Personal
from schemas.words import Channel
from services.chassis.mongo import connect, database
from services.chassis.publishing import Message
from services.chassis.vault import MongoVault, Wrapping
from services.intake.domain.submission import Original, Submission
from services.intake.mongo import MongoRequests
from services.intake.ports import Requests
from services.intake.settings import IntakeSettings
from tests.support.ledger import MemoryRequests

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WAIT = timedelta(seconds=20)


@dataclass
class Ledger:
    """A ledger and how to see what it announced."""

    requests: Requests
    announced: Callable[[], Awaitable[list[UUID]]]


class Recorder:
    """A broker that confirms everything at once."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        self.messages += messages


@pytest.fixture(params=["memory", "mongo"])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    if request.param == "memory":
        memory = MemoryRequests(NOW)

        async def announced() -> list[UUID]:
            return memory.announced

        yield Ledger(memory, announced)
        return
    url, name = request.getfixturevalue("mongo_url"), request.getfixturevalue("database_name")
    settings = IntakeSettings(mongo_url=SecretStr(url), mongo_database=name, vault_keys={"a": bytes(32)})
    client = connect(settings)
    own = database(client, settings, "intake")
    recorder = Recorder()
    vault = MongoVault(database(client, settings, "vault").get_collection("keys"), Wrapping(settings.vault_keys))
    mongo = MongoRequests(client, own, vault, recorder, lambda: NOW)
    await mongo.prepare()

    async def published() -> list[UUID]:
        await mongo.stop()
        return [UUID((message.key or b"").decode()) for message in recorder.messages]

    yield Ledger(mongo, published)
    await mongo.stop()
    client.close()


def asked(key: str, at: datetime = NOW) -> Submission:
    return Submission(
        "musterstadt", Channel.WEB, key, at, Personal(name="Ada Muster", text="Bitte um Rückruf"), Wishes()
    )


async def test_receipts_come_in_the_order_of_the_submissions(ledger: Ledger) -> None:
    many = [asked(f"k{number}") for number in range(20)]
    receipts = await ledger.requests.add(many)
    assert [receipt.callback for receipt in receipts] == [one.callback for one in many]
    assert not any(receipt.already_known for receipt in receipts)
    assert sorted(await ledger.announced()) == sorted(one.callback for one in many)


async def test_the_same_key_is_the_same_callback_and_keeps_its_first_time(ledger: Ledger) -> None:
    (first,) = await ledger.requests.add([asked("k")])
    (again,) = await ledger.requests.add([asked("k", NOW + timedelta(hours=5))])
    assert (again.callback, again.number, again.since) == (first.callback, first.number, NOW)
    assert again.already_known
    assert await ledger.announced() == [first.callback]


async def test_the_same_key_twice_in_one_batch_is_stored_once(ledger: Ledger) -> None:
    receipts = await ledger.requests.add([asked("k"), asked("other"), asked("k", NOW + timedelta(minutes=1))])
    assert [receipt.already_known for receipt in receipts] == [False, False, True]
    assert receipts[2].since == NOW
    assert len(await ledger.announced()) == 2


async def test_the_same_key_at_the_same_moment_is_stored_once(ledger: Ledger) -> None:
    answers = await asyncio.gather(*(ledger.requests.add([asked("k"), asked(f"own {n}")]) for n in range(5)))
    assert len({receipts[0].number for receipts in answers}) == 1
    assert sum(not receipts[0].already_known for receipts in answers) == 1
    assert len(await ledger.announced()) == 6


async def test_what_came_along_is_taken_with_it(ledger: Ledger) -> None:
    photo = Original("Brief.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(2_000_000))
    (receipt,) = await ledger.requests.add([replace(asked("k"), originals=(photo,))])
    assert not receipt.already_known


async def test_what_has_no_task_yet_is_announced_again_with_growing_waits(ledger: Ledger) -> None:
    (receipt,) = await ledger.requests.add([asked("k")])
    assert await ledger.requests.announce_again(NOW + WAIT / 2, WAIT, 10) == 0
    assert await ledger.requests.announce_again(NOW + WAIT, WAIT, 10) == 1
    assert await ledger.requests.announce_again(NOW + 2 * WAIT, WAIT, 10) == 0
    assert await ledger.requests.announce_again(NOW + 4 * WAIT, WAIT, 10) == 1
    assert await ledger.announced() == [receipt.callback] * 3


async def test_what_has_a_task_is_not_announced_again(ledger: Ledger) -> None:
    receipts = await ledger.requests.add([asked("a"), asked("b")])
    await ledger.requests.confirm([receipts[0].callback], NOW)
    assert await ledger.requests.announce_again(NOW + timedelta(days=1), WAIT, 10) == 1
    assert (await ledger.announced()).count(receipts[0].callback) == 1
