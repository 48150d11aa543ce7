"""Who is asking: an advisor of the office, named by a signed cookie (demo) or by a reverse proxy's header."""

import hashlib
import hmac
from dataclasses import dataclass

from fastapi import HTTPException, Request
from starlette.responses import Response

from schemas.office import Advisor, Office, Offices
from schemas.words import Team
from services.notifier.settings import NotifierSettings

_COOKIE = "rueckruf-who"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Identity:
    """An advisor in an office."""

    office: Office
    advisor: Advisor

    @property
    def teams(self) -> tuple[Team, ...]:
        """Whose tasks they see: their teams'; management sees all."""
        if self.advisor.id in self.office.management:
            return tuple(team.team for team in self.office.teams)
        led = (team.team for team in self.office.teams if team.lead == self.advisor.id)
        return tuple(dict.fromkeys((*self.advisor.teams, *led)))


class Identities:
    """Recognises advisors; without demo mode and without a proxy's header nobody comes in."""

    def __init__(self, settings: NotifierSettings, offices: Offices, key: bytes) -> None:
        self._settings = settings
        self._offices = offices
        self._key = hashlib.sha256(b"who" + key).digest()

    @property
    def demo(self) -> bool:
        """Whether anybody may choose who they are."""
        return self._settings.demo

    def of(self, request: Request, office: str) -> Identity:
        """Return who asks; raises 404 for an unknown office and 401 for an unknown person."""
        if office not in self._offices:
            raise HTTPException(404)
        name = self._named(request, office)
        advisor = self._offices[office].advisor(name) if name else None
        if advisor is None:
            raise HTTPException(401)
        return Identity(self._offices[office], advisor)

    def remember(self, response: Response, office: str, advisor: str, *, secure: bool) -> None:
        """Keep a chosen demo identity in a signed cookie, for a day."""
        response.set_cookie(
            _COOKIE,
            f"{office}.{advisor}.{self._sign(office, advisor)}",
            max_age=_DAY,
            httponly=True,
            samesite="strict",
            secure=secure,
        )

    def forget(self, response: Response) -> None:
        """End the session."""
        response.delete_cookie(_COOKIE)

    def _named(self, request: Request, office: str) -> str | None:
        header = self._settings.identity_header
        if header and (named := request.headers.get(header)):
            return named
        if not self._settings.demo:
            return None
        of, _, rest = request.cookies.get(_COOKIE, "").partition(".")
        advisor, _, signature = rest.rpartition(".")
        ours = hmac.compare_digest(signature.encode(), self._sign(of, advisor).encode())
        return advisor if of == office and ours else None

    def _sign(self, office: str, advisor: str) -> str:
        return hmac.new(self._key, f"{office}.{advisor}".encode(), hashlib.sha256).hexdigest()
