"""Canary values go in through every door, well-formed and broken; nothing a service sends out in the open has them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.installation import KEY_ID, Installation
from deploy.local.servers import GivenBroker, GivenMongo
from schemas.channels import Call, PhoneCallReceived, WebForm, WebFormReceived
from services.intake.channels.signature import HEADER, sign
from services.intake.channels.upstream import raw_event
from tests.support.keeper import Standing

OFFICE = "musterstadt"
MAILBOX = "post@jobcenter-musterstadt.example"
CANARIES = ("Kanarienvogel", "+4930231250777", "30231250777", "kanari@example.org", "Zwitscherstrasse")
NAME, PHONE, _, MAIL, STREET = CANARIES
TEXT = f"Hier ist {NAME}, {STREET} 7, {MAIL}, Telefon {PHONE}. Der Strom ist abgestellt, wir haben kein Essen mehr."
ADVISOR = {"X-Rueckruf-Advisor": "katharina.vogt"}

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


@pytest.fixture
async def house(
    kafka: Standing, mongo_url: str, prefix: str, database_name: str, tmp_path: Path
) -> AsyncIterator[Installation]:
    broker = GivenBroker(kafka.address)
    settings = {
        "RUECKRUF_TOPIC_PREFIX": f"{prefix}.",
        "RUECKRUF_MONGO_DATABASE": database_name,
        "RUECKRUF_LOG_LEVEL": "debug",
    }
    installation = Installation(tmp_path, broker, GivenMongo(mongo_url), settings=settings)
    await installation.start()
    yield installation
    await asyncio.gather(*(service.stop() for service in installation.services))


async def test_no_log_topic_header_or_metric_shows_who_asked_or_what_they_said(
    house: Installation, prefix: str
) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        accepted = await _hand_in_everywhere(house, http)
        await _break_in_everywhere(house, http, prefix)
        callbacks = await _tasks(house, http, accepted)
        await _work(house, http, callbacks[0])
        await _fail_work(house, http, callbacks[1])
        await _until_put_aside(house, http, 3)
        metrics = [(await http.get(f"{service.url}/metrics")).text for service in house.services]
        figures = [(await http.get(f"{service.url}/figures")).text for service in (house.intake, house.notifier)]
    await asyncio.gather(*(service.stop() for service in house.services))
    records = await _all_records(house.broker.address, prefix)
    broken_on_purpose = [r for r in records if r.key == b"broken on purpose"]
    open_ = [record for record in records if record.key != b"broken on purpose"]
    assert len(broken_on_purpose) >= 6  # three sent, three put aside untouched
    for record in open_:
        _assert_clean(record.topic, (record.value or b"").decode("utf-8", "replace"))
    for record in records:
        _assert_clean(f"headers of {record.topic}", repr(record.headers) + repr(record.key))
    assert {topic.removeprefix(prefix) for topic in {record.topic for record in open_}} >= {
        f".rueckruf.{name}.v1" for name in ("callback.requested", "callback.emergency", "task.assigned", "task.closed")
    }
    for service in house.services:
        log = service.log.read_text("utf-8", "replace")
        assert log
        _assert_clean(f"log of {service.service}", log)
    for text in (*metrics, *figures):
        _assert_clean("metrics and figures", text)


async def test_what_is_stored_is_sealed_and_an_erased_callback_is_unreadable_for_good(
    house: Installation, mongo_url: str, database_name: str
) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        accepted = await _hand_in_everywhere(house, http)
        callback = (await _tasks(house, http, accepted))[0]
        await _work(house, http, callback, outcome="erased")
        page = await http.get(f"{house.notifier.url}/{OFFICE}/tasks/{callback}", headers=ADVISOR)
        assert page.status_code == 200
        _assert_clean("the page of an erased callback", page.text)
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo_url, uuidRepresentation="standard")
    looked_at = 0
    for name in await client.list_database_names():
        if name.startswith(database_name):
            for collection in await client[name].list_collection_names():
                async for document in client[name][collection].find():
                    looked_at += 1
                    _assert_clean(f"{name}.{collection}", repr(document))
    assert looked_at > 10


async def _hand_in_everywhere(house: Installation, http: httpx.AsyncClient) -> set[str]:
    """Hand in one request through each door; return the receipt numbers that were given."""
    intake, now = house.intake, datetime.now(UTC)
    receipts: set[str] = set()
    web = await http.post(
        f"{intake.url}/v1/{OFFICE}/web",
        headers={"Idempotency-Key": "canary-web"},
        json={"name": NAME, "phone": PHONE, "email": MAIL, "text": TEXT},
    )
    assert web.status_code == 201, web.text
    receipts.add(web.json()["receipt"])
    call = json.dumps(
        {"event": "hangup", "cause": "noAnswer", "direction": "in", "callId": "c1", "from": PHONE, "voicemail": TEXT}
    ).encode()
    headers = {"content-type": "application/json", HEADER: sign(house.keys.key("phone"), KEY_ID, call, now)}
    phone = await http.post(f"{intake.url}/v1/{OFFICE}/phone/cti", content=call, headers=headers)
    assert phone.status_code == 202, phone.text
    receipts.add(phone.json()["receipt"])
    form = await http.post(
        f"{intake.url}/v1/{OFFICE}/form",
        headers={"authorization": f"Bearer {house.desk_passphrase}"},
        json={"form_number": "F-1", "name": NAME, "phone": PHONE, "text": TEXT},
    )
    assert form.status_code == 201, form.text
    receipts.add(form.json()["receipt"])
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{MAIL}>", MAILBOX, f"Notfall {NAME}"
    mail["Message-ID"] = "<canary@example.org>"
    mail.set_content(TEXT)
    mail.add_attachment(TEXT.encode(), maintype="application", subtype="pdf", filename=f"{NAME}.pdf")
    _, answer = await aiosmtplib.send(
        mail, hostname="127.0.0.1", port=intake.other_port(), recipients=[MAILBOX], timeout=30, start_tls=False
    )
    receipts.add(answer.split()[-1])
    assert len(receipts) == 4
    return receipts


async def _break_in_everywhere(house: Installation, http: httpx.AsyncClient, prefix: str) -> None:
    """Send broken input that carries the canary to every door; each answer says so and repeats nothing aloud."""
    intake, now = house.intake, datetime.now(UTC)
    url = f"{intake.url}/v1/{OFFICE}"
    answers = [
        await http.post(
            f"{url}/web", content=f'{{"name": "{NAME}", "phone": '.encode(), headers={"Idempotency-Key": "b"}
        ),
        await http.post(
            f"{url}/web", json={"name": NAME, "phone": [PHONE], "text": 7}, headers={"Idempotency-Key": "b"}
        ),
        await http.post(f"{url}/web", json={"name": NAME * 500, "text": TEXT}, headers={"Idempotency-Key": "b"}),
        await http.post(f"{url}/phone/cti", json={"from": PHONE, "event": NAME}),
        await http.post(f"{url}/form", json={"name": NAME}, headers={"authorization": f"Bearer {NAME}"}),
        await http.post(f"{intake.url}/v1/{NAME}/web", json={"name": NAME}),
        await http.get(f"{house.notifier.url}/v1/{OFFICE}/receipts/{NAME}"),
        await http.post(f"{house.notifier.url}/v1/{OFFICE}/tasks/{NAME}/accept", headers=ADVISOR),
        await http.post(f"{house.notifier.url}/{OFFICE}/status", data={"receipt": TEXT}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500, (answer.url.path, answer.status_code, answer.text)
        assert "Traceback" not in answer.text
    producer = AIOKafkaProducer(bootstrap_servers=house.broker.address)
    await producer.start()
    topic = f"{prefix}.{WebFormReceived.TYPE}"
    broken = raw_event(
        WebFormReceived, office=OFFICE, key="k", keyid=KEY_ID, channel_key=bytes(32), at=now,
        payload=WebForm(name=NAME, phone=PHONE, text=TEXT),
    )  # fmt: skip
    good = raw_event(
        PhoneCallReceived, office=OFFICE, key="k", keyid=KEY_ID, channel_key=house.keys.key("channel"), at=now,
        payload=Call(number=PHONE, name=NAME, voicemail=TEXT),
    )  # fmt: skip
    for value in (TEXT.encode(), json.dumps({"type": WebFormReceived.TYPE, "name": NAME}).encode(), broken.encode()):
        await producer.send_and_wait(topic, value, key=b"broken on purpose")
    await producer.send_and_wait(f"{prefix}.{good.TYPE}", good.encode(), key=b"good")
    await producer.stop()


async def _tasks(house: Installation, http: httpx.AsyncClient, receipts: set[str]) -> list[str]:
    """Wait until each receipt has a task; return the callback ids."""
    for _ in range(300):
        listed = await http.get(f"{house.notifier.url}/v1/{OFFICE}/tasks", headers=ADVISOR)
        found = {task["receipt"]: task["callback"] for task in listed.json()["tasks"]}
        if receipts <= found.keys():
            return [found[receipt] for receipt in sorted(receipts)]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no task for {receipts - found.keys()}")


async def _until_put_aside(house: Installation, http: httpx.AsyncClient, count: int) -> None:
    for _ in range(200):
        lines = (await http.get(f"{house.intake.url}/metrics")).text.splitlines()
        if sum(float(line.split()[-1]) for line in lines if line.startswith("rueckruf_dead_letters_total{")) >= count:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"fewer than {count} records were put aside")


async def _work(house: Installation, http: httpx.AsyncClient, callback: str, outcome: str = "done") -> None:
    task = f"{house.notifier.url}/v1/{OFFICE}/tasks/{callback}"
    page = await http.get(f"{house.notifier.url}/{OFFICE}/tasks/{callback}", headers=ADVISOR)
    assert NAME in page.text, "the advisor sees whom to call"
    for step, body in (("accept", None), ("attempts", {"result": "reached"}), ("close", {"outcome": outcome})):
        answer = await http.post(f"{task}/{step}", json=body, headers=ADVISOR)
        assert answer.status_code == 200, answer.text


async def _fail_work(house: Installation, http: httpx.AsyncClient, callback: str) -> None:
    task = f"{house.notifier.url}/v1/{OFFICE}/tasks/{callback}"
    for step, body in (
        ("attempts", {"result": NAME}),
        ("close", {"outcome": "done", "note": TEXT}),
        ("reschedule", {}),
    ):
        answer = await http.post(f"{task}/{step}", json=body, headers=ADVISOR)
        assert 400 <= answer.status_code < 500, answer.text


async def _all_records(bootstrap: str, prefix: str) -> list[ConsumerRecord]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    described = await admin.describe_topics([name for name in await admin.list_topics() if name.startswith(prefix)])
    await admin.close()
    partitions = [TopicPartition(topic["topic"], p["partition"]) for topic in described for p in topic["partitions"]]
    assert partitions
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(60):
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            polled = await consumer.getmany(timeout_ms=500)
            records += [record for batch in polled.values() for record in batch]
    await consumer.stop()
    return records


def _assert_clean(place: str, text: str) -> None:
    for canary in CANARIES:
        assert canary not in text, f"{canary!r} stands in {place}: {text[max(0, text.find(canary) - 200) :][:500]}"
