"""The typed registry of topics: who may write what where, who reads it, how long it stays.

The key of every record is the callback id, so that the facts of one callback keep their order within a topic.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from schemas import callback, channels, sla, task
from schemas.envelope import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)

UPSTREAM, INTAKE, TRIAGE, NOTIFIER = "upstream", "intake", "triage", "notifier"
WEEK = timedelta(days=7)
PARTITIONS = 6


@dataclass(frozen=True, slots=True)
class Topic(Generic[E_co]):
    """One topic: its only writer (``owner``), its readers and what it carries."""

    name: str
    event: type[E_co]
    owner: str
    consumers: tuple[str, ...]
    summary: str
    partitions: int = PARTITIONS
    retention: timedelta = WEEK

    def dead_letters(self, service: str) -> str:
        """Return the name of the topic that takes what ``service`` could never handle."""
        return f"{self.name}.dlq.{service}"


PHONE = Topic(
    channels.PhoneCallReceived.TYPE,
    channels.PhoneCallReceived,
    UPSTREAM,
    (INTAKE,),
    "Calls that went unanswered, from telephone systems that speak Kafka.",
)
FORM = Topic(
    channels.PaperFormReceived.TYPE,
    channels.PaperFormReceived,
    UPSTREAM,
    (INTAKE,),
    "Paper forms, from scanning stations that speak Kafka.",
)
WEB = Topic(
    channels.WebFormReceived.TYPE,
    channels.WebFormReceived,
    UPSTREAM,
    (INTAKE,),
    "Requests from web portals that speak Kafka.",
)
EMAIL = Topic(
    channels.EmailReceived.TYPE,
    channels.EmailReceived,
    UPSTREAM,
    (INTAKE,),
    "Mails, from gateways that speak Kafka.",
)
CALLBACK_REQUESTED = Topic(
    callback.CallbackRequested.TYPE,
    callback.CallbackRequested,
    INTAKE,
    (TRIAGE,),
    "Every request that was accepted, from any channel.",
)
CALLBACK_TRIAGED = Topic(
    callback.CallbackTriaged.TYPE,
    callback.CallbackTriaged,
    TRIAGE,
    (NOTIFIER,),
    "Decided requests that are no emergencies.",
)
CALLBACK_EMERGENCY = Topic(
    "rueckruf.callback.emergency.v1",
    callback.CallbackTriaged,
    TRIAGE,
    (NOTIFIER,),
    "Emergencies: the same event on a topic of its own, so that none waits behind a backlog.",
    partitions=1,  # read the moment it arrives; several would make one wait for another
)
TASK_ASSIGNED = Topic(
    task.TaskAssigned.TYPE,
    task.TaskAssigned,
    NOTIFIER,
    (INTAKE,),
    "A task exists. Intake announces a request again until it sees this.",
)
TASK_ACCEPTED = Topic(task.TaskAccepted.TYPE, task.TaskAccepted, NOTIFIER, (), "An advisor took a task.")
TASK_ATTEMPTED = Topic(task.TaskAttempted.TYPE, task.TaskAttempted, NOTIFIER, (), "A citizen was called.")
TASK_RESCHEDULED = Topic(task.TaskRescheduled.TYPE, task.TaskRescheduled, NOTIFIER, (), "A time was agreed.")
TASK_CLOSED = Topic(task.TaskClosed.TYPE, task.TaskClosed, NOTIFIER, (), "A callback ended.")
SLA_WARNED = Topic(sla.SlaWarned.TYPE, sla.SlaWarned, NOTIFIER, (), "A deadline comes near.")
SLA_BREACHED = Topic(sla.SlaBreached.TYPE, sla.SlaBreached, NOTIFIER, (), "A deadline passed unmet.")
SLA_ESCALATED = Topic(sla.SlaEscalated.TYPE, sla.SlaEscalated, NOTIFIER, (), "A breach was carried up.")

RAW: tuple[Topic[channels.ChannelEvent], ...] = (PHONE, FORM, WEB, EMAIL)
ALL: tuple[Topic[Event], ...] = (
    *RAW, CALLBACK_REQUESTED, CALLBACK_TRIAGED, CALLBACK_EMERGENCY,
    TASK_ASSIGNED, TASK_ACCEPTED, TASK_ATTEMPTED, TASK_RESCHEDULED, TASK_CLOSED,
    SLA_WARNED, SLA_BREACHED, SLA_ESCALATED,
)  # fmt: skip
BY_NAME = {topic.name: topic for topic in ALL}


def read_by(service: str) -> tuple[Topic[Event], ...]:
    """Return the topics that ``service`` consumes."""
    return tuple(topic for topic in ALL if service in topic.consumers)


def written_by(service: str) -> tuple[Topic[Event], ...]:
    """Return the topics that ``service`` owns."""
    return tuple(topic for topic in ALL if topic.owner == service)
