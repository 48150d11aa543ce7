"""The front desk: a clerk types in what citizens dropped in the letter box; the same as JSON for scanners.

A limit on tries of the passphrase belongs in :meth:`Desk.sign_in`, by network.
"""

from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.office import Office
from schemas.words import Channel, Team
from services.intake.channels.asking import FieldsWrong, offered_windows, read_asking
from services.intake.channels.form import bounded, dropped_at, submission_of
from services.intake.channels.handing_in import RETRY_AFTER_SECONDS, NotStored, count_refusal, hand_in
from services.intake.web.portal import FIELDS, form_values
from services.intake.web.sentences import sentence
from services.intake.web.site import Refused, Site
from services.intake.web.tokens import same

COOKIE = "rueckruf-desk"
_SHIFT = timedelta(hours=10)
_MOST_BYTES = 512 * 1024
_SECONDS = 10.0
_DESK_FIELDS = (*FIELDS, "form_number", "dropped_date", "dropped_time")


class Desk:
    """The front desk of every office, behind one passphrase."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._passphrase = site.settings.desk_key

    def routes(self) -> APIRouter:
        """Return the front desk's routes."""
        router = APIRouter(tags=["form"])
        router.add_api_route("/{office_id}/desk", self.desk, methods=["GET"])
        router.add_api_route("/{office_id}/desk", self.save, methods=["POST"], status_code=201)
        router.add_api_route("/{office_id}/desk/sign-in", self.sign_in, methods=["POST"], status_code=303)
        router.add_api_route("/v1/{office_id}/form", self.send_json, methods=["POST"], status_code=201)
        return router

    async def desk(self, request: Request, office_id: str) -> Response:
        """Show the empty form, or the question for the passphrase."""
        if not self._is_open(request, office_id):
            return self._ask(request, office_id, 200)
        return self._form(request, office_id, 200)

    async def sign_in(self, request: Request, office_id: str) -> Response:
        """Open the desk for a shift."""
        pages = self._site.pages(office_id)
        self._refuse_closed()
        async with self._site.bodies.form(request, _MOST_BYTES, _SECONDS) as form:
            pages.csrf.check(request, form)
            given = form.get("passphrase")
        if not isinstance(given, str) or not same(given, self._passphrase):
            count_refusal(Channel.FORM, "passphrase_wrong")
            return self._ask(request, office_id, 403, wrong=True)
        answer = RedirectResponse(f"/{office_id}/desk", 303)
        answer.set_cookie(
            COOKIE,
            self._site.desk_sessions.issue(office_id, self._site.door(request).clock()),
            path=f"/{office_id}/desk",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def save(self, request: Request, office_id: str) -> Response:
        """Record a paper form: 201 with its receipt and an empty form for the next one."""
        pages = self._site.pages(office_id)
        if not self._is_open(request, office_id):
            return self._ask(request, office_id, 403)
        async with self._site.bodies.form(request, _MOST_BYTES, _SECONDS) as sent:
            pages.csrf.check(request, sent)
            values = form_values(sent, _DESK_FIELDS)
        door = self._site.door(request)
        now = door.clock()
        number, day, time = (str(values.get(name, "")) for name in ("form_number", "dropped_date", "dropped_time"))
        try:
            dropped = dropped_at(day, time, self._site.offices[office_id].zone, now)
            submission = submission_of(read_asking(values), office_id, number, dropped, now)
            receipt = await hand_in(door, submission)
        except FieldsWrong as wrong:
            return self._form(request, office_id, 422, values, wrong.errors)
        except NotStored:
            return pages.error(request, 503, retry_after=RETRY_AFTER_SECONDS)
        if receipt.already_known:
            # Two forms with one number would be one callback: the clerk must see that nothing was added.
            return self._form(request, office_id, 409, values, {"form_number": "known"}, receipt.number)
        return self._form(request, office_id, 201, saved=receipt.number)

    async def send_json(self, request: Request, office_id: str) -> Response:
        """Record a paper form by JSON: 201 with the receipt, 200 where its number is known already."""
        return await self._site.answering(request, Channel.FORM, office_id, self._take_json)

    async def _take_json(self, request: Request, office: Office) -> Response:
        if not self._passphrase:
            raise Refused(403, "desk_closed")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same(given.strip(), self._passphrase):
            raise Refused(401, "bearer_wrong")
        values = await self._site.read_json(request)
        door = self._site.door(request)
        now = door.clock()
        number = values.get("form_number") or ""
        if not isinstance(number, str | int):
            raise FieldsWrong({"form_number": "unreadable"})
        dropped = _dropped(values.get("dropped_at"), now)
        receipt = await hand_in(door, submission_of(read_asking(values), office.id, str(number), dropped, now))
        return self._site.accepted(200 if receipt.already_known else 201, receipt, office)

    def _refuse_closed(self) -> None:
        if not self._passphrase:
            raise HTTPException(404)

    def _is_open(self, request: Request, office_id: str) -> bool:
        self._site.pages(office_id)
        self._refuse_closed()
        cookie = request.cookies.get(COOKIE, "")
        now = self._site.door(request).clock()
        return self._site.desk_sessions.read(cookie, office_id, now, _SHIFT) is not None

    def _ask(self, request: Request, office_id: str, status: int, *, wrong: bool = False) -> Response:
        pages = self._site.pages(office_id)
        t = pages.language(request)
        return pages.render(
            request,
            "desk_sign_in.html",
            status,
            action=f"/{office_id}/desk/sign-in",
            errors={"passphrase": sentence(t, "passphrase", "wrong")} if wrong else {},
            label=sentence(t, "passphrase", "label"),
            send=sentence(t, "passphrase", "send"),
        )

    def _form(
        self,
        request: Request,
        office_id: str,
        status: int,
        values: dict[str, object] | None = None,
        errors: dict[str, str] | None = None,
        known: str = "",
        saved: str = "",
    ) -> Response:
        pages = self._site.pages(office_id)
        office = self._site.offices[office_id]
        t = pages.language(request)
        wall = self._site.door(request).clock().astimezone(office.zone)
        for code in (errors or {}).values():
            count_refusal(Channel.FORM, code)
        return pages.render(
            request,
            "desk.html",
            status,
            action=f"/{office_id}/desk",
            values=values or {"dropped_time": f"{wall:%H:%M}"},
            errors={name: sentence(t, name, code, receipt=known) for name, code in (errors or {}).items()},
            teams=list(Team),
            talk_languages=office.languages,
            windows=offered_windows(office),
            saved=saved,
            today=wall.date(),
        )


def _dropped(value: object, now: datetime) -> datetime:
    if value is None:
        return now
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise FieldsWrong({"dropped_at": "unreadable"})
    return bounded(at, now, "dropped_at")
