"""One true example of every event: documentation, golden data of the tests, and what breaking changes are judged by."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas import callback, channels, sla, task
from schemas.envelope import Event
from schemas.ids import callback_id, event_id, receipt_number
from schemas.words import (
    AttemptResult,
    Category,
    Channel,
    Outcome,
    Reading,
    Stage,
    Team,
    Urgency,
)

_ACTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_OFFICE = "musterstadt"
_CALLBACK = callback_id(_OFFICE, Channel.WEB, "example")
_RECEIPT = receipt_number(_CALLBACK)
_SEALED = "c2VhbGVkIGV4YW1wbGUsIG5vdCByZWFkYWJsZQ=="


def _common(kind: type[Event], minutes: int, *, step: str = "", cause: UUID | None = None) -> dict[str, object]:
    return {
        "id": event_id(_CALLBACK, kind.TYPE, step),
        "source": "rueckruf/example",
        "time": _ACTED + timedelta(minutes=minutes),
        "subject": _CALLBACK,
        "correlationid": _CALLBACK,
        "causationid": cause,
        "office": _OFFICE,
    }


def _raw(kind: type[channels.ChannelEvent]) -> channels.ChannelEvent:
    data = channels.RawData(key="example", keyid="portal-2026", occurred=_ACTED, sealed=_SEALED)
    return kind.model_validate({**_common(kind, 0), "type": kind.TYPE, "data": data})


def examples() -> dict[str, Event]:
    """Return an example by the event's class name."""
    requested = callback.CallbackRequested.model_validate(
        {
            **_common(callback.CallbackRequested, 0),
            "type": callback.CallbackRequested.TYPE,
            "data": {
                "channel": Channel.WEB,
                "receipt": _RECEIPT,
                "sealed": _SEALED,
                "language": "uk",
                "own_words": Urgency.URGENT,
                "windows": ({"day": "mon", "start": "09:00", "end": "12:00"},),
            },
        }
    )
    triaged = callback.CallbackTriaged.model_validate(
        {
            **_common(callback.CallbackTriaged, 0, cause=requested.id),
            "type": callback.CallbackTriaged.TYPE,
            "data": {
                **requested.data.model_dump(),
                "urgency": Urgency.EMERGENCY,
                "category": Category.ENERGY_CUTOFF,
                "team": Team.BENEFITS,
                "language": "uk",
                "interpreter": True,
                "evidence": ({"start": 4, "end": 22, "rule": "energy_cutoff/cut", "reading": Reading.AFFIRMED},),
                "rules": "0123456789ab",
            },
        }
    )
    owned = {"urgency": Urgency.EMERGENCY, "team": Team.BENEFITS, "advisor": "olena.kovalenko"}
    due = {"stage": Stage.ATTEMPTED, "due": _ACTED + timedelta(minutes=30), "policy": "0123456789ab", **owned}
    data: dict[type[Event], dict[str, object]] = {
        task.TaskAssigned: {**owned, "version": 1, "channel": Channel.WEB, "receipt": _RECEIPT, "reason": "language"},
        task.TaskAccepted: {**owned, "version": 2},
        task.TaskAttempted: {**owned, "version": 3, "result": AttemptResult.NO_ANSWER, "attempt": 1},
        task.TaskRescheduled: {**owned, "version": 4, "until": _ACTED + timedelta(hours=4)},
        task.TaskClosed: {**owned, "version": 5, "outcome": Outcome.DONE},
        sla.SlaWarned: {**due, "percent": 75},
        sla.SlaBreached: due,
        sla.SlaEscalated: {**due, "step": 1, "to": "lead"},
    }
    later = [
        kind.model_validate({**_common(kind, 5 + n), "type": kind.TYPE, "data": fields})
        for n, (kind, fields) in enumerate(data.items())
    ]
    raw = [
        _raw(kind)
        for kind in (
            channels.PhoneCallReceived,
            channels.PaperFormReceived,
            channels.WebFormReceived,
            channels.EmailReceived,
        )
    ]
    return {type(event).__name__: event for event in (*raw, requested, triaged, *later)}
