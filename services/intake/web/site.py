"""What every route of intake stands on: the offices' pages, the door, bounded bodies, and answers for systems."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import cast

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schemas.office import Office, Offices
from schemas.words import Channel
from services.chassis.texts import Language, Texts
from services.chassis.web import pages as kit
from services.chassis.web.guards import Csrf
from services.intake.channels.asking import FieldsWrong
from services.intake.channels.door import Door
from services.intake.channels.handing_in import RETRY_AFTER_SECONDS, NotStored, count_refusal
from services.intake.domain.submission import Receipt
from services.intake.settings import IntakeSettings
from services.intake.web.bodies import Bodies
from services.intake.web.sentences import problem_text, sentence
from services.intake.web.tokens import Signer

_TEMPLATES = Path(__file__).parent / "templates"
_TEXTS = Path(__file__).parents[2] / "texts"
_FORM_OVERHEAD = 1024 * 1024
_MOST_JSON = 512 * 1024
_JSON_SECONDS = 10.0


class Refused(Exception):
    """A call of another system that cannot be taken: HTTP status, reason code, and codes by field."""

    def __init__(self, status: int, code: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.fields = dict(fields or {})


class Site:
    """Intake's addresses for one installation; every office has pages of its own."""

    def __init__(self, settings: IntakeSettings, offices: Offices) -> None:
        self.settings = settings
        self.offices = offices
        secret = settings.form_key.encode() or secrets.token_bytes(32)
        csrf = Csrf(secret)
        self._pages = {
            office.id: kit.Pages(
                Texts.load(_TEXTS, office.zone), kit.Office(office.name, office.calling_number), csrf, [_TEMPLATES]
            )
            for office in offices.values()
        }
        self.desk_sessions = Signer(secret + settings.desk_key.encode(), "desk")
        self.bodies = Bodies(settings.http_most_bytes_at_once)

    def install(self, app: FastAPI) -> None:
        """Give the app static files, guards and error pages."""
        self._pages[self.offices.first.id].install(app, self.settings.upload_most_bytes + _FORM_OVERHEAD)

    def door(self, request: Request) -> Door:
        """Return the way in; it is there as soon as the service has started."""
        return cast(Door, request.app.state.door)

    def pages(self, office_id: str) -> kit.Pages:
        """Return the pages of an office; raises HTTPException 404 where there is none."""
        if office_id not in self._pages:
            raise HTTPException(404)
        return self._pages[office_id]

    def status_url(self, office_id: str) -> str:
        """Return where a receipt number is looked up; without notifier's page, the request form."""
        return self.settings.status_url or f"/{office_id}/"

    async def read_json(self, request: Request) -> dict[str, object]:
        """Return the JSON object of a request; raises :class:`Refused` or HTTPException."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "media_type_unknown")
        async with self.bodies.whole(request, _MOST_JSON, _JSON_SECONDS) as body:
            return read_json(body)

    def accepted(self, status: int, receipt: Receipt, office: Office, **more: object) -> Response:
        """Tell a system that a request is durable; nothing about the person is repeated."""
        body = {
            "accepted": True,
            "receipt": receipt.number,
            "since": receipt.since.isoformat(),
            "already_known": receipt.already_known,
            "calling_number": office.calling_number,
            "status_url": self.settings.status_url or None,
            **more,
        }
        return Response(orjson.dumps(body), status, media_type="application/json")

    async def answering(
        self, request: Request, channel: Channel, office_id: str, take: Callable[[Request, Office], Awaitable[Response]]
    ) -> Response:
        """Answer another system with what ``take`` returns, or with what is wrong and what to do."""
        if office_id not in self.offices:
            return self._refused(request, channel, Refused(404, "unknown_office"))
        try:
            return await take(request, self.offices[office_id])
        except FieldsWrong as wrong:
            return self._refused(request, channel, Refused(422, "fields_wrong", wrong.errors))
        except Refused as refusal:
            return self._refused(request, channel, refusal)
        except NotStored:
            return self._not_stored(request, self.offices[office_id])

    def _refused(self, request: Request, channel: Channel, refusal: Refused) -> Response:
        count_refusal(channel, refusal.code)
        t = self._language(request)
        fields = refusal.fields.items()
        errors = [{"field": name, "code": code, "detail": sentence(t, name, code)} for name, code in fields]
        return _problem(refusal.status, refusal.code, problem_text(t, refusal.code), errors)

    def _not_stored(self, request: Request, office: Office) -> Response:
        t = self._language(request)
        numbers = ", ".join(
            f"{one.number} {one.label.de if t.code == 'de' else one.label.en}" for one in office.emergency_numbers
        )
        answer = _problem(503, "not_stored", problem_text(t, "not_stored", emergency=numbers), [])
        answer.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        return answer

    def _language(self, request: Request) -> Language:
        return self._pages[self.offices.first.id].language(request)


def read_json(body: bytes) -> dict[str, object]:
    """Return the object that ``body`` is; raises :class:`Refused`."""
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise Refused(400, "json_unreadable")
    return values


def _problem(status: int, code: str, detail: str, errors: list[dict[str, str]]) -> Response:
    # RFC 9457
    body: dict[str, object] = {"type": "about:blank", "title": code.replace("_", " "), "status": status}
    body |= {"code": code, "detail": detail, "accepted": False}
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), status, media_type="application/problem+json")
