"""Notifier's metrics. Labels are offices, urgencies, stages and kinds: bounded, and never about a person."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from schemas.envelope import Event
from schemas.sla import SlaBreached, SlaEscalated, SlaWarned
from schemas.words import Stage, Urgency
from services.notifier.domain.figures import Figures

_LATE = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)

OPEN = Gauge("rueckruf_open_tasks", "Open tasks.", ["office", "urgency"])
OVERDUE = Gauge("rueckruf_overdue_tasks", "Open tasks whose next stage is overdue.", ["office", "stage"])
UNOWNED = Gauge("rueckruf_unowned_emergencies", "Emergencies that nobody has accepted yet.", ["office"])
OLDEST = Gauge("rueckruf_oldest_task_seconds", "How long the open task that waits longest has waited.", ["office"])
BREACHES = Counter("rueckruf_breaches", "Deadlines told to have passed unmet.", ["urgency", "stage"])
LATENESS = Histogram(
    "rueckruf_alarm_lateness_seconds", "Seconds from when an alarm was due until it was stored.", buckets=_LATE
)
PUSHES = Counter("rueckruf_pushes", "What was pushed to open pages and streams.", ["kind"])

for _urgency in Urgency:
    for _stage in Stage:
        BREACHES.labels(_urgency.value, _stage.value)  # a counter that begins with its first breach hides it


def breaches(events: Iterable[Event]) -> list[SlaBreached]:
    """Return the breaches among events."""
    return [event for event in events if isinstance(event, SlaBreached)]


def count_alerts(events: Iterable[Event], at: datetime) -> None:
    """Count the alerts of one task that were stored ``at``."""
    for event in events:
        if isinstance(event, SlaBreached):
            BREACHES.labels(event.data.urgency.value, event.data.stage.value).inc()
        if isinstance(event, SlaWarned | SlaBreached | SlaEscalated):
            LATENESS.observe(max(0.0, (at - event.time).total_seconds()))


def show(office: str, figures: Figures, at: datetime) -> None:
    """Set the gauges of an office."""
    for urgency in Urgency:
        OPEN.labels(office, urgency.value).set(figures.open_of(urgency))
    for stage in Stage:
        OVERDUE.labels(office, stage.value).set(figures.overdue_at(stage))
    UNOWNED.labels(office).set(figures.unowned_emergencies)
    OLDEST.labels(office).set(figures.waited(at).total_seconds())
