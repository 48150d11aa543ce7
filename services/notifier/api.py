"""The HTTP API for advisors' tools: list, watch and work tasks; look up a receipt; figures."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import StreamingResponse

from schemas.ids import read_receipt_number
from schemas.task import TaskAssigned
from schemas.words import AttemptResult, Outcome, Stage
from services.notifier.domain.task import Task
from services.notifier.identity import Identity
from services.notifier.metrics import PUSHES
from services.notifier.parts import Parts
from services.notifier.ports import NoSuchTask

_CLOSABLE = Literal[Outcome.DONE, Outcome.WITHDRAWN, Outcome.UNREACHABLE, Outcome.ERASED]
_MOST = 500


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class AttemptBody(_Body):
    """How a try to reach the citizen ended."""

    result: AttemptResult


class RescheduleBody(_Body):
    """The time that was agreed with the citizen."""

    until: AwareDatetime


class CloseBody(_Body):
    """How the callback ended."""

    outcome: _CLOSABLE


class Api:
    """The routes. What goes wrong is answered as problem+json, in the words of ``web/site.py``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/v1/{office}", tags=["tasks"])
        router.add_api_route("/tasks", self.tasks, methods=["GET"])
        router.add_api_route("/tasks/{callback}", self.task, methods=["GET"])
        router.add_api_route("/tasks/{callback}/accept", self.accept, methods=["POST"])
        router.add_api_route("/tasks/{callback}/attempts", self.attempt, methods=["POST"])
        router.add_api_route("/tasks/{callback}/reschedule", self.reschedule, methods=["POST"])
        router.add_api_route("/tasks/{callback}/close", self.close, methods=["POST"])
        router.add_api_route("/stream", self.stream, methods=["GET"])
        router.add_api_route("/receipts/{number}", self.receipt, methods=["GET"])
        return router

    async def tasks(
        self, office: str, request: Request, limit: Annotated[int, Query(ge=1, le=_MOST)] = 100
    ) -> JSONResponse:
        """Return the open tasks that the advisor sees, the most pressing first."""
        who = self._parts.identities.of(request, office)
        found = await self._parts.tasks.inbox(office, who.teams, who.advisor.id, limit)
        return JSONResponse({"tasks": [_public(task, self._parts) for task in found]})

    async def task(self, office: str, callback: UUID, request: Request) -> JSONResponse:
        """Return one task."""
        self._parts.identities.of(request, office)
        found = await self._parts.tasks.find(office, callback)
        if found is None:
            raise NoSuchTask
        return JSONResponse(_public(found, self._parts))

    async def accept(self, office: str, callback: UUID, request: Request) -> JSONResponse:
        """Own the task; 409 with the owner's id where somebody else does."""
        me = self._parts.identities.of(request, office).advisor.id
        return self._done(await self._parts.work.accept(office, callback, me))

    async def attempt(self, office: str, callback: UUID, body: AttemptBody, request: Request) -> JSONResponse:
        """Log a try to reach the citizen."""
        me = self._parts.identities.of(request, office).advisor.id
        return self._done(await self._parts.work.attempt(office, callback, me, body.result))

    async def reschedule(self, office: str, callback: UUID, body: RescheduleBody, request: Request) -> JSONResponse:
        """Agree on a later time."""
        me = self._parts.identities.of(request, office).advisor.id
        return self._done(await self._parts.work.reschedule(office, callback, me, body.until))

    async def close(self, office: str, callback: UUID, body: CloseBody, request: Request) -> JSONResponse:
        """End the callback."""
        me = self._parts.identities.of(request, office).advisor.id
        return self._done(await self._parts.work.close(office, callback, me, body.outcome))

    async def stream(self, office: str, request: Request) -> StreamingResponse:
        """Push each task assigned to the advisor or their teams, as server-sent events without personal data."""
        who = self._parts.identities.of(request, office)
        headers = {"cache-control": "no-store"}
        return StreamingResponse(self._assigned(who), media_type="text/event-stream", headers=headers)

    async def receipt(self, office: str, number: str) -> JSONResponse:
        """Return where a callback stands; nothing in it says who asked or why."""
        written = read_receipt_number(number)
        found = await self._parts.tasks.by_receipt(office, written) if written else None
        if found is None:
            raise NoSuchTask
        return JSONResponse(
            {
                "receipt": found.receipt,
                "since": found.started.isoformat(),
                "state": "open" if found.outcome is None else found.outcome.value,
                "accepted": Stage.OWNED in found.met,
                "attempts": found.attempts,
            }
        )

    async def _assigned(self, who: Identity) -> AsyncIterator[bytes]:
        live, teams = self._parts.live, set(who.teams)
        async with live.reader() as queue:
            yield b"retry: 1000\nevent: ready\ndata: {}\n\n"
            while not live.ended:
                facts = await live.next(queue)
                if facts is None:
                    return
                for topic, value in facts:
                    if topic != TaskAssigned.TYPE:
                        continue
                    event = TaskAssigned.decode(value)
                    mine = event.data.team in teams or event.data.advisor == who.advisor.id
                    if event.office == who.office.id and mine:
                        PUSHES.labels("assigned").inc()
                        yield b"event: assigned\ndata: " + orjson.dumps(_pushed(event)) + b"\n\n"
                if not facts:
                    yield b": still here\n\n"

    def _done(self, task: Task) -> JSONResponse:
        return JSONResponse(_public(task, self._parts))


def _pushed(event: TaskAssigned) -> dict[str, Any]:
    return {
        "callback": str(event.subject),
        "receipt": event.data.receipt,
        "urgency": event.data.urgency.value,
        "team": event.data.team.value,
        "advisor": event.data.advisor,
        "channel": event.data.channel.value,
    }


def _public(task: Task, parts: Parts) -> dict[str, Any]:
    plan = parts.offices[task.office].plan(task)
    return {
        "callback": str(task.callback),
        "receipt": task.receipt,
        "channel": task.channel.value,
        "urgency": task.urgency.value,
        "team": task.team.value,
        "advisor": task.advisor,
        "owner": task.owner,
        "language": task.language,
        "since": task.started.isoformat(),
        "state": "open" if task.outcome is None else task.outcome.value,
        "attempts": task.attempts,
        "until": task.until.isoformat() if task.until else None,
        "deadlines": [
            {
                "stage": deadline.stage.value,
                "due": deadline.due.isoformat(),
                "met": task.met[deadline.stage].isoformat() if deadline.stage in task.met else None,
            }
            for deadline in plan.deadlines
        ],
        "version": task.version,
    }
