"""What every route of notifier stands on: the offices' pages, who is signed in, and what is said when it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.words import Team
from services.chassis.logs import get_logger
from services.chassis.mongo import StoreUnavailable, is_transient
from services.chassis.texts import Language, Texts
from services.chassis.web.guards import Csrf
from services.chassis.web.pages import Office, Pages
from services.notifier.domain.offices import Compiled
from services.notifier.domain.task import NotAllowed, Task
from services.notifier.identity import Identity
from services.notifier.parts import Parts
from services.notifier.ports import NoSuchTask
from services.notifier.web.inbox_view import name_of
from services.notifier.web.streaming import Pace

_TEMPLATES = Path(__file__).parent / "templates"
_TEXTS = Path(__file__).parents[2] / "texts"
_MOST_BODY = 64 * 1024
_RETRY_AFTER_SECONDS = 5
_CODES = {
    400: "unreadable",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_unknown",
    413: "too_large",
    422: "invalid",
    500: "failed",
    503: "store_unavailable",
}


@dataclass(frozen=True, slots=True)
class Staff:
    """An advisor at work: who they are, their office, and the language they read."""

    identity: Identity
    compiled: Compiled
    pages: Pages
    t: Language

    @property
    def me(self) -> str:
        """Their id."""
        return self.identity.advisor.id

    @property
    def office(self) -> str:
        """Their office's id."""
        return self.identity.office.id

    @property
    def teams(self) -> tuple[Team, ...]:
        """Whose tasks they see."""
        return self.identity.teams

    def may_open(self, task: Task) -> bool:
        """Whether they need to know: social secrecy holds inside the office too."""
        return task.team in self.teams or task.advisor == self.me


