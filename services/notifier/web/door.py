"""The way in: where the address alone leads, and demo identities."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schemas.office import Advisor
from services.chassis.web.guards import read_form
from services.notifier.identity import Identity
from services.notifier.web.site import Site, role_of, see_other

_MOST_BYTES = 500


class DoorPages:
    """The addresses without a page of their own, and the choice of who to be."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._identities = site.parts.identities
        self._offices = site.parts.office_files

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["pages"], include_in_schema=False)
        router.add_api_route("/", self.first, methods=["GET"])
        router.add_api_route("/{office}/", self.home, methods=["GET"])
        router.add_api_route("/{office}/who", self.who, methods=["GET"])
        router.add_api_route("/{office}/who", self.choose, methods=["POST"])
        return router

    async def first(self, request: Request) -> Response:
        """Lead to the first office."""
        return await self.home(request, self._offices.first.id)

    async def home(self, request: Request, office: str) -> Response:
        """Lead staff to their inbox and everybody else to the status page."""
        try:
            self._identities.of(request, office)
        except HTTPException as nobody:
            if nobody.status_code == 404:  # noqa: PLR2004  # no such office
                raise
            return see_other(f"/{office}/status")
        return see_other(f"/{office}/inbox")

    async def who(self, request: Request, office: str, next: str = "") -> Response:  # noqa: A002  # the address says so
        """Offer the people of the office."""
        self._refuse_without_demo(office)
        pages = self._site.pages(office)
        t = pages.language(request)
        found = self._offices[office]
        people = [Identity(found, advisor) for advisor in found.advisors]
        return pages.render(
            request,
            "who.html",
            action=f"/{office}/who",
            next=_inside(next, office),
            identities=[_person(one.advisor, role_of(one, t)) for one in people],
        )

    async def choose(self, request: Request, office: str) -> Response:
        """Be somebody from now on."""
        self._refuse_without_demo(office)
        form = await read_form(request, fields=4, part_bytes=_MOST_BYTES)
        self._site.csrf.check(request, form)
        chosen, to = form.get("identity"), form.get("next")
        if not isinstance(chosen, str) or self._offices[office].advisor(chosen) is None:
            return self._site.answer(request, 422, {"identity": "unknown"})
        answer = see_other(_inside(to if isinstance(to, str) else "", office))
        self._identities.remember(answer, office, chosen, secure=request.url.scheme == "https")
        return answer

    def _refuse_without_demo(self, office: str) -> None:
        if not self._identities.demo or office not in self._offices:
            raise HTTPException(404)


def _person(advisor: Advisor, role: str) -> dict[str, object]:
    return {
        "id": advisor.id,
        "name": advisor.name,
        "teams": advisor.teams,
        "languages": advisor.languages,
        "role": role,
    }


def _inside(path: str, office: str) -> str:
    """Return a path only if it leads back into this office; else its inbox."""
    plain = all(letter.isalnum() or letter in "/-._" for letter in path)
    return path if plain and path.startswith(f"/{office}/") and ".." not in path else f"/{office}/inbox"
