"""Metrics and traces. Labels are bounded: topics, groups, channels and codes, never ids or people."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, StatusCode, TraceFlags, get_current_span
from prometheus_client import Counter, Gauge, Histogram

from services.chassis.settings import Settings

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_MOST_LINKS = 32
_TRACEPARENT_PARTS = 4

CONSUMED = Counter("rueckruf_consumed_records", "Records taken from a topic and done with.", ["topic", "group"])
BATCH_SECONDS = Histogram(
    "rueckruf_batch_seconds", "Seconds from taking a batch to committing it.", ["group"], buckets=_SECONDS
)
RETRIES = Counter("rueckruf_retries", "Batches tried again because a server did not answer.", ["group"])
DEAD_LETTERS = Counter(
    "rueckruf_dead_letters",
    "Records put aside because they can never be handled.",
    ["topic", "group", "reason"],
)
HALTED = Gauge("rueckruf_consumer_halted", "1 while a consumer has stopped at too many dead letters.", ["group"])
PUBLISHED = Counter("rueckruf_published_records", "Records that Kafka confirmed.", ["topic"])
OUTBOX_AGE = Gauge("rueckruf_outbox_oldest_seconds", "Age of the oldest entry that is not published yet.")
OUTBOX_SWEPT = Counter("rueckruf_outbox_swept_entries", "Outbox entries that the sweep had to publish.")

_tracer = trace.get_tracer("rueckruf")


def set_up_traces(settings: Settings, service: str) -> None:
    """Send traces where the settings say; without an endpoint spans cost next to nothing."""
    if settings.otlp_endpoint is None:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"rueckruf-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)


def traceparent() -> str | None:
    """Return the current span as W3C ``traceparent``, or None outside any trace."""
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


@contextmanager
def span(name: str, traceparents: Iterable[str | None] = (), **attributes: str | int) -> Iterator[None]:
    """Run a block as a span that links to the spans its records come from."""
    links = [link for value in list(traceparents)[:_MOST_LINKS] if (link := _link(value)) is not None]
    with _tracer.start_as_current_span(
        name,
        links=links,
        attributes=attributes,
        record_exception=False,  # its message may carry what a citizen wrote
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def _link(value: str | None) -> Link | None:
    parts = value.split("-") if value else []
    if len(parts) != _TRACEPARENT_PARTS:
        return None
    try:
        context = SpanContext(
            int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=TraceFlags(int(parts[3], 16))
        )
    except ValueError:
        return None
    return Link(context) if context.is_valid else None
