"""The citizens and their systems: each sends by its own door, and again with the same key until it is taken."""

import asyncio
import json
import random
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Self

import aiosmtplib
import httpx

from deploy.local.installation import KEY_ID, Installation
from schemas.channels import WebForm, WebFormReceived
from schemas.office import Office
from services.chassis.publishing import BrokerUnavailable, KafkaPublisher, Message
from services.chassis.settings import Settings
from services.intake.channels.signature import HEADER, sign
from services.intake.channels.upstream import raw_event
from tests.faults.asking import MARK, OFFICE, Ask, Door
from tests.faults.ledger import Ledger

_RECEIPT = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_BROWSER = {"accept": "text/html"}
_ANSWER_SECONDS = 35.0
_AT_ONCE = 12
_LONGEST_PATIENCE = 240.0


class Refused(Exception):
    """The installation said: not now. The sender keeps the request and sends it again."""


class Unanswered(Exception):
    """Nobody knows whether it was taken."""


class Senders:
    """All doors of one installation. Use it as a context."""

    def __init__(self, installation: Installation, office: Office, ledger: Ledger) -> None:
        self._installation = installation
        self._office = office
        self._ledger = ledger
        limits = httpx.Limits(max_connections=_AT_ONCE * len(Door), max_keepalive_connections=10)
        self._http = httpx.AsyncClient(base_url=installation.intake.url, timeout=_ANSWER_SECONDS, limits=limits)
        # A door each, so that those who wait for one server do not hold up those who need another.
        self._few = {door: asyncio.Semaphore(_AT_ONCE) for door in Door}
        broker = installation.broker
        self._connecting: asyncio.Task[None] | None = None
        self._publisher = KafkaPublisher(
            Settings(kafka_bootstrap_servers=broker.address, kafka_idempotent=broker.idempotent)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connecting is not None:
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._publisher.stop()
        await self._http.aclose()

    async def send(self, ask: Ask) -> bool:
        """Send until it is taken, or once where the citizen gives up; return whether it was taken."""
        chance = random.Random(ask.n)
        give_up = asyncio.get_running_loop().time() + _LONGEST_PATIENCE
        while True:
            async with self._few[ask.door]:
                if await self._try(ask):
                    break
            if ask.fickle or asyncio.get_running_loop().time() > give_up:
                return False
            await asyncio.sleep(chance.uniform(0.3, 2.0))
        if ask.again:
            async with self._few[ask.door]:
                await self._try(ask)
        return True

    async def _try(self, ask: Ask) -> bool:
        self._ledger.line(ask)
        try:
            receipt = await self._by_door(ask)
        except Refused as refusal:
            self._ledger.refuse(ask, str(refusal))
            return False
        except Unanswered as silence:
            self._ledger.lose(ask, str(silence))
            return False
        self._ledger.accept(ask, receipt)
        return True

    async def _by_door(self, ask: Ask) -> str | None:
        match ask.door:
            case Door.PHONE:
                return await self._call(ask)
            case Door.PORTAL:
                answer = await self._post(f"/v1/{OFFICE}/web", json=ask.fields(), headers={"idempotency-key": ask.key})
                return str(answer.json()["receipt"])
            case Door.PAGE:
                page = await self._post(
                    f"/{OFFICE}/", data={**ask.fields(), "idempotency_key": ask.key}, headers=_BROWSER
                )
                found = _RECEIPT.search(page.text)
                return found[0] if found else "none in the page"
            case Door.DESK:
                dropped = {"form_number": ask.key, "dropped_at": _acted(ask).isoformat()}
                bearer = {"authorization": f"Bearer {self._installation.desk_passphrase}"}
                answer = await self._post(f"/v1/{OFFICE}/form", json=ask.fields() | dropped, headers=bearer)
                return str(answer.json()["receipt"])
            case Door.MAIL:
                return await self._mail(ask)
            case Door.KAFKA:
                await self._publish(ask)
                return None

    async def _call(self, ask: Ask) -> str:
        call = {
            "event": "hangup",
            "cause": "noAnswer",
            "direction": "in",
            "callId": ask.key,
            "from": ask.phone,
            "to": self._office.calling_number,
            "urgency": ask.urgency.value,
            "voicemail": ask.text,
            "occurred": _acted(ask).isoformat(),
        }
        body = json.dumps(call).encode()
        signature = sign(self._installation.keys.key("phone"), KEY_ID, body, datetime.now(UTC))
        headers = {"content-type": "application/json", HEADER: signature}
        answer = await self._post(f"/v1/{OFFICE}/phone/cti", content=body, headers=headers)
        return str(answer.json()["receipt"])

    async def _post(self, url: str, **what: object) -> httpx.Response:
        try:
            answer = await self._http.post(url, **what)  # type: ignore[arg-type]  # json, data or content
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Refused("no connection") from error
        except httpx.HTTPError as error:
            raise Unanswered(type(error).__name__) from error
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            if "retry-after" not in answer.headers or "112" not in answer.text:
                self._ledger.wrong.append(f"{url}: 503 without Retry-After or emergency numbers")
            raise Refused("503")
        if not answer.is_success:
            self._ledger.wrong.append(f"{url}: HTTP {answer.status_code} {answer.text[:200]}")
            raise Refused(f"HTTP {answer.status_code}")
        return answer

    async def _mail(self, ask: Ask) -> str:
        mail = EmailMessage()
        mail["From"] = f"Ada {MARK} <ada@example.org>"
        mail["To"] = self._office.email
        mail["Subject"] = "Bitte um Rückruf"
        mail["Message-ID"] = f"<{ask.key}@example.org>"
        mail.set_content(f"{ask.text}\nMeine Nummer: {ask.phone}\n")
        port = self._installation.intake.other_port()
        try:
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=_ANSWER_SECONDS) as smtp:
                _, answer = await smtp.send_message(mail)
        except aiosmtplib.SMTPConnectError as error:
            raise Refused("no SMTP connection") from error
        except aiosmtplib.SMTPResponseException as error:
            if not 400 <= error.code < 500 and error.code != -1:
                self._ledger.wrong.append(f"SMTP {error.code} {error.message}")
            raise Refused(f"SMTP {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unanswered(type(error).__name__) from error
        found = _RECEIPT.search(answer)
        return found[0] if found else "none in the 250"

    async def _publish(self, ask: Ask) -> None:
        event = raw_event(
            WebFormReceived,
            office=OFFICE,
            key=ask.key,
            keyid=KEY_ID,
            channel_key=self._installation.keys.key("channel"),
            at=_acted(ask),
            payload=WebForm.model_validate(ask.fields()),
        )
        self._connecting = self._connecting or asyncio.create_task(self._publisher.start())
        try:
            await self._connecting
            await self._publisher.publish([Message(event.TYPE, str(event.subject).encode(), event.encode())])
        except BrokerUnavailable as error:
            raise Unanswered("Kafka") from error


def _acted(ask: Ask) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=ask.ago)
