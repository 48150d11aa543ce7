"""What stands before every page: security headers, a limit on bodies, and proof that a form is ours."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def guard(headers: MutableHeaders, scheme: str) -> None:
    """Set the headers that are not set yet; strict transport only where the request came by https."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scheme == "https":
        headers.setdefault("strict-transport-security", _STRICT_TRANSPORT)


class SecurityHeaders:
    """Guards every answer. Raw ASGI, so that a stream of events flows through unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and the answer back with its headers."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                guard(MutableHeaders(scope=message), scope["scheme"])
            await send(message)

        await self._app(scope, receive, send_guarded if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses bodies of more than ``limit`` bytes before they fill the memory.

    FastAPI's own limit answers in plain English; here ``refuse`` says it in the reader's language.
    """

    def __init__(self, app: ASGIApp, limit: int, refuse: Callable[[Request], Response]) -> None:
        self._app = app
        self._limit = limit
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an announced length at once; raise HTTPException 413 to who reads the byte too many."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._limit:
            await self._refuse(Request(scope))(scope, receive, send)
            return
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)


async def read_form(request: Request, *, fields: int = 60, files: int = 0, part_bytes: int = 20_000) -> FormData:
    """Return the form of a request; raises HTTPException 400 if it holds more than our own forms send.

    ``part_bytes`` bounds each text field; files are bounded by the body limit.
    """
    return await request.form(max_fields=fields, max_files=files, max_part_size=part_bytes)


class Csrf:
    """Signed double submit: a token in a cookie that only our own forms can repeat.

    For pages of people who are signed in. A citizen's request form has no session to abuse and must work
    without cookies: leave it out there.
    """

    FIELD = "csrf"
    _COOKIE = "rueckruf-csrf"

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.sha256(b"csrf" + secret).digest()

    def token(self, request: Request) -> str:
        """Return the token of this browser, a new one if its cookie is missing or not from us."""
        if not hasattr(request.state, "csrf"):
            held = request.cookies.get(self._COOKIE, "")
            request.state.csrf = held if self._is_ours(held) else self._new()
        return str(request.state.csrf)

    def remember(self, request: Request, response: Response) -> None:
        """Set the cookie if a form of this answer carries a new token."""
        token = getattr(request.state, "csrf", None)
        if token and token != request.cookies.get(self._COOKIE):
            secure = request.url.scheme == "https"
            response.set_cookie(self._COOKIE, token, httponly=True, samesite="strict", secure=secure)

    def check(self, request: Request, form: FormData) -> None:
        """Raise HTTPException 403 unless the form repeats the cookie's token and the token is ours."""
        sent, held = form.get(self.FIELD), request.cookies.get(self._COOKIE, "")
        if not isinstance(sent, str) or not self._is_ours(held) or not _same(sent, held):
            raise HTTPException(403)

    def _new(self) -> str:
        nonce = secrets.token_urlsafe(18)
        return f"{nonce}.{self._sign(nonce)}"

    def _sign(self, nonce: str) -> str:
        return hmac.new(self._key, nonce.encode(), hashlib.sha256).hexdigest()

    def _is_ours(self, token: str) -> bool:
        nonce, _, signature = token.partition(".")
        return _same(signature, self._sign(nonce))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
