"""One task: what its advisor sees, and what they do."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schemas.callback import CallbackTriaged
from schemas.personal import Personal
from schemas.words import Outcome
from services.chassis.logs import get_logger
from services.chassis.sealing import SealBroken, unseal
from services.chassis.vault import Erased
from services.chassis.web.guards import read_form
from services.notifier.domain.task import ATTEMPTS_BEFORE_UNREACHABLE, NotAllowed, Task
from services.notifier.web.deeds import (
    Accept,
    Action,
    Attempt,
    Close,
    FieldWrong,
    Reschedule,
    Wish,
    read_version,
    read_wish,
    values_of,
)
from services.notifier.web.inbox_view import href_of
from services.notifier.web.site import Site, Staff, see_other
from services.notifier.web.task_view import open_task

_FIELD_OF = {
    "time_has_passed": "until",
    "time_too_far": "until",
    "no_attempt_yet": "outcome",
    "too_few_attempts": "outcome",
}
_MOST_FIELDS = 10
_MOST_BYTES = 1000


class TaskPages:
    """The page of a task and its forms."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._parts = site.parts

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["pages"], include_in_schema=False)
        router.add_api_route("/{office}/tasks/{callback}", self.page, methods=["GET"])
        router.add_api_route("/{office}/tasks/{callback}/{action}", self.act, methods=["POST"])
        router.add_api_route("/{office}/tasks/{callback}/{action}", self.back, methods=["GET"])
        return router

    async def page(self, request: Request, office: str, callback: UUID, saved: str = "") -> Response:
        """Show a task; ``saved`` names what was just done."""
        staff = self._site.staff(request, office)
        task = await self._task(staff, callback)
        said = staff.t(f"saved.{saved}") if saved in set(Action) else ""
        return await self._page(request, staff, task, saved=said)

    async def back(self, office: str, callback: UUID, action: Action) -> Response:
        """Lead who loads the answer to a form again, or in another language, to the task."""
        return see_other(f"/{office}/tasks/{callback}#{action}")

    async def act(self, request: Request, office: str, callback: UUID, action: Action) -> Response:
        """Do what a form asks for: 303 back to the page, 409 where the task does not allow it, 422 for the form."""
        staff = self._site.staff(request, office)
        form = await read_form(request, fields=_MOST_FIELDS, part_bytes=_MOST_BYTES)
        self._site.csrf.check(request, form)
        task = await self._task(staff, callback)
        values = values_of(form)
        try:
            seen, wish = read_version(form), read_wish(action, form, staff.identity.office.zone)
            task = await self._do(staff, callback, wish, seen)
        except FieldWrong as wrong:
            errors = {wrong.field: staff.t(f"wrong.{wrong.field}")}
            return await self._page(request, staff, task, status=422, values=values, errors=errors)
        except NotAllowed as refusal:
            said = self._site.sentence(office, refusal, staff.t)
            field = _FIELD_OF.get(refusal.code)
            return await self._page(
                request,
                staff,
                await self._task(staff, callback),
                status=409,
                values=values,
                errors={field: said} if field else {},
                refused="" if field else said,
            )
        return see_other(f"{href_of(task)}?saved={action}")

    async def _do(self, staff: Staff, callback: UUID, wish: Wish, seen: int) -> Task:
        work, office, me = self._parts.work, staff.office, staff.me
        match wish:
            case Accept():
                return await work.accept(office, callback, me, seen)
            case Attempt(result):
                return await work.attempt(office, callback, me, result, seen)
            case Reschedule(until):
                return await work.reschedule(office, callback, me, until, seen)
            case Close(outcome):
                return await work.close(office, callback, me, outcome, seen)

    async def _task(self, staff: Staff, callback: UUID) -> Task:
        task = await self._parts.tasks.find(staff.office, callback)
        if task is None:
            raise HTTPException(404)
        if not staff.may_open(task):
            raise HTTPException(403)
        return task

    async def _page(
        self,
        request: Request,
        staff: Staff,
        task: Task,
        *,
        status: int = 200,
        saved: str = "",
        refused: str = "",
        values: dict[str, str] | None = None,
        errors: dict[str, str] | None = None,
    ) -> Response:
        personal = await self._unsealed(task)
        if personal is not None:
            get_logger().info("case read", callback=str(task.callback), advisor=staff.me)
        now = self._parts.clock()
        return staff.pages.render(
            request,
            "task.html",
            status,
            **self._site.frame(staff, "inbox"),
            task=open_task(task, personal, staff.compiled, staff.me, now, staff.t),
            now=now,
            inbox_url=f"/{staff.office}/inbox",
            minimum_attempts=ATTEMPTS_BEFORE_UNREACHABLE,
            saved=saved,
            refused=refused,
            values=values or {},
            errors=errors or {},
        )

    async def _unsealed(self, task: Task) -> Personal | None:
        """Return what the seal holds, None where it was erased or cannot be opened."""
        if task.outcome is Outcome.ERASED:
            return None
        try:
            key = (await self._parts.keys.keys([task.callback])).get(task.callback)
            if key is None or isinstance(key, Erased):
                return None
            sealed = CallbackTriaged.decode(task.event).data.sealed
            return Personal.model_validate_json(unseal(key, sealed, task.callback.bytes))
        except (SealBroken, ValidationError) as error:
            get_logger().error("a seal cannot be opened", callback=str(task.callback), kind=type(error).__name__)
            return None
