"""An advisor's day in a real browser, on a running notifier: a task comes, is worked on, and goes."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from playwright.async_api import Browser, Page, expect
from pymongo import MongoClient

from deploy.local.service import ServiceProcess
from schemas.callback import CallbackTriaged, Triaged
from schemas.ids import callback_id, event_id, receipt_number
from schemas.personal import Personal
from schemas.topics import CALLBACK_EMERGENCY, CALLBACK_TRIAGED
from schemas.words import Category, Channel, Reading, Team, Urgency
from services.chassis.sealing import seal
from services.chassis.vault import Wrapping
from tests.support.browser import axe, browser, fits, look, page_of
from tests.support.keeper import Standing

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.servers]

_ROOT = Path(__file__).parents[2]
_KEY = bytes(range(32))
_OFFICE = "musterstadt"
_SAID = (
    "Guten Tag,\nich hoffe, es geht Ihnen gut. Die Kinder haben seit drei Tagen nur Toast gegessen, und der ist jetzt "
    "auch alle. Letztes Jahr war der Strom weg, das ist geregelt.\nMit freundlichen Grüßen"
)
_UPDATE_MS = 10_000


@dataclass
class Running:
    """A notifier that runs, and the way triage would speak to it."""

    process: ServiceProcess
    producer: AIOKafkaProducer
    mongo_url: str
    database: str
    prefix: str

    async def triaged(self, key: str, urgency: Urgency = Urgency.EMERGENCY, minutes_ago: int = 1) -> str:
        """Publish a decided request, its key in the vault; return its receipt number."""
        callback = callback_id(_OFFICE, Channel.WEB, f"{self.prefix} {key}")
        with MongoClient[dict[str, Any]](self.mongo_url) as client:
            options: CodecOptions[dict[str, Any]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
            vault = client.get_database(f"{self.database}_vault", codec_options=options)
            data_key, document = Wrapping({"test": _KEY}).new(callback)
            vault.get_collection("keys").insert_one(document)
        personal = Personal(name="Erika Muster", phone="+493023125999", text=_SAID)
        first, last = _SAID.index("Die Kinder"), _SAID.index(", und der")
        past = _SAID.index("Letztes Jahr")
        is_emergency = urgency is Urgency.EMERGENCY
        event = CallbackTriaged(
            id=event_id(callback, CallbackTriaged.TYPE),
            source="rueckruf/triage",
            time=datetime.now(UTC) - timedelta(minutes=minutes_ago),
            subject=callback,
            correlationid=callback,
            office=_OFFICE,
            data=Triaged.model_validate(
                {
                    "channel": Channel.WEB,
                    "receipt": receipt_number(callback),
                    "sealed": seal(data_key, personal.model_dump_json().encode(), callback.bytes),
                    "urgency": urgency,
                    "category": Category.NO_FOOD if is_emergency else Category.NONE,
                    "team": Team.BENEFITS,
                    "language": "de",
                    "danger_to_life": is_emergency,
                    "windows": [{"day": "mon", "start": "09:00", "end": "12:00"}],
                    "evidence": [
                        {"start": first, "end": last, "rule": "no_food/nothing-to-eat", "reading": Reading.AFFIRMED},
                        {"start": past, "end": past + 30, "rule": "energy_cutoff/cut", "reading": Reading.PAST},
                    ]
                    if is_emergency
                    else [],
                    "rules": "test",
                }
            ),
        )
        topic = CALLBACK_EMERGENCY if is_emergency else CALLBACK_TRIAGED
        await self.producer.send_and_wait(f"{self.prefix}{topic.name}", event.encode(), str(callback).encode())
        return receipt_number(callback)


@pytest_asyncio.fixture
async def notifier(
    kafka: Standing, mongo_url: str, prefix: str, database_name: str, tmp_path: Path
) -> AsyncIterator[Running]:
    process = ServiceProcess("notifier", tmp_path)
    process.settings = {
        "RUECKRUF_KAFKA_BOOTSTRAP_SERVERS": kafka.address,
        "RUECKRUF_KAFKA_IDEMPOTENT": str(kafka.idempotent).lower(),
        "RUECKRUF_KAFKA_FETCH_WAIT_MS": "500" if kafka.idempotent else "20",
        "RUECKRUF_KAFKA_REPLICATION": "1",
        "RUECKRUF_TOPIC_PREFIX": prefix,
        "RUECKRUF_MONGO_URL": mongo_url,
        "RUECKRUF_MONGO_DATABASE": database_name,
        "RUECKRUF_VAULT_KEYS": f"test:{base64.b64encode(_KEY).decode()}",
        "RUECKRUF_OFFICES": str(_ROOT / "deploy/offices"),
        "RUECKRUF_DEMO": "true",
    }
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all")
    await process.start()
    await producer.start()
    try:
        yield Running(process, producer, mongo_url, database_name, prefix)
    finally:
        await producer.stop()
        await process.stop()


async def _sign_in(page: Page, running: Running, name: str) -> None:
    await page.goto(f"{running.process.url}/{_OFFICE}/inbox")
    await page.get_by_role("button", name=name).click()
    await expect(page.get_by_role("heading", name="Aufgaben", level=1)).to_be_visible()


async def test_a_task_appears_is_worked_on_and_goes_while_a_colleague_watches(
    browser: Browser, notifier: Running
) -> None:
    async with page_of(browser) as aylin, page_of(browser, width=360, dark=True) as olena:
        await _sign_in(aylin, notifier, "Aylin Demir")
        await _sign_in(olena, notifier, "Olena Kovalenko")
        await expect(aylin.get_by_text("Alle sind zurückgerufen")).to_be_visible()

        receipt = await notifier.triaged("first")
        await expect(aylin.get_by_role("link", name=receipt)).to_be_visible(timeout=_UPDATE_MS)
        await expect(olena.get_by_role("link", name=receipt)).to_be_visible(timeout=_UPDATE_MS)
        assert (await aylin.title()).startswith("(1)")
        await notifier.triaged("second", Urgency.NORMAL)
        await expect(olena.get_by_text("2 offene Aufgaben").first).to_be_visible(timeout=_UPDATE_MS)
        await _is_fine(aylin, "advisor-inbox")
        await _is_fine(olena, "advisor-inbox-phone")

        await aylin.get_by_role("button", name=f"Übernehmen {receipt}").click()
        await expect(aylin.get_by_text("Sie haben die Aufgabe übernommen.")).to_be_visible()
        await expect(aylin.get_by_role("heading", name="Ein Leben kann in Gefahr sein")).to_be_visible()
        await expect(aylin.get_by_role("link", name="+49 30 23125999")).to_be_visible()
        await expect(aylin.locator("mark")).to_have_count(2)
        await _is_fine(aylin, "advisor-task")
        await expect(olena.get_by_text("Aylin Demir").first).to_be_visible(timeout=_UPDATE_MS)

        await aylin.get_by_label("Erreicht", exact=True).check()
        await aylin.get_by_role("button", name="Anruf eintragen").click()
        await expect(aylin.get_by_text("Der Anruf ist eingetragen.")).to_be_visible()

        await aylin.locator("#close summary").click()
        await aylin.get_by_label("Ergebnis").select_option("done")
        await aylin.get_by_role("button", name="Abschließen").click()
        await expect(aylin.get_by_text("Die Aufgabe ist abgeschlossen.")).to_be_visible()
        await expect(olena.get_by_role("link", name=receipt)).to_have_count(0, timeout=_UPDATE_MS)
        await _is_fine(aylin, "advisor-task-closed")


async def test_of_two_who_accept_one_wins_and_the_other_is_told_who(browser: Browser, notifier: Running) -> None:
    async with page_of(browser) as aylin:
        await _sign_in(aylin, notifier, "Aylin Demir")
        receipt = await notifier.triaged("wanted")
        await expect(aylin.get_by_role("link", name=receipt)).to_be_visible(timeout=_UPDATE_MS)
        late = await browser.new_context(locale="de", java_script_enabled=False)
        olena = await late.new_page()
        await _sign_in(olena, notifier, "Olena Kovalenko")
        await expect(olena.get_by_role("link", name=receipt)).to_be_visible()

        await aylin.get_by_role("button", name=f"Übernehmen {receipt}").click()
        await expect(aylin.get_by_text("Sie haben die Aufgabe übernommen.")).to_be_visible()
        await olena.get_by_role("button", name=f"Übernehmen {receipt}").click()
        await expect(olena.get_by_role("alert")).to_contain_text("Aylin Demir hat die Aufgabe schon übernommen.")
        await look(olena, "advisor-task-taken")
        await late.close()


async def test_figures_and_status_say_how_it_stands(browser: Browser, notifier: Running) -> None:
    async with page_of(browser) as page:
        await _sign_in(page, notifier, "Katharina Vogt")
        await page.get_by_role("link", name="Lage").click()
        unowned = page.locator(".rr-number", has_text="Notfälle ohne Zuständige")
        await expect(unowned).to_contain_text("0")
        receipt = await notifier.triaged("counted")
        await expect(unowned).to_contain_text("1", timeout=_UPDATE_MS)
        await _is_fine(page, "advisor-ops")

        await page.goto(f"{notifier.process.url}/{_OFFICE}/status")
        await page.get_by_label("Ihre Eingangsnummer").fill(receipt.lower())
        await page.get_by_role("button", name="Nachsehen").click()
        await expect(page.get_by_role("heading", name=f"Rückruf {receipt}")).to_be_visible()
        assert "Muster," not in await page.content()
        assert "Erika" not in await page.content()
        await _is_fine(page, "citizen-status")
        await page.goto(f"{notifier.process.url}/{_OFFICE}/who")
        await _is_fine(page, "advisor-who")


async def test_a_breach_is_seen_and_counted_the_moment_it_is_told(browser: Browser, notifier: Running) -> None:
    async with page_of(browser) as page:
        await _sign_in(page, notifier, "Katharina Vogt")
        await page.get_by_role("link", name="Lage").click()
        receipt = await notifier.triaged("late", minutes_ago=20)
        await expect(page.locator(".rr-number", has_text="überfällig")).to_contain_text("1", timeout=_UPDATE_MS)
        await page.get_by_role("link", name="Aufgaben").click()
        await expect(page.get_by_text("Übernahme überfällig seit 10 Min.")).to_be_visible()
        await page.get_by_role("button", name=f"Übernehmen {receipt}").click()
        await expect(page.get_by_text("Frist verletzt, gemeldet: Übernahme")).to_be_visible()
        await expect(page.get_by_text("Weitergegeben an Teamleitung")).to_be_visible()
        await look(page, "advisor-task-breached")
    async with httpx.AsyncClient(base_url=notifier.process.url) as client:
        metrics = (await client.get("/metrics")).text
    assert 'rueckruf_breaches_total{stage="owned",urgency="emergency"} 1.0' in metrics
    assert 'rueckruf_breaches_total{stage="attempted",urgency="emergency"} 0.0' in metrics
    assert 'rueckruf_open_tasks{office="musterstadt",urgency="emergency"} 1.0' in metrics


async def test_a_service_that_stops_ends_its_streams_at_once(notifier: Running) -> None:
    headers = {"accept": "text/html"}
    async with httpx.AsyncClient(base_url=notifier.process.url, headers=headers, timeout=20) as client:
        page = await client.get(f"/{_OFFICE}/who")
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        await client.post(f"/{_OFFICE}/who", data={"csrf": token, "identity": "aylin.demir", "next": ""})
        async with client.stream("GET", f"/{_OFFICE}/inbox/live") as stream:
            lines = stream.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            begun = datetime.now(UTC)
            await notifier.process.stop()
            rest = [line async for line in lines]
        assert any(line == "event: update" for line in rest)
        log = notifier.process.log.read_text("utf-8")
        assert "graceful shutdown exceeded" not in log
        assert datetime.now(UTC) - begun < timedelta(seconds=12)
        assert "Erika" not in log


async def test_a_read_of_a_case_is_logged_with_ids_only(browser: Browser, notifier: Running) -> None:
    async with page_of(browser) as page:
        await _sign_in(page, notifier, "Olena Kovalenko")
        receipt = await notifier.triaged("read")
        await page.get_by_role("link", name=receipt).click(timeout=_UPDATE_MS)
        await expect(page.get_by_text("Erika Muster")).to_be_visible()
    log = notifier.process.log.read_text("utf-8")
    reads = [json.loads(line) for line in log.splitlines() if '"case read"' in line]
    assert [read["advisor"] for read in reads] == ["olena.kovalenko"]
    assert reads[0].keys() == {"event", "callback", "advisor", "service", "level", "timestamp"}


async def _is_fine(page: Page, name: str) -> None:
    await axe(page)
    await fits(page)
    await look(page, name)
