"""AsyncAPI 3.0 of every service, from the registry of topics: what it receives and what it sends."""

from typing import Any

from schemas.envelope import Event
from schemas.topics import ALL, Topic, read_by, written_by

_SUMMARIES = {
    "intake": "Turns what comes in through phone, form, web and email into durable requests.",
    "triage": "Decides how urgent a request is, and says which words made it so.",
    "notifier": "Gets each callback to an advisor in time, and raises alerts where it lags.",
}
SERVICES = tuple(_SUMMARIES)


def asyncapi(service: str) -> dict[str, Any]:
    """Return the AsyncAPI document of a service."""
    reads, writes = read_by(service), written_by(service)
    letters = {topic.dead_letters(service): topic for topic in reads}
    channels: dict[str, Any] = {topic.name: _channel(topic) for topic in ALL if topic in (*reads, *writes)}
    for name, topic in letters.items():
        channels[name] = {
            "address": name,
            "description": f"Records of {topic.name} that {service} can never handle, untouched, with dlq-* headers.",
            "messages": {topic.event.__name__: {"$ref": f"#/components/messages/{topic.event.__name__}"}},
        }
    operations = {
        **{f"receive.{topic.name}": _operation("receive", topic.name) for topic in reads},
        **{f"send.{name}": _operation("send", name) for name in (*(topic.name for topic in writes), *letters)},
    }
    events = sorted({topic.event for topic in (*reads, *writes)}, key=lambda event: event.__name__)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Rückruf {service}",
            "version": "1",
            "description": _SUMMARIES[service],
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": {event.__name__: _message(event) for event in events}},
    }


def _channel(topic: Topic[Event]) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": topic.summary,
        "messages": {topic.event.__name__: {"$ref": f"#/components/messages/{topic.event.__name__}"}},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": int(topic.retention.total_seconds() * 1000)},
                "bindingVersion": "0.5.0",
            }
        },
        "x-owner": topic.owner,
        "x-consumers": list(topic.consumers),
    }


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel.replace('/', '~1')}"}}


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.__name__,
        "title": event.__name__,
        "summary": (event.__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "payload": {"$ref": f"./{event.__name__}.schema.json"},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
    }
