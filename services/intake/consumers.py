"""What intake reads from Kafka: raw events of upstream systems, and notifier's word that a task exists."""

from collections.abc import Sequence
from uuid import UUID

from aiokafka import ConsumerRecord

from schemas.channels import ChannelEvent
from schemas.office import Offices
from schemas.topics import RAW, TASK_ASSIGNED
from services.chassis.broker import Bus
from services.chassis.clock import Clock
from services.chassis.consuming import Rejection
from services.intake.channels.upstream import Refused, read_raw_event
from services.intake.domain.submission import Submission
from services.intake.ports import Requests
from services.intake.settings import IntakeSettings


def subscribe(bus: Bus, requests: Requests, offices: Offices, settings: IntakeSettings, clock: Clock) -> None:
    """Attach the handlers."""

    async def on_raw_events(events: Sequence[ChannelEvent]) -> Sequence[Rejection]:
        """Store a batch of raw events; what cannot be opened is rejected on its own."""
        submissions: list[Submission] = []
        rejections: list[Rejection] = []
        now = clock()
        for index, event in enumerate(events):
            try:
                submissions.append(read_raw_event(event, settings.channel_keys, offices, now))
            except Refused as refusal:
                rejections.append(Rejection(index, str(refusal)))
        if submissions:
            await requests.add(submissions)
        return rejections

    async def on_tasks_assigned(records: Sequence[ConsumerRecord]) -> None:
        """Note which requests have reached a task; the key alone says which."""
        await requests.confirm([UUID(record.key.decode()) for record in records if record.key], clock())

    for topic in RAW:
        entity = topic.name.removeprefix("rueckruf.channel.").removesuffix(".v1")
        bus.consume(topic, topic.event.decode, on_raw_events, group=f"intake.channel-{entity}")
    # Each replica knows what it announced itself, so each one has to hear every answer.
    bus.follow(TASK_ASSIGNED, tell=on_tasks_assigned, name="intake.tasks-assigned")
