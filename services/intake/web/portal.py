"""The web portal: a page that works without scripts and cookies, and the same as JSON for other portals.

There is no honeypot: a field that browsers fill in by themselves would lose the people who need help most.
A limit on requests a minute belongs in front of ``hand_in``, by network and office.
"""

import secrets
from datetime import timedelta

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.office import Office
from schemas.words import Channel, Team, Urgency
from services.intake.channels.asking import (
    Asking,
    FieldsWrong,
    Upload,
    UploadBounds,
    offered_windows,
    read_asking,
    read_uploads,
)
from services.intake.channels.handing_in import RETRY_AFTER_SECONDS, NotStored, count_refusal, hand_in
from services.intake.channels.web import LONGEST_KEY, submission_of
from services.intake.channels.words_in import line
from services.intake.domain.submission import Original
from services.intake.web.sentences import sentence
from services.intake.web.site import Refused, Site

FIELDS = ("name", "phone", "email", "team", "text", "own_words", "language", "interpreter", "video")
_UPLOAD_TIME = timedelta(minutes=5)  # photographs over a weak mobile network
_MOST_FILES_PARSED = 100
_FORM_OVERHEAD = 512 * 1024


class Portal:
    """The request form of every office."""

    def __init__(self, site: Site) -> None:
        self._site = site
        settings = site.settings
        self._bounds = UploadBounds(
            settings.upload_most_files, settings.upload_most_bytes_each, settings.upload_most_bytes
        )

    def routes(self) -> APIRouter:
        """Return the portal's routes."""
        router = APIRouter(tags=["web"])
        router.add_api_route("/", self.first_office, methods=["GET"])
        router.add_api_route("/{office_id}/", self.form, methods=["GET"])
        router.add_api_route("/{office_id}/", self.send, methods=["POST"], status_code=201)
        router.add_api_route("/v1/{office_id}/web", self.send_json, methods=["POST"], status_code=201)
        return router

    async def first_office(self) -> Response:
        """Lead to the first office's form."""
        return RedirectResponse(f"/{self._site.offices.first.id}/", 303)

    async def form(self, request: Request, office_id: str) -> Response:
        """Show the request form."""
        return self._form(request, office_id, secrets.token_urlsafe(16), {}, {})

    async def send(self, request: Request, office_id: str) -> Response:
        """Take a request from the form: 201 with the receipt, 422 with the form and what is wrong with it."""
        pages = self._site.pages(office_id)
        most = self._bounds.bytes_all + _FORM_OVERHEAD
        async with self._site.bodies.form(request, most, _UPLOAD_TIME.total_seconds(), _MOST_FILES_PARSED) as sent:
            values = form_values(sent)
            nonce = str(sent.get("idempotency_key") or secrets.token_urlsafe(16))[:LONGEST_KEY]
            try:
                asking, originals = await self._read(sent, values)
            except FieldsWrong as wrong:
                return self._form(request, office_id, nonce, values, wrong.errors)
            # The page's own key and the words together: sent twice it is one callback, and a page that is
            # corrected and sent again is not mistaken for the first one.
            key = asking.fingerprint(nonce, originals)
            door = self._site.door(request)
            try:
                receipt = await hand_in(door, submission_of(asking, office_id, key, door.clock(), originals))
            except NotStored:
                return pages.error(request, 503, retry_after=RETRY_AFTER_SECONDS)
        return pages.render(
            request,
            "receipt.html",
            200 if receipt.already_known else 201,
            receipt=receipt.number,
            received=receipt.since,
            emergency=asking.own_words is Urgency.EMERGENCY,
            status_url=self._site.status_url(office_id),
        )

    async def send_json(self, request: Request, office_id: str) -> Response:
        """Take a request from another portal: 201 with the receipt, 200 where the key is known already."""
        return await self._site.answering(request, Channel.WEB, office_id, self._take_json)

    async def _take_json(self, request: Request, office: Office) -> Response:
        key = line(request.headers.get("idempotency-key", ""), LONGEST_KEY + 1)
        if not 0 < len(key) <= LONGEST_KEY:
            raise Refused(400, "idempotency_key_missing")
        asking = read_asking(await self._site.read_json(request))
        door = self._site.door(request)
        receipt = await hand_in(door, submission_of(asking, office.id, f"api {key}", door.clock()))
        return self._site.accepted(200 if receipt.already_known else 201, receipt, office)

    async def _read(self, sent: FormData, values: dict[str, object]) -> tuple[Asking, tuple[Original, ...]]:
        files = [one for one in sent.getlist("photos") if isinstance(one, UploadFile)]
        uploads = [Upload(file.filename or "", await file.read()) for file in files]
        errors: dict[str, str] = {}
        originals: tuple[Original, ...] = ()
        try:
            originals = read_uploads(uploads, self._bounds)
        except FieldsWrong as wrong:
            errors = wrong.errors
        try:
            asking = read_asking(values)
        except FieldsWrong as wrong:
            raise FieldsWrong(wrong.errors | errors) from None
        if errors:
            raise FieldsWrong(errors)
        return asking, originals

    def _form(
        self, request: Request, office_id: str, nonce: str, values: dict[str, object], errors: dict[str, str]
    ) -> Response:
        pages = self._site.pages(office_id)
        office = self._site.offices[office_id]
        t = pages.language(request)
        for code in errors.values():
            count_refusal(Channel.WEB, code)
        return pages.render(
            request,
            "request_form.html",
            422 if errors else 200,
            action=f"/{office_id}/",
            idempotency_key=nonce,
            values=values,
            errors={name: sentence(t, name, code) for name, code in errors.items()},
            teams=list(Team),
            talk_languages=office.languages,
            windows=offered_windows(office),
            photos_hint_mb=self._bounds.bytes_all // (1024 * 1024),
            status_url=self._site.status_url(office_id),
        )


def form_values(sent: FormData, fields: tuple[str, ...] = FIELDS) -> dict[str, object]:
    """Return the text fields of a form as they were sent; files among them are left out."""
    values: dict[str, object] = {name: text for name in fields if isinstance(text := sent.get(name), str)}
    return values | {"windows": [one for one in sent.getlist("windows") if isinstance(one, str)]}
