"""The advisors' inbox, live."""

from functools import partial
from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.notifier.live import Fact
from services.notifier.web.inbox_view import line
from services.notifier.web.site import Site, Staff
from services.notifier.web.streaming import event_stream, touches, updates

MOST_LINES = 100
View = Literal["team", "mine"]


class Inbox:
    """What is open: of one's teams, or one's own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._parts = site.parts

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["pages"], include_in_schema=False)
        router.add_api_route("/{office}/inbox", self.page, methods=["GET"])
        router.add_api_route("/{office}/inbox/live", self.live, methods=["GET"])
        return router

    async def page(self, request: Request, office: str, view: View = "team") -> Response:
        """Show the inbox."""
        staff = self._site.staff(request, office)
        context, _ = await self._context(staff, view)
        t = staff.t
        leads_all = staff.me in staff.identity.office.management
        labels: list[tuple[View, str]] = [
            ("team", t("inbox.view.all") if leads_all else t("inbox.view.team")),
            ("mine", t("inbox.view.mine")),
        ]
        return staff.pages.render(
            request,
            "inbox.html",
            200,
            **context,
            **self._site.frame(staff, "inbox"),
            events_url=f"/{office}/inbox/live?view={view}",
            views=[(f"/{office}/inbox?view={one}", label, one == view) for one, label in labels],
        )

    async def live(self, request: Request, office: str, view: View = "team") -> StreamingResponse:
        """Send the inbox's lines now and whenever they change."""
        staff = self._site.staff(request, office)
        teams = staff.teams if view == "team" else ()
        shown: frozenset[str] = frozenset()

        async def render() -> str:
            nonlocal shown
            context, shown = await self._context(staff, view)
            return await self._site.pace.make(lambda: staff.pages.fragment(request, "_tasks.html", **context))

        def is_relevant(fact: Fact) -> bool:
            return touches(fact, office, teams, staff.me, shown)

        await render()  # a store that does not answer is said with a status: a page told so stays marked as old
        return event_stream(updates(self._parts.live, render, is_relevant, "inbox"))

    async def _context(self, staff: Staff, view: View) -> tuple[dict[str, object], frozenset[str]]:
        teams = staff.teams if view == "team" else ()
        found = await self._parts.tasks.inbox(staff.office, teams, staff.me, MOST_LINES + 1)
        now = self._parts.clock()
        as_line = partial(line, compiled=staff.compiled, me=staff.me, now=now)
        context = {
            "now": now,
            "tasks": [as_line(task) for task in found[:MOST_LINES]],
            "more": len(found) > MOST_LINES,
        }
        return context, frozenset(str(task.callback) for task in found)