class Site:
    """Notifier's addresses for one installation."""

    def __init__(self, parts: Parts, key: bytes) -> None:
        self.parts = parts
        self.csrf = Csrf(key)
        self.pace = Pace()
        self._pages = {
            office.id: Pages(
                Texts.load(_TEXTS, office.zone), Office(office.name, office.calling_number), self.csrf, [_TEMPLATES]
            )
            for office in parts.office_files.values()
        }

    def install(self, app: FastAPI) -> None:
        """Give the app static files, guards, and an answer to whatever fails."""
        self._pages[self.parts.office_files.first.id].install(app, _MOST_BODY)
        app.add_exception_handler(HTTPException, self._on_http_error)
        app.add_exception_handler(RequestValidationError, self._on_invalid)
        app.add_exception_handler(NoSuchTask, self._on_no_such_task)
        app.add_exception_handler(NotAllowed, self._on_not_allowed)
        app.add_exception_handler(StoreUnavailable, self._on_store_error)
        app.add_exception_handler(PyMongoError, self._on_store_error)

    def pages(self, office: str) -> Pages:
        """Return the pages of an office; raises HTTPException 404 where there is none."""
        if office not in self._pages:
            raise HTTPException(404)
        return self._pages[office]

    def staff(self, request: Request, office: str) -> Staff:
        """Return who is at work; raises HTTPException 404 for an unknown office, 401 for an unknown person."""
        identity = self.parts.identities.of(request, office)
        pages = self.pages(office)
        return Staff(identity, self.parts.offices[office], pages, pages.language(request))

    def frame(self, staff: Staff, here: str) -> dict[str, object]:
        """Return what the frame of a page shows to staff; ``here`` is the part of the site they are in."""
        t, office = staff.t, staff.office
        entries = [("inbox", t("inbox.title")), ("ops", t("ops.title"))]
        if self.parts.identities.demo:
            entries.append(("who", t("who.change")))
        teams = [t(f"team.{team}") for team in staff.identity.advisor.teams]
        return {
            "nav": [(f"/{office}/{part}", label, part == here) for part, label in entries],
            "who": staff.identity.advisor.name,
            "role": role_of(staff.identity, t) if not teams else ", ".join(teams),
        }

    def sentence(self, office: str, refusal: NotAllowed, t: Language) -> str:
        """Say why a task does not allow something, and what to do."""
        who = name_of(self.parts.offices[office], refusal.by)
        if refusal.code == "changed":
            return t("refused.changed_by", who=who) if who else t("refused.changed")
        return t("refused.taken", who=who) if refusal.code == "taken" else t(f"refused.{refusal.code}")

    def answer(self, request: Request, status: int, fields: Mapping[str, str] | None = None) -> Response:
        """Say what went wrong: a page for people, problem+json for programs."""
        known = status if status in _CODES else (404 if status < 500 else 500)  # noqa: PLR2004  # server errors
        texts = "503.staff" if known == 503 else str(known)  # noqa: PLR2004  # the kit's speaks of a request
        pages = self._of(request)
        if _wants_page(request):
            answer: Response = pages.render(request, "error.html", status, status=status, known=texts)
        else:
            t = pages.language(request)
            more: dict[str, object] = {}
            if fields:
                more["errors"] = [{"field": name, "detail": said} for name, said in fields.items()]
            title, detail = t(f"error.{texts}.title"), t(f"error.{texts}.text")
            answer = problem(status, _CODES[known], title, detail, more)
        if known == 503:  # noqa: PLR2004  # as above
            answer.headers["retry-after"] = str(_RETRY_AFTER_SECONDS)
        return answer

    def _of(self, request: Request) -> Pages:
        named = next((part for part in request.url.path.split("/")[1:3] if part in self._pages), None)
        return self._pages[named or self.parts.office_files.first.id]

    async def _on_http_error(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        office = request.path_params.get("office")
        signs_in_here = self.parts.identities.demo and office in self._pages and request.method == "GET"
        if status == 401 and signs_in_here and _wants_page(request):  # noqa: PLR2004  # nobody is signed in
            return see_other(f"/{office}/who?next={quote(request.url.path)}")
        answer = self.answer(request, status)
        for name, value in (getattr(error, "headers", None) or {}).items():
            answer.headers[name] = value
        return answer

    async def _on_invalid(self, request: Request, error: Exception) -> Response:
        wrong = error.errors() if isinstance(error, RequestValidationError) else []
        if _wants_page(request) and any(one["loc"][0] == "path" for one in wrong):
            return self.answer(request, 404)
        fields = {".".join(str(part) for part in one["loc"][1:]) or "body": str(one["msg"]) for one in wrong}
        return self.answer(request, 422, fields)

    async def _on_no_such_task(self, request: Request, _: Exception) -> Response:
        return self.answer(request, 404)

    async def _on_not_allowed(self, request: Request, error: Exception) -> Response:
        refusal = error if isinstance(error, NotAllowed) else NotAllowed("closed")
        t = self._of(request).language(request)
        said = self.sentence(request.path_params["office"], refusal, t)
        return problem(409, refusal.code, t("refused.title"), said, {"by": refusal.by})

    async def _on_store_error(self, request: Request, error: Exception) -> Response:
        get_logger().warning("a page could not be made", exc_info=error)
        return self.answer(request, 503 if is_transient(error) else 500)


def problem(status: int, code: str, title: str, detail: str, more: Mapping[str, object] | None = None) -> Response:
    """Return an RFC 9457 problem; ``code`` is for programs, title and detail for who reads their logs."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **(more or {})}
    return Response(orjson.dumps(body), status, media_type="application/problem+json")


def see_other(path: str) -> Response:
    """Return a redirect that is fetched with GET and kept by nobody."""
    return RedirectResponse(path, 303, headers={"cache-control": "no-store"})


def role_of(identity: Identity, t: Language) -> str:
    """Return what somebody is in the office, in words."""
    if identity.advisor.id in identity.office.management:
        return t("role.management")
    leads = any(team.lead == identity.advisor.id for team in identity.office.teams)
    return t("role.lead") if leads else t("role.advisor")


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
