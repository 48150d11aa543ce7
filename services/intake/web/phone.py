"""``POST /v1/{office}/phone/cti``: pushes of telephone systems, signed."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from schemas.office import Office
from schemas.words import Channel
from services.intake.channels import signature
from services.intake.channels.handing_in import count_refusal, hand_in
from services.intake.channels.phone import NoRequest, NotACall, read_call, submission_of
from services.intake.web.site import Refused, Site, read_json

_MOST_BYTES = 512 * 1024
_SECONDS = 10.0
_MOST_FIELDS = 60


def routes(site: Site) -> APIRouter:
    """Return the telephone's route."""
    router = APIRouter(tags=["phone"])

    @router.post("/v1/{office_id}/phone/cti", status_code=202)
    async def cti(request: Request, office_id: str) -> Response:
        """Take a push: 202 with a receipt for an unanswered call, 200 for one that needs no callback."""
        return await site.answering(request, Channel.PHONE, office_id, take)

    async def take(request: Request, office: Office) -> Response:
        door = site.door(request)
        async with site.bodies.whole(request, _MOST_BYTES, _SECONDS) as body:
            now = door.clock()
            header = request.headers.get(signature.HEADER)
            try:
                signed_at = signature.verify(site.settings.phone_keys, header, body, now)
                call = read_call(_fields(request.headers.get("content-type", ""), body))
            except signature.NotSigned as error:
                raise Refused(401, str(error)) from None
            except NotACall as error:
                raise Refused(422, "fields_wrong", {error.field: "unreadable"}) from None
        submission = submission_of(call, office, signed_at, now)
        if isinstance(submission, NoRequest):
            count_refusal(Channel.PHONE, submission.reason)
            return JSONResponse({"accepted": False, "reason": submission.reason})
        return site.accepted(202, await hand_in(door, submission), office, ignored=call.unread)

    return router


def _fields(content_type: str, body: bytes) -> Mapping[str, object]:
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            return read_json(body)
        case "application/x-www-form-urlencoded":
            try:
                return dict(parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
            except ValueError:
                raise Refused(400, "fields_wrong") from None
        case _:
            raise Refused(415, "media_type_unknown")
