"""The published contract is true, complete, and cannot be broken unnoticed."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from schemas.asyncapi import SERVICES, asyncapi
from schemas.envelope import Event
from schemas.examples import examples
from schemas.publish import PUBLISHED, breaks, differences
from schemas.topics import ALL, BY_NAME, UPSTREAM

EVENTS = sorted({topic.event for topic in ALL}, key=lambda event: event.__name__)


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((PUBLISHED / f"{name}.schema.json").read_text("utf-8"))
    return schema


def test_what_is_published_is_what_the_code_says() -> None:
    assert differences() == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_example_fits_its_published_schema_and_reads_back_to_itself(event: type[Event]) -> None:
    text = (PUBLISHED / f"{event.__name__}.example.json").read_text("utf-8")
    jsonschema.validate(json.loads(text), _schema(event.__name__))
    read = event.decode(text.encode())
    assert read == examples()[event.__name__]
    assert event.decode(read.encode()) == read


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_carries_the_cloudevents_attributes_under_their_names(event: type[Event]) -> None:
    wire = json.loads(examples()[event.__name__].encode())
    assert {"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data"} <= wire.keys()
    assert all(name.isalnum() and name.islower() for name in wire)
    assert wire["type"] == event.TYPE


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_reader_ignores_fields_it_does_not_know(event: type[Event]) -> None:
    wire = json.loads(examples()[event.__name__].encode())
    wire["fromthefuture"] = 1
    wire["data"]["from_the_future"] = {"a": 1}
    assert event.decode(json.dumps(wire).encode()) == examples()[event.__name__]


def test_every_topic_has_one_owner_known_readers_and_a_name_by_the_rule() -> None:
    for topic in ALL:
        assert topic.owner in {UPSTREAM, *SERVICES}
        assert set(topic.consumers) <= set(SERVICES)
        parts = topic.name.split(".")
        assert parts[0] == "rueckruf"
        assert parts[-1] == "v1"
        assert "_" not in topic.name
    assert len(BY_NAME) == len(ALL)


@pytest.mark.parametrize("service", SERVICES)
def test_every_asyncapi_document_refers_only_to_what_is_published(service: str) -> None:
    document = asyncapi(service)
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].rsplit("/", 1)[-1] in document["components"]["messages"]
    for name, message in document["components"]["messages"].items():
        assert message["payload"]["$ref"] == f"./{name}.schema.json"
        assert (PUBLISHED / f"{name}.schema.json").exists()


def _without(schema: dict[str, Any]) -> None:
    del schema["$defs"]["Requested"]["properties"]["receipt"]


def _other_type(schema: dict[str, Any]) -> None:
    schema["properties"]["office"]["type"] = "integer"


def _now_required(schema: dict[str, Any]) -> None:
    schema["required"].append("traceparent")


def _other_values(schema: dict[str, Any]) -> None:
    schema["$defs"]["Urgency"]["enum"].append("whenever")


@pytest.mark.parametrize("change", [_without, _other_type, _now_required, _other_values], ids=lambda f: f.__name__)
def test_a_breaking_change_is_caught(change: Any) -> None:
    old = _schema("CallbackRequested")
    new = copy.deepcopy(old)
    change(new)
    assert list(breaks(old, new))


def test_an_optional_addition_breaks_nobody() -> None:
    old = _schema("CallbackRequested")
    new = copy.deepcopy(old)
    new["properties"]["mood"] = {"type": "string", "default": ""}
    assert list(breaks(old, new)) == []


def test_no_event_has_a_readable_field_for_what_identifies_a_person() -> None:
    personal = {"name", "phone", "email", "number", "address", "text", "voicemail"}
    for event in EVENTS:
        schema = _schema(event.__name__)
        for part in (schema, *schema.get("$defs", {}).values()):
            assert not personal & set(part.get("properties", {})), event.__name__
