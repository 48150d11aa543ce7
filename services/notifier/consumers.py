"""What notifier reads from Kafka: emergencies and all others, each with a consumer and commits of its own."""

from collections.abc import Sequence

from schemas.callback import CallbackTriaged
from schemas.topics import CALLBACK_EMERGENCY, CALLBACK_TRIAGED, NOTIFIER, written_by
from services.chassis.broker import Bus
from services.chassis.consuming import Rejection
from services.notifier.live import Live
from services.notifier.use_cases.open_tasks import OpenTasks


def subscribe(bus: Bus, open_tasks: OpenTasks, live: Live) -> None:
    """Attach the handlers."""

    async def on_callbacks_triaged(events: Sequence[CallbackTriaged]) -> Sequence[Rejection]:
        """Open a task for each callback of a batch."""
        return await open_tasks(events)

    async def on_emergencies(events: Sequence[CallbackTriaged]) -> Sequence[Rejection]:
        """Open a task for each emergency; nothing else is ever before it."""
        return await open_tasks(events)

    bus.consume(
        CALLBACK_EMERGENCY,
        CallbackTriaged.decode,
        on_emergencies,
        group="notifier.emergencies",
        most=100,
        urgent=True,
    )
    bus.consume(CALLBACK_TRIAGED, CallbackTriaged.decode, on_callbacks_triaged, group="notifier.callbacks-triaged")
    bus.follow(*written_by(NOTIFIER), tell=live.hear, name="notifier.live")
