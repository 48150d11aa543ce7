"""The HTTP API for advisors' tools: list, watch and work tasks; look up a receipt; figures."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import StreamingResponse

from schemas.ids import read_receipt_number
from schemas.task import TaskAssigned
from schemas.words import AttemptResult, Outcome, Stage
from services.notifier.domain.task import NotAllowed, Task
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


def api(parts: Parts) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/v1/{office}", tags=["tasks"])

    @router.get("/tasks")
    async def tasks(office: str, request: Request, limit: Annotated[int, Query(ge=1, le=_MOST)] = 100) -> JSONResponse:
        """Return the open tasks that the advisor sees, the most pressing first."""
        who = parts.identities.of(request, office)
        found = await parts.tasks.inbox(office, who.teams, who.advisor.id, limit)
        return JSONResponse({"tasks": [_public(task, parts) for task in found]})

    @router.get("/tasks/{callback}")
    async def task(office: str, callback: UUID, request: Request) -> JSONResponse:
        """Return one task."""
        parts.identities.of(request, office)
        found = await parts.tasks.find(office, callback)
        if found is None:
            raise HTTPException(404)
        return JSONResponse(_public(found, parts))

    @router.post("/tasks/{callback}/accept")
    async def accept(office: str, callback: UUID, request: Request) -> JSONResponse:
        """Own the task; 409 with the owner's id where somebody else does."""
        who = parts.identities.of(request, office)
        return await _done(parts.work.accept(office, callback, who.advisor.id), parts)

    @router.post("/tasks/{callback}/attempts")
    async def attempt(office: str, callback: UUID, body: AttemptBody, request: Request) -> JSONResponse:
        """Log a try to reach the citizen."""
        who = parts.identities.of(request, office)
        return await _done(parts.work.attempt(office, callback, who.advisor.id, body.result), parts)

    @router.post("/tasks/{callback}/reschedule")
    async def reschedule(office: str, callback: UUID, body: RescheduleBody, request: Request) -> JSONResponse:
        """Agree on a later time."""
        who = parts.identities.of(request, office)
        return await _done(parts.work.reschedule(office, callback, who.advisor.id, body.until), parts)

    @router.post("/tasks/{callback}/close")
    async def close(office: str, callback: UUID, body: CloseBody, request: Request) -> JSONResponse:
        """End the callback."""
        who = parts.identities.of(request, office)
        return await _done(parts.work.close(office, callback, who.advisor.id, body.outcome), parts)

    @router.get("/stream")
    async def stream(office: str, request: Request) -> StreamingResponse:
        """Push each task assigned to the advisor or their teams, as server-sent events without personal data."""
        who = parts.identities.of(request, office)
        teams = set(who.teams)

        async def events() -> AsyncIterator[bytes]:
            async with parts.live.reader() as queue:
                yield b"retry: 1000\nevent: ready\ndata: {}\n\n"
                while True:
                    facts = await parts.live.next(queue)
                    if facts is None:
                        return
                    for topic, value in facts:
                        if topic != TaskAssigned.TYPE:
                            continue
                        event = TaskAssigned.decode(value)
                        if event.office == office and (
                            event.data.team in teams or event.data.advisor == who.advisor.id
                        ):
                            yield b"event: assigned\ndata: " + orjson.dumps(_pushed(event)) + b"\n\n"
                    if not facts:
                        yield b": still here\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    @router.get("/receipts/{number}")
    async def receipt(office: str, number: str) -> JSONResponse:
        """Return where a callback stands; nothing in it says who asked or why."""
        written = read_receipt_number(number)
        found = await parts.tasks.by_receipt(office, written) if written else None
        if found is None:
            raise HTTPException(404)
        return JSONResponse(
            {
                "receipt": found.receipt,
                "since": found.started.isoformat(),
                "state": "open" if found.outcome is None else found.outcome.value,
                "accepted": Stage.OWNED in found.met,
                "attempts": found.attempts,
            }
        )

    return router


def _pushed(event: TaskAssigned) -> dict[str, Any]:
    return {
        "callback": str(event.subject),
        "receipt": event.data.receipt,
        "urgency": event.data.urgency.value,
        "team": event.data.team.value,
        "advisor": event.data.advisor,
        "channel": event.data.channel.value,
    }


async def _done(work: Any, parts: Parts) -> JSONResponse:  # noqa: ANN401  # one of the coroutines of WorkTask
    try:
        return JSONResponse(_public(await work, parts))
    except NoSuchTask:
        raise HTTPException(404) from None
    except NotAllowed as refusal:
        return JSONResponse(
            {"type": "about:blank", "title": refusal.code, "status": 409, "by": refusal.by},
            status_code=409,
            media_type="application/problem+json",
        )


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
