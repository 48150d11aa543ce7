"""Telephone: what a telephone system pushes about a call, and which calls are a request to call back.

The fields are those that PBX bridges already send to Zammad's generic CTI interface. A call becomes a request
when it hangs up unanswered; what the hangup itself says decides, so that nothing has to be remembered:

- a voicemail (event ``voicemail``, or a transcript) is a request whatever else is said;
- ``cancel``, ``noAnswer``, ``busy``, ``congestion``, ``notFound`` are unanswered;
- ``forwarded`` is not a request: the leg it went to hangs up on its own;
- anything else (``normalClearing``, no cause, an unknown one) was answered where it names who answered
  (``answeringNumber`` or ``user``). Where nobody is named, nobody is known to have answered: a request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from schemas.channels import Wishes
from schemas.office import Office
from schemas.personal import Personal
from schemas.words import Channel, Team, Urgency
from services.intake.channels.words_in import caller_number, clean, line
from services.intake.domain.submission import Submission

T = TypeVar("T")

LONGEST_CALL_ID = 250
_LONGEST_VOICEMAIL = 20_000
_LONGEST_PAST = timedelta(days=7)
_WITHHELD = frozenset({"", "anonymous", "unknown", "private", "withheld", "restricted", "unavailable", "asserted"})
_UNANSWERED = frozenset({"cancel", "noanswer", "busy", "congestion", "notfound"})
_OWN_WORDS = {
    "emergency": Urgency.EMERGENCY,
    "notfall": Urgency.EMERGENCY,
    "urgent": Urgency.URGENT,
    "dringend": Urgency.URGENT,
    "normal": Urgency.NORMAL,
}
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_YES = frozenset({"1", "true", "yes", "ja"})


class NotACall(Exception):
    """A field that must be there is missing or unknown; ``field`` names it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.field = name


@dataclass(frozen=True, slots=True)
class NoRequest:
    """Understood, and nothing to call back for; ``reason`` is a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """One push of a telephone system. ``unread`` names optional fields whose values nobody could read."""

    event: str
    call_id: str
    incoming: bool
    cause: str
    answered_by: str
    caller: str
    called: str
    wishes: Wishes = field(default_factory=Wishes)
    voicemail: str = ""
    partner: str | None = None
    occurred: datetime | None = None
    unread: tuple[str, ...] = ()


def read_call(fields: Mapping[str, object]) -> Call:
    """Read the fields of a push; raises :class:`NotACall` only for what makes a call a call.

    An optional field that cannot be read is left out and named, never a reason to lose a call.
    """
    texts = {name.removesuffix("[]"): _text(value) for name, value in fields.items()}
    call_id = line(texts.get("callId") or texts.get("call_id") or "", LONGEST_CALL_ID + 1)
    event = texts.get("event", "").casefold()
    direction = texts.get("direction", "in").casefold()
    if event not in {"newcall", "answer", "hangup", "voicemail"}:
        raise NotACall("event")
    if direction not in {"in", "out"}:
        raise NotACall("direction")
    if not 0 < len(call_id) <= LONGEST_CALL_ID:
        raise NotACall("callId")
    unread: list[str] = []
    wishes = Wishes(
        own_words=_known(texts, "urgency", _OWN_WORDS, unread),
        team=_known(texts, "topic", {team.value: team for team in Team}, unread),
        language=_language(texts, unread),
        interpreter=texts.get("interpreter", "").casefold() in _YES,
        video=texts.get("video", "").casefold() in _YES,
    )
    return Call(
        event=event,
        call_id=call_id,
        incoming=direction == "in",
        cause=texts.get("cause", "").casefold(),
        answered_by=texts.get("answeringNumber") or texts.get("user", ""),
        caller=texts.get("from", ""),
        called=texts.get("to", ""),
        wishes=wishes,
        voicemail=clean(texts.get("voicemail", ""), _LONGEST_VOICEMAIL),
        partner=line(texts.get("partner", ""), 64) or None,
        occurred=_moment(texts, unread),
        unread=tuple(unread),
    )


def submission_of(call: Call, office: Office, signed_at: datetime, now: datetime) -> Submission | NoRequest:
    """Return the request that a call is, or why it is none."""
    if not call.incoming:
        return NoRequest("outgoing")
    if call.event in {"newcall", "answer"}:
        return NoRequest("call_goes_on")
    if not (call.voicemail or call.event == "voicemail"):
        if call.cause == "forwarded":
            return NoRequest("forwarded")
        if call.cause not in _UNANSWERED and call.answered_by:
            return NoRequest("answered")
    # When it was signed is when the system knew; a clock that runs ahead must not move a deadline.
    at = call.occurred or signed_at
    occurred = at if now - _LONGEST_PAST <= at <= now else min(signed_at, now)
    team = call.wishes.team or _team_of_line(call.called, office)
    withheld = call.caller.strip().casefold() in _WITHHELD
    return Submission(
        office=office.id,
        channel=Channel.PHONE,
        key=call.call_id,
        occurred_at=occurred,
        personal=Personal(phone=None if withheld else caller_number(call.caller), text=call.voicemail),
        wishes=call.wishes.model_copy(update={"team": team}),
        partner=call.partner if any(call.partner == partner.id for partner in office.partners) else None,
    )


def _team_of_line(called: str, office: Office) -> Team | None:
    number = caller_number(called)
    return next((h.team for h in office.hotlines if number and caller_number(h.number) == number), None)


def _text(value: object) -> str:
    match value:
        case str():
            return value.strip()
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case [first, *_]:
            return _text(first)
        case _:
            return ""


def _known(texts: Mapping[str, str], name: str, known: Mapping[str, T], unread: list[str]) -> T | None:
    text = texts.get(name, "").casefold()
    if text and text not in known:
        unread.append(name)
    return known.get(text)


def _language(texts: Mapping[str, str], unread: list[str]) -> str | None:
    code = texts.get("language", "").casefold().partition("-")[0]
    if code and not _LANGUAGE.fullmatch(code):
        unread.append("language")
        return None
    return code or None


def _moment(texts: Mapping[str, str], unread: list[str]) -> datetime | None:
    text = texts.get("occurred", "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        unread.append("occurred")
        return None
    return at
