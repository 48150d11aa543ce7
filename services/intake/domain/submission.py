"""A submission: what any channel hands in, in one shape."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from schemas.callback import CallbackRequested, Requested
from schemas.channels import Wishes
from schemas.ids import callback_id, event_id, receipt_number
from schemas.personal import Personal
from schemas.words import Channel

SOURCE = "rueckruf/intake"


@dataclass(frozen=True, slots=True)
class Original:
    """A file that came along; it stays with intake, sealed."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True)
class Submission:
    """What a channel handed in.

    ``key`` is the channel's own key: the same key is the same callback. ``occurred_at`` is when the citizen
    acted, ``recorded_at`` when it was typed in, where that was later.
    """

    office: str
    channel: Channel
    key: str
    occurred_at: datetime
    personal: Personal
    wishes: Wishes
    recorded_at: datetime | None = None
    partner: str | None = None
    cause: UUID | None = None
    traceparent: str | None = None
    originals: tuple[Original, ...] = ()

    @cached_property
    def callback(self) -> UUID:
        """The callback this becomes, or already is."""
        return callback_id(self.office, self.channel, self.key)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof a citizen gets: a number to ask with, and since when the clock runs."""

    callback: UUID
    since: datetime
    already_known: bool = False

    @property
    def number(self) -> str:
        """The receipt number, as it is read out."""
        return receipt_number(self.callback)


def request_of(submission: Submission, sealed: str) -> CallbackRequested:
    """Return the fact that this submission is, with what identifies a person sealed."""
    callback = submission.callback
    cause = submission.cause or callback
    wishes = submission.wishes
    return CallbackRequested(
        id=event_id(callback, CallbackRequested.TYPE),
        source=SOURCE,
        time=submission.occurred_at,
        recordedtime=submission.recorded_at,
        subject=callback,
        correlationid=cause,
        causationid=submission.cause,
        office=submission.office,
        traceparent=submission.traceparent,
        data=Requested(
            channel=submission.channel,
            receipt=receipt_number(callback),
            partner=submission.partner,
            attachments=len(submission.personal.attachments),
            sealed=sealed,
            team=wishes.team,
            own_words=wishes.own_words,
            language=wishes.language,
            interpreter=wishes.interpreter,
            video=wishes.video,
            windows=wishes.windows,
        ),
    )


def receipt_of(submission: Submission, *, already_known: bool = False) -> Receipt:
    """Return the receipt of a submission that is stored."""
    return Receipt(submission.callback, submission.occurred_at, already_known)
