"""The last step of every channel: hand in, count, and one answer where it could not be stored."""

import asyncio

from prometheus_client import Counter

from schemas.words import Channel
from services.chassis.group_commit import Overloaded
from services.chassis.logs import get_logger
from services.chassis.mongo import StoreUnavailable
from services.intake.channels.door import Door
from services.intake.domain.submission import Receipt, Submission

RETRY_AFTER_SECONDS = 30
_LONGEST_SECONDS = 25.0

ACCEPTED = Counter("rueckruf_intake_accepted", "Requests that are stored.", ["channel", "again"])
REFUSED = Counter("rueckruf_intake_refused", "What a channel did not take, by reason code.", ["channel", "reason"])


class NotStored(Exception):
    """It is not known to be durable, so nothing may be promised; the sender should try again."""


def count_refusal(channel: Channel, reason: str) -> None:
    """Count what was not taken; ``reason`` is one of our own codes, never somebody's words."""
    REFUSED.labels(channel.value, reason).inc()


async def hand_in(door: Door, submission: Submission) -> Receipt:
    """Return the receipt once the submission is durable; raises :class:`NotStored` in every other case."""
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            receipt = await door.accept(submission)
    except (Overloaded, StoreUnavailable, TimeoutError) as error:
        reason = type(error).__name__
    except Exception as error:  # noqa: BLE001  # whatever it was: not known to be durable, so not accepted
        get_logger().error("not stored", channel=submission.channel.value, exc_info=error)
        reason = "error"
    else:
        ACCEPTED.labels(submission.channel.value, str(receipt.already_known).lower()).inc()
        return receipt
    count_refusal(submission.channel, reason)
    raise NotStored(reason)
