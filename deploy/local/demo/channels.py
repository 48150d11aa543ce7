"""Hands requests in the way citizens and their systems do: webhook, form page, front desk, SMTP, Kafka."""

import html
import json
import re
import secrets
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Self

import aiosmtplib
import httpx
from aiokafka import AIOKafkaProducer

from deploy.local.demo.script import DemoRequest, Refused
from deploy.local.ending import Sorry
from deploy.local.installation import KEY_ID, Installation
from deploy.local.wording import t
from schemas.channels import Call, PhoneCallReceived, RawPayload, WebForm, WebFormReceived
from schemas.ids import callback_id, receipt_number
from schemas.office import Office
from schemas.words import Channel, Team
from services.chassis.connection import connection
from services.chassis.settings import Settings
from services.intake.channels.signature import HEADER, sign
from services.intake.channels.upstream import raw_event

_RECEIPT = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_SECONDS = 30.0
_BROWSER = {"accept": "text/html"}


class NotTaken(Sorry):
    """A channel did not answer as it should."""

    def __init__(self, detail: str) -> None:
        super().__init__(t("demo.wrong.not_taken", detail=detail))


@dataclass(frozen=True, slots=True)
class Sent:
    """What a channel answered: the receipt number, and whether it knew the request already."""

    receipt: str
    again: bool = False


