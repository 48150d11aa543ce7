"""How it stands: the operations page for staff, the look-up for citizens."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schemas.ids import read_receipt_number
from schemas.words import Team
from services.chassis.web.guards import read_form
from services.notifier.figures import Board
from services.notifier.live import Fact
from services.notifier.web.site import Site
from services.notifier.web.standing_view import Found, found, ops
from services.notifier.web.streaming import event_stream, touches, updates

_OPS_GAP_SECONDS = 2.0
_OPS_TICK_SECONDS = 10.0
_MOST_BYTES = 200
_MOST_WRITTEN = 40


class StandingPages:
    """The operations page and the status page."""

    def __init__(self, site: Site, board: Board) -> None:
        self._site = site
        self._parts = site.parts
        self._board = board

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["pages"], include_in_schema=False)
        router.add_api_route("/{office}/ops", self.ops, methods=["GET"])
        router.add_api_route("/{office}/ops/live", self.ops_live, methods=["GET"])
        router.add_api_route("/{office}/status", self.status, methods=["GET"])
        router.add_api_route("/{office}/status", self.look_up, methods=["POST"])
        return router

    async def ops(self, request: Request, office: str) -> Response:
        """Show the figures of the office."""
        staff = self._site.staff(request, office)
        return staff.pages.render(
            request,
            "ops.html",
            200,
            **self._site.frame(staff, "ops"),
            ops=ops(await self._board.of(office), staff.identity.office),
            events_url=f"/{office}/ops/live",
        )

    async def ops_live(self, request: Request, office: str) -> StreamingResponse:
        """Send the figures now and as they change."""
        staff = self._site.staff(request, office)

        async def render() -> str:
            view = ops(await self._board.of(office), staff.identity.office)
            return await self._site.pace.make(lambda: staff.pages.fragment(request, "_ops.html", ops=view))

        def is_relevant(fact: Fact) -> bool:
            return touches(fact, office, tuple(Team))

        await render()  # as in the inbox: 503 before the first byte
        pieces = updates(self._parts.live, render, is_relevant, "ops", gap=_OPS_GAP_SECONDS, tick=_OPS_TICK_SECONDS)
        return event_stream(pieces)

    async def status(self, request: Request, office: str) -> Response:
        """Ask for a receipt number."""
        return self._status(request, office)

    async def look_up(self, request: Request, office: str) -> Response:
        """Say where a callback stands; 404 for a number that nobody was given."""
        pages = self._site.pages(office)
        form = await read_form(request, fields=3, part_bytes=_MOST_BYTES)
        sent = form.get("receipt")
        written = sent.strip()[:_MOST_WRITTEN] if isinstance(sent, str) else ""
        number = read_receipt_number(written)
        if number is None:
            return self._status(request, office, 422, written, pages.language(request)("status.misspelt"))
        task = await self._parts.tasks.by_receipt(office, number)
        if task is None:
            return self._status(request, office, 404, written, pages.language(request)("status.unknown"))
        return self._status(request, office, written=number, result=found(task))

    def _status(
        self,
        request: Request,
        office: str,
        status: int = 200,
        written: str = "",
        error: str = "",
        result: Found | None = None,
    ) -> Response:
        return self._site.pages(office).render(
            request,
            "status.html",
            status,
            action=f"/{office}/status",
            values={"receipt": written},
            errors={"receipt": error} if error else {},
            found=result,
        )
