"""Turns templates into pages: in the reader's language, with the office's name, and with an answer to errors."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.chassis.texts import Language, Texts
from services.chassis.web.assets import Assets
from services.chassis.web.guards import BodyLimit, Csrf, SecurityHeaders, guard

_HERE = Path(__file__).parent
_LANGUAGE_COOKIE = "rueckruf-lang"
_YEAR = 365 * 86400
_EXPLAINED = frozenset({400, 401, 403, 404, 405, 413, 422, 429, 500, 503})
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Office:
    """What a page says about the office: its name, and the number that is shown when it calls back."""

    name: str
    phone: str

    @property
    def number(self) -> str:
        """The phone number for running text: kept on one line and left to right in any script."""
        return "\u2066" + self.phone.replace(" ", "\u00a0") + "\u2069"


class Pages:
    """The pages of one service: its own template directories before the kit's, one look, all languages."""

    def __init__(self, texts: Texts, office: Office, csrf: Csrf, templates: Sequence[Path] = ()) -> None:
        self.texts = texts
        self.office = office
        self.csrf = csrf
        self.assets = Assets(_HERE / "static")
        self._environment = Environment(
            loader=FileSystemLoader([*templates, _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def install(self, app: FastAPI, body_limit: int = 12 * 1024 * 1024) -> None:
        """Give an app the static files, the guards and the error pages; before its first request."""
        app.mount(self.assets.mount, self.assets)
        app.add_middleware(BodyLimit, limit=body_limit, refuse=lambda request: self.error(request, 413))
        app.add_middleware(SecurityHeaders)
        app.add_exception_handler(HTTPException, self._on_http_error)
        app.add_exception_handler(RequestValidationError, self._on_invalid)
        app.add_exception_handler(Exception, self._on_crash)

    def language(self, request: Request) -> Language:
        """Return the language of this reader: asked for by ``?lang=``, chosen before, or the browser's."""
        return self.texts.negotiate(
            request.headers.get("accept-language"),
            request.cookies.get(_LANGUAGE_COOKIE),
            request.query_params.get("lang"),
        )

    def fragment(self, request: Request, template: str, **context: object) -> str:
        """Return a template as text: a whole page, or a piece of one to be sent as a server-sent event."""
        t = self.language(request)
        return self._environment.get_template(template).render(
            t=t,
            lang=t.code,
            dir=t.dir,
            languages=self.texts.languages,
            office=self.office,
            asset=self.assets.url,
            here=lambda code: "?" + str(request.url.include_query_params(lang=code).query),
            csrf_field=lambda: self._csrf_field(request),
            **context,
        )

    def render(self, request: Request, template: str, /, status_code: int = 200, **context: object) -> HTMLResponse:
        """Return a page. Personal data may be on it: no cache keeps it."""
        page = HTMLResponse(self.fragment(request, template, **context), status_code)
        page.headers["cache-control"] = "no-store"
        page.headers["vary"] = "accept-language, cookie"
        page.headers["content-language"] = self.language(request).code
        if "lang" in request.query_params:
            page.set_cookie(_LANGUAGE_COOKIE, self.language(request).code, max_age=_YEAR, httponly=True, samesite="lax")
        self.csrf.remember(request, page)
        return page

    def error(self, request: Request, status: int, *, retry_after: int | None = None) -> Response:
        """Say in the caller's way what went wrong and what to do: a page for people, problem+json for programs.

        ``retry_after`` is in seconds.
        """
        known = status if status in _EXPLAINED else (500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 404)
        if "text/html" in request.headers.get("accept", ""):
            answer: Response = self.render(request, "error.html", status_code=status, status=status, known=str(known))
        else:
            t = self.language(request)
            problem = {
                "type": "about:blank",
                "title": t(f"error.{known}.title"),
                "detail": t(f"error.{known}.text"),
                "status": status,
            }
            answer = Response(orjson.dumps(problem), status, media_type="application/problem+json")
        if retry_after is not None:
            answer.headers["retry-after"] = str(retry_after)
        return answer

    async def _on_http_error(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        answer = self.error(request, status)
        for name, value in (getattr(error, "headers", None) or {}).items():
            answer.headers[name] = value
        return answer

    async def _on_invalid(self, request: Request, _: Exception) -> Response:
        return self.error(request, 422)

    async def _on_crash(self, request: Request, error: Exception) -> Response:
        _log.error("page failed: %s", type(error).__name__)
        answer = self.error(request, 500)
        guard(answer.headers, request.url.scheme)  # the framework answers crashes outside of all middleware
        return answer

    def _csrf_field(self, request: Request) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(self.csrf.FIELD, self.csrf.token(request))
