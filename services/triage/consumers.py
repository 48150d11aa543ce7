"""What triage reads from Kafka and what it writes there."""

from collections.abc import Sequence

from schemas.callback import CallbackRequested, CallbackTriaged
from schemas.topics import CALLBACK_EMERGENCY, CALLBACK_REQUESTED, CALLBACK_TRIAGED
from schemas.words import Urgency
from services.chassis.broker import Bus
from services.chassis.publishing import Message, Publisher
from services.triage.use_cases.triage_callbacks import TriageCallbacks


class KafkaDecisions:
    """Publishes decisions, emergencies on a topic of their own."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def publish(self, decided: Sequence[CallbackTriaged]) -> None:
        """Return when all are confirmed."""
        await self._publisher.publish([_message(event) for event in decided])


def subscribe(bus: Bus, triage: TriageCallbacks) -> None:
    """Attach the handler."""

    async def on_callbacks_requested(events: Sequence[CallbackRequested]) -> None:
        """Decide a batch; a record that cannot be read was put aside on its own."""
        await triage(events)

    bus.consume(
        CALLBACK_REQUESTED,
        CallbackRequested.decode,
        on_callbacks_requested,
        group="triage.callbacks-requested",
        fetch_wait_ms=25,
        most=200,  # an emergency that arrives next waits for the batch that is under way
    )


def _message(event: CallbackTriaged) -> Message:
    topic = CALLBACK_EMERGENCY if event.data.urgency is Urgency.EMERGENCY else CALLBACK_TRIAGED
    return Message(topic.name, str(event.subject).encode(), event.encode())
