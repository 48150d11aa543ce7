"""Paper form: typed in at the front desk, but the clock starts when it was dropped in the letter box."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.words import Channel
from services.intake.channels.asking import Asking, FieldsWrong
from services.intake.channels.words_in import line
from services.intake.domain.submission import Submission

LONGEST_NUMBER = 64
_LONGEST_PAST = timedelta(days=366)
_MINUTE = timedelta(minutes=1)


def dropped_at(day: str, time: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when a form was dropped in, from the clock on the wall; nothing given is now.

    A day without a time counts from its first minute: in doubt for the citizen. Raises :class:`FieldsWrong`
    for what is no time, lies in the future or more than a year back.
    """
    if not day and not time:
        return now
    try:
        at = datetime.fromisoformat(f"{day or now.astimezone(zone).date().isoformat()}T{time or '00:00'}")
    except ValueError:
        raise FieldsWrong({"dropped_date" if day else "dropped_time": "unreadable"}) from None
    return bounded(at.replace(tzinfo=zone), now, "dropped_time" if time else "dropped_date")


def bounded(at: datetime, now: datetime, name: str) -> datetime:
    """Return ``at`` unless it lies in the future or too far back; clocks that differ by a minute do not matter."""
    if at > now + _MINUTE:
        raise FieldsWrong({name: "future"})
    if at < now - _LONGEST_PAST:
        raise FieldsWrong({name: "too_old"})
    return min(at, now)


def submission_of(asking: Asking, office_id: str, form_number: str, dropped: datetime, now: datetime) -> Submission:
    """Return the request. The number printed on the form is its key; without one the same words are the same form."""
    number = line(form_number, LONGEST_NUMBER + 1).upper()
    if len(number) > LONGEST_NUMBER:
        raise FieldsWrong({"form_number": "too_long"})
    return Submission(
        office=office_id,
        channel=Channel.FORM,
        key=number or asking.fingerprint(dropped.isoformat()),
        occurred_at=dropped.astimezone(now.tzinfo),
        recorded_at=now,
        personal=asking.personal(),
        wishes=asking.wishes,
    )
