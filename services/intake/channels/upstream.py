"""Raw events from upstream systems that speak Kafka: opened with the channel key, then a submission like any other."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from pydantic import ValidationError

from schemas.channels import (
    Call,
    ChannelEvent,
    Email,
    EmailReceived,
    PaperForm,
    PaperFormReceived,
    PhoneCallReceived,
    RawData,
    RawPayload,
    WebForm,
    WebFormReceived,
    Wishes,
)
from schemas.ids import NAMESPACE
from schemas.office import Offices
from schemas.personal import Personal
from schemas.words import Channel
from services.chassis.sealing import SealBroken, seal, unseal
from services.intake.domain.submission import Submission

_FORWARD = timedelta(minutes=10)
_CHANNELS: dict[type[ChannelEvent], tuple[Channel, type[RawPayload]]] = {
    PhoneCallReceived: (Channel.PHONE, Call),
    PaperFormReceived: (Channel.FORM, PaperForm),
    WebFormReceived: (Channel.WEB, WebForm),
    EmailReceived: (Channel.EMAIL, Email),
}


class Refused(Exception):
    """A raw event that can never become a request; the message is a code."""


def read_raw_event(event: ChannelEvent, keys: Mapping[str, bytes], offices: Offices, now: datetime) -> Submission:
    """Open a raw event; raises :class:`Refused` with a code that names no person."""
    channel, payload_type = _CHANNELS[type(event)]
    if event.office not in offices:
        raise Refused("unknown_office")
    key = keys.get(event.data.keyid)
    if key is None:
        raise Refused("unknown_channel_key")
    try:
        plain = unseal(key, event.data.sealed, _bound(event.type, event.office, event.data.key))
        payload = payload_type.model_validate_json(plain)
    except SealBroken:
        raise Refused("seal_broken") from None
    except ValidationError:
        raise Refused("unreadable_payload") from None
    # A clock that runs ahead must not push a deadline into the future.
    occurred = min(event.data.occurred, now) if event.data.occurred < now + _FORWARD else now
    return Submission(
        office=event.office,
        channel=channel,
        key=event.data.key,
        occurred_at=occurred,
        recorded_at=event.recordedtime,
        personal=_personal(payload),
        wishes=payload,
        cause=event.id,
        traceparent=event.traceparent,
    )


def raw_event(  # the upstream side: what a portal, a bridge or a gateway does
    kind: type[ChannelEvent],
    *,
    office: str,
    key: str,
    keyid: str,
    channel_key: bytes,
    at: datetime,
    payload: RawPayload,
) -> ChannelEvent:
    """Return the raw event that an upstream system publishes for ``payload``."""
    plain = payload.model_dump_json(exclude_defaults=True).encode()
    event_id: UUID = uuid5(NAMESPACE, f"{kind.TYPE}\n{office}\n{key}")
    return kind(
        id=event_id,
        source="upstream",
        type=kind.TYPE,
        time=at,
        subject=event_id,
        correlationid=event_id,
        office=office,
        data=RawData(
            key=key, keyid=keyid, occurred=at, sealed=seal(channel_key, plain, _bound(kind.TYPE, office, key))
        ),
    )


def _bound(kind: str, office: str, key: str) -> bytes:
    return f"{kind}\n{office}\n{key}".encode()


def _personal(payload: Wishes) -> Personal:
    match payload:
        case Call(number=number, name=name, voicemail=voicemail):
            return Personal(name=name, phone=number, text=voicemail)
        case Email(name=name, email=email, phone=phone, subject=subject, text=text):
            return Personal(name=name, email=email, phone=phone, subject=subject, text=text)
        case (
            PaperForm(name=name, phone=phone, email=email, text=text)
            | WebForm(name=name, phone=phone, email=email, text=text)
        ):
            return Personal(name=name, phone=phone, email=email, text=text)
        case _:
            raise TypeError(type(payload).__name__)
