"""The whole service on real servers: what it accepts is in MongoDB, sealed, and on its way in Kafka."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx
import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from schemas.ids import receipt_number
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from tests.component.intake.house import NOW, PHONE_KEY
from tests.support.keeper import Standing
from tests.support.mails import TO

OFFICES = Path(__file__).parents[3] / "deploy" / "offices"


async def insisting(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Repeat what was not stored, as every sender does; a service that just started may say so once or twice."""
    async with asyncio.timeout(60):
        while (answer := await send()).status_code == 503:  # another server is waited for
            await asyncio.sleep(0.2)
    return answer


@pytest.mark.servers
async def test_every_channel_of_the_real_service_ends_in_one_ledger(
    kafka: Standing, mongo_url: str, database_name: str, prefix: str
) -> None:
    settings = IntakeSettings.model_validate(
        {
            "kafka_bootstrap_servers": kafka.address,
            "kafka_idempotent": kafka.idempotent,
            "kafka_fetch_wait_ms": 20,
            "kafka_replication": 1,
            "topic_prefix": prefix,
            "mongo_url": mongo_url,
            "mongo_database": database_name,
            "vault_keys": {"a": bytes(32)},
            "phone_keys": {"new": PHONE_KEY},
            "desk_key": "Sesam",
            "offices": OFFICES,
            "smtp_port": 0,
            "mail_readers": 1,
        }
    )
    app = create_app(settings, lambda: NOW)
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ada@example.org", "Bitte um Rückruf"
    mail.set_content("Der Strom ist weg.")
    asked = {"name": "Ada Muster", "email": "ada@example.org", "text": "Der Strom ist weg."}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
            web = await insisting(
                lambda: client.post("/v1/musterstadt/web", json=asked, headers={"idempotency-key": "1"})
            )
            photo = {"photos": ("Brief.png", b"\x89PNG\r\n\x1a\n" + bytes(50_000), "image/png")}
            page = await client.post("/musterstadt/", data=asked, files=photo)
            form = await client.post("/v1/musterstadt/form", json=asked, headers={"authorization": "Bearer Sesam"})
            live = await client.get("/health/live")
        sent = await aiosmtplib.send(
            mail, recipients=[TO], sender="ada@example.org", port=app.state.smtp_port, hostname="127.0.0.1"
        )
    assert [answer.status_code for answer in (web, page, form, live)] == [201, 201, 201, 200]
    client_ = AsyncIOMotorClient[dict[str, Any]](mongo_url, uuidRepresentation="standard")
    own = client_[f"{database_name}_intake"]
    kept = await own.requests.find().to_list(None)
    originals = await own.originals.find().to_list(None)
    client_.close()
    assert sorted(str(document["channel"]) for document in kept) == ["email", "form", "web", "web"]
    receipts = {receipt_number(document["_id"]) for document in kept}
    assert {web.json()["receipt"], form.json()["receipt"], sent[1].removeprefix("2.0.0 ")} < receipts
    assert len(originals) == 1
    stored = json.dumps([*kept, *originals], default=str)
    assert not [word for word in ("Ada", "Strom", "example.org", "Brief.png") if word in stored]
