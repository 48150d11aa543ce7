"""One fault at a time, each at the moment where it hurts most: nobody is lost, nobody is called twice."""

import asyncio

import pytest

from schemas import topics
from services.chassis.publishing import KafkaPublisher, Message
from services.chassis.settings import Settings
from tests.faults.asking import Door
from tests.faults.house import House, start_without_waiting
from tests.faults.watching import POISONED, read_all, records_of

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]
_DIRECT = (Door.PHONE, Door.PORTAL, Door.PAGE, Door.DESK, Door.MAIL)
_STRANGE = (b"no json at all", None, b"\xff\xfe", b"{}")


def publisher_of(house: House) -> KafkaPublisher:
    return KafkaPublisher(Settings(kafka_bootstrap_servers=house.installation.broker.address))


async def test_intake_killed_between_commit_and_publish_tells_it_after_its_restart(house: House) -> None:
    broker, intake = house.installation.broker, house.installation.intake
    broker.suspend()
    asked = house.asks(20, *_DIRECT)
    await house.hand_in(asked)
    assert {ask.callback for ask in asked} <= house.ledger.accepted
    assert not {ask.callback for ask in asked} & house.tasks().keys()
    await intake.kill()
    broker.resume()
    await intake.start()
    await house.every_promise_becomes_a_task()


async def test_notifier_killed_in_the_middle_of_a_batch_opens_each_task_once(house: House) -> None:
    notifier = house.installation.notifier
    before = len(house.tasks())
    asking = asyncio.create_task(house.hand_in(house.asks(90)))
    while len(house.tasks()) < before + 5:
        await asyncio.sleep(0.01)
    await notifier.kill()
    await notifier.start()
    await asking
    await house.every_promise_becomes_a_task()
    await house.caught_up()
    read = await read_all(house.installation.broker.address)
    assert read.assigned.keys() >= house.ledger.accepted
    assert {len(ids) for ids in read.assigned.values()} == {1}


async def test_zombies_that_wake_up_after_session_and_lease_do_no_harm(house: House) -> None:
    notifier, triage = house.installation.notifier, house.installation.triage
    asking = asyncio.create_task(house.hand_in(house.asks(60)))
    notifier.suspend()
    triage.suspend()
    await asyncio.sleep(17)
    notifier.resume()
    triage.resume()
    await asking
    await house.every_promise_becomes_a_task()


async def test_every_record_ten_times_and_a_month_old_one_again_change_nothing(house: House) -> None:
    await house.hand_in(house.asks(24, long_ago=True))
    await house.every_promise_becomes_a_task()
    await house.caught_up()
    before, known = house.tasks(), house.requests()
    publisher = publisher_of(house)
    await publisher.start()
    try:
        for topic in (topics.WEB, topics.CALLBACK_REQUESTED, topics.CALLBACK_TRIAGED, topics.CALLBACK_EMERGENCY):
            again = await records_of(house.installation.broker.address, topic.name)
            await publisher.publish([Message(topic.name, one.key, one.value) for one in again for _ in range(10)])
    finally:
        await publisher.stop()
    await asyncio.sleep(1)
    await house.caught_up()
    after = house.tasks()
    assert house.requests() == known
    assert after.keys() == before.keys()
    changing = {"fired", "alarm_at", "breaches"}  # what the clock does, not the record
    for callback, task in before.items():
        assert {name: after[callback][name] for name in task if name not in changing} == {
            name: value for name, value in task.items() if name not in changing
        }
    read = await read_all(house.installation.broker.address)
    assert {len(ids) for ids in read.assigned.values()} == {1}


async def test_poison_reaches_the_dead_letters_and_blocks_nobody(house: House) -> None:
    names = [topic.name for topic in (topics.WEB, topics.CALLBACK_REQUESTED, topics.CALLBACK_TRIAGED)]
    names.append(topics.CALLBACK_EMERGENCY.name)
    odd = (("source", b"\xff\xfe\xfd"),)
    publisher = publisher_of(house)
    await publisher.start()
    try:
        for part in range(3):
            await publisher.publish([Message(name, POISONED, _STRANGE[part], odd) for name in names])
            await house.hand_in(house.asks(12))
        await publisher.publish([Message(name, POISONED, _STRANGE[3], odd) for name in names])
    finally:
        await publisher.stop()
    await house.every_promise_becomes_a_task()
    await house.caught_up()
    read = await read_all(house.installation.broker.address)
    assert len(read.dead_letters) == len(names) * len(_STRANGE)
    assert {key for _, key in read.dead_letters} == {POISONED}


async def test_without_mongodb_senders_are_told_to_come_again_and_nothing_is_lost(house: House) -> None:
    mongo = house.installation.mongo
    await mongo.kill()
    answers = house.ledger.answers.copy()
    await house.hand_in(house.asks(10, *_DIRECT, fickle=True))
    assert house.ledger.answers - answers == {"503": 8, "SMTP 451": 2}
    patient = asyncio.create_task(house.hand_in(house.asks(24)))
    await asyncio.sleep(1)
    await mongo.start()
    await patient
    await house.every_promise_becomes_a_task()


async def test_without_kafka_at_their_start_services_accept_and_deliver_later(house: House) -> None:
    broker = house.installation.broker
    await asyncio.gather(*(service.stop() for service in house.installation.services))
    await broker.kill()
    starting = [await start_without_waiting(service) for service in reversed(house.installation.services)]
    asked = house.asks(20, *_DIRECT)
    await house.hand_in(asked)
    assert {ask.callback for ask in asked} <= house.ledger.accepted
    assert not {ask.callback for ask in asked} & house.tasks().keys()
    await broker.start()
    await asyncio.gather(*starting)
    await house.every_promise_becomes_a_task()
