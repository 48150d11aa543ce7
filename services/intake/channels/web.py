"""Web: a written request from the portal's page or from another portal by JSON."""

from datetime import datetime

from schemas.words import Channel
from services.intake.channels.asking import Asking
from services.intake.domain.submission import Original, Submission

LONGEST_KEY = 200


def submission_of(
    asking: Asking, office_id: str, key: str, now: datetime, originals: tuple[Original, ...] = ()
) -> Submission:
    """Return the request; the citizen acts by sending it, so the clock starts now."""
    return Submission(
        office=office_id,
        channel=Channel.WEB,
        key=key,
        occurred_at=now,
        personal=asking.personal(originals),
        wishes=asking.wishes,
        originals=originals,
    )