class Channels:
    """All doors of one office. Use it as a context; then :meth:`send`."""

    def __init__(self, installation: Installation, office: Office) -> None:
        self._installation = installation
        self._office = office
        self._http = httpx.AsyncClient(
            base_url=installation.intake.url, timeout=_SECONDS, headers={"accept-language": ""}
        )
        self._desk = httpx.AsyncClient(base_url=installation.intake.url, timeout=_SECONDS, headers=_BROWSER)
        self._producer = AIOKafkaProducer(**kafka(installation), acks="all")
        self._forms = 0

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()
        await self._desk.aclose()
        await self._http.aclose()

    async def send(self, request: DemoRequest) -> tuple[Sent, ...]:
        """Hand a request in, twice where the script says so; raises :class:`NotTaken`."""
        match request.via:
            case "phone":
                return (await self._call(request),)
            case "web":
                return await self._web(request)
            case "desk":
                return (await self._paper(request),)
            case "email":
                return (await self._mail(request),)
            case "kafka":
                return (await self._event(request),)

    async def be_refused(self, refused: Refused, language: str) -> str:
        """Send a form that lacks a way to call back; return the sentence the page shows at the field."""
        headers = _BROWSER | {"accept-language": language}
        page = await self._post_form({"name": refused.name, "text": refused.text}, headers=headers)
        found = re.search(r'id="phone-error"[^>]*>(.*?)</(?:p|div)>', page.text, re.DOTALL)
        if page.status_code != httpx.codes.UNPROCESSABLE_ENTITY or not found:
            raise NotTaken(f"HTTP {page.status_code}")
        # "Error:" stands there for who cannot see the icon.
        words = re.sub(r"<span[^>]*sr-only[^>]*>.*?</span>|<svg.*?</svg>|<[^>]+>", " ", found[1], flags=re.DOTALL)
        return " ".join(html.unescape(words).split())

    async def _call(self, request: DemoRequest) -> Sent:
        fields = {
            "callId": secrets.token_hex(8),
            "direction": "in",
            "from": request.phone,
            "to": self._hotline(request.team),
            "language": request.language,
            "urgency": request.own_words or "",
            "voicemail": request.text,
            "occurred": (datetime.now(UTC) - timedelta(seconds=request.ago)).isoformat(),
        }
        await self._push(fields | {"event": "newCall"})
        answer = await self._push(fields | {"event": "hangup", "cause": "noAnswer"})
        return Sent(_expect(answer, httpx.codes.ACCEPTED).json()["receipt"])

    async def _push(self, fields: dict[str, str]) -> httpx.Response:
        body = json.dumps(fields).encode()
        signature = sign(self._installation.keys.key("phone"), KEY_ID, body, datetime.now(UTC))
        headers = {"content-type": "application/json", HEADER: signature}
        return await self._http.post(f"/v1/{self._office.id}/phone/cti", content=body, headers=headers)

    async def _web(self, request: DemoRequest) -> tuple[Sent, ...]:
        fields = _fields(request)
        files = [("photos", (request.photo, picture(), "image/png"))] if request.photo else []
        token = await self._form_token()
        sent = []
        for again in (False, True)[: 2 if request.again else 1]:
            page = await self._post_form(fields, files, token, _BROWSER)
            _expect(page, httpx.codes.OK if again else httpx.codes.CREATED)
            sent.append(Sent(_receipt(page.text, 'rr-big"'), again))
        return tuple(sent)

    async def _form_token(self) -> str:
        page = _expect(await self._http.get(f"/{self._office.id}/", headers=_BROWSER), httpx.codes.OK)
        return _hidden(page.text, "idempotency_key")

    async def _post_form(
        self,
        fields: dict[str, str],
        files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        # Browsers send the empty file field as well; and a form with one is always multipart.
        fields = fields | {"idempotency_key": token or await self._form_token()}
        files = files or [("photos", ("", b"", "application/octet-stream"))]
        return await self._http.post(f"/{self._office.id}/", data=fields, files=files, headers=headers)

    async def _paper(self, request: DemoRequest) -> Sent:
        url = f"/{self._office.id}/desk"
        page = await self._desk.get(url)
        if 'name="passphrase"' in page.text:
            login = {"csrf": _hidden(page.text, "csrf"), "passphrase": self._installation.desk_passphrase}
            _expect(await self._desk.post(f"{url}/sign-in", data=login), httpx.codes.SEE_OTHER)
            page = _expect(await self._desk.get(url), httpx.codes.OK)
        self._forms += 1
        dropped = (datetime.now(UTC) - timedelta(seconds=request.ago)).astimezone(self._office.zone)
        fields = _fields(request) | {
            "csrf": _hidden(page.text, "csrf"),
            "form_number": f"F-{self._forms:04}",
            "dropped_date": f"{dropped:%Y-%m-%d}",
            "dropped_time": f"{dropped:%H:%M}",
        }
        saved = _expect(await self._desk.post(url, data=fields), httpx.codes.CREATED)
        return Sent(_receipt(saved.text, 'role="status"'))

    async def _mail(self, request: DemoRequest) -> Sent:
        mail = EmailMessage()
        mail["From"] = formataddr((request.name, request.email))
        mail["To"] = self._office.email
        mail["Subject"] = request.subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{secrets.token_hex(12)}@example.org>"
        mail.set_content(request.text)
        paragraphs = "".join(f"<p>{html.escape(one)}</p>" for one in request.text.split("\n\n"))
        mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
        if request.photo:
            mail.add_attachment(picture(), maintype="image", subtype="png", filename=request.photo)
        port = self._installation.intake.other_port()
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=_SECONDS) as smtp:
            _, answer = await smtp.send_message(mail)
        return Sent(_receipt(answer, ""))

    async def _event(self, request: DemoRequest) -> Sent:
        payload: RawPayload
        wishes = {"language": request.language, "team": request.team, "own_words": request.own_words}
        if request.comes_by is Channel.PHONE:
            kind: type[PhoneCallReceived | WebFormReceived] = PhoneCallReceived
            payload = Call.model_validate(wishes | {"number": request.phone, "voicemail": request.text})
        else:
            kind = WebFormReceived
            words = {"name": request.name, "phone": request.phone, "email": request.email, "text": request.text}
            payload = WebForm.model_validate(wishes | words)
        key = secrets.token_hex(8)
        event = raw_event(
            kind,
            office=self._office.id,
            key=key,
            keyid=KEY_ID,
            channel_key=self._installation.keys.key("channel"),
            at=datetime.now(UTC),
            payload=payload,
        )
        topic = self._installation.environment().get("RUECKRUF_TOPIC_PREFIX", "") + kind.TYPE
        await self._producer.send_and_wait(topic, event.encode(), key=str(event.subject).encode())
        return Sent(receipt_number(callback_id(self._office.id, request.comes_by, key)))

    def _hotline(self, team: Team | None) -> str:
        return next((line.number for line in self._office.hotlines if line.team is team), self._office.calling_number)


def kafka(installation: Installation) -> dict[str, object]:
    """Return the connection arguments of a client of the installation's broker."""
    return connection(Settings(kafka_bootstrap_servers=installation.broker.address))


def picture() -> bytes:
    """Return a photograph of sorts: a PNG of 64 by 64 grey pixels."""
    side = 64
    rows = b"".join(b"\0" + bytes((x * y) % 256 for x in range(side)) for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def _fields(request: DemoRequest) -> dict[str, str]:
    return {
        "name": request.name,
        "phone": request.phone,
        "email": request.email,
        "team": request.team or "",
        "text": request.text,
        "own_words": request.own_words or "",
        "language": request.language,
        **({"interpreter": "yes"} if request.interpreter else {}),
    }


def _expect(answer: httpx.Response, status: int) -> httpx.Response:
    if answer.status_code != status:
        raise NotTaken(f"{answer.request.method} {answer.request.url.path}: HTTP {answer.status_code}")
    return answer


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    if not found:
        raise NotTaken(f"no field {name} in the page")
    return html.unescape(found[1])


def _receipt(text: str, after: str) -> str:
    found = _RECEIPT.search(text, max(text.find(after), 0))
    if not found:
        raise NotTaken("no receipt number in the answer")
    return found[0]
