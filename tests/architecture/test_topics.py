"""The graph of topics: what the code reads is what the registry says, and nothing that we tell can punish anybody."""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args
from unittest.mock import Mock

import pytest
from pydantic import BaseModel

from schemas import topics
from schemas.topics import ALL, INTAKE, NOTIFIER, TRIAGE, UPSTREAM, Topic
from schemas.words import AttemptResult, Category, Outcome
from services.intake.consumers import subscribe as intake
from services.notifier.consumers import subscribe as notifier
from services.triage.consumers import subscribe as triage

_BLAME = re.compile(
    r"sanction|fault|blame|penalt|punish|no_?show|missed_by|uncooperat|cooperation|breach_of_duty|neglect|offen[cs]e",
    re.IGNORECASE,
)


class Bus:
    """Notes what a service asks to read."""

    def __init__(self) -> None:
        self.consumed: dict[str, str] = {}
        self.followed: set[str] = set()

    def consume(
        self, topic: Topic[Any], _decode: object, handle: Callable[..., object], *, group: str, **_: int
    ) -> None:
        assert topic.name not in self.consumed, f"{topic.name} is read twice"
        assert handle.__name__.startswith("on_")
        self.consumed[topic.name] = group

    def follow(self, *followed: Topic[Any], **_: object) -> None:
        self.followed |= {topic.name for topic in followed}


def bus_of(service: str) -> Bus:
    every: dict[str, Callable[..., None]] = {INTAKE: intake, TRIAGE: triage, NOTIFIER: notifier}
    subscribe = every[service]
    bus = Bus()
    subscribe(bus, *(Mock() for _ in list(inspect.signature(subscribe).parameters)[1:]))
    return bus


@pytest.mark.parametrize("service", [INTAKE, TRIAGE, NOTIFIER])
def test_a_service_reads_what_the_registry_says_and_nothing_else(service: str) -> None:
    bus = bus_of(service)
    its_own = {topic.name for topic in topics.written_by(service)}
    assert set(bus.consumed) | bus.followed - its_own == {topic.name for topic in topics.read_by(service)}
    assert all(group.startswith(f"{service}.") for group in bus.consumed.values())
    assert len(set(bus.consumed.values())) == len(bus.consumed)


@pytest.mark.parametrize("service", [INTAKE, TRIAGE, NOTIFIER])
def test_what_is_followed_only_is_never_the_way_a_request_goes(service: str) -> None:
    """A follower loses what it fails at, so no record on the way to a task may be left to one."""
    on_the_way = {*topics.RAW, topics.CALLBACK_REQUESTED, topics.CALLBACK_TRIAGED, topics.CALLBACK_EMERGENCY}
    assert not bus_of(service).followed & {topic.name for topic in on_the_way}


def test_emergencies_have_a_consumer_of_their_own() -> None:
    consumed = bus_of(NOTIFIER).consumed
    assert consumed[topics.CALLBACK_EMERGENCY.name] != consumed[topics.CALLBACK_TRIAGED.name]


def test_every_topic_has_one_writer_we_know_and_only_readers_we_know() -> None:
    assert len({topic.name for topic in ALL}) == len(ALL)
    for topic in ALL:
        assert topic.owner in {UPSTREAM, INTAKE, TRIAGE, NOTIFIER}
        assert set(topic.consumers) <= {INTAKE, TRIAGE, NOTIFIER}
        assert topic.owner not in topic.consumers
        assert re.fullmatch(r"rueckruf\.[a-z]+\.[a-z]+\.v1", topic.name)


def fields(model: type[BaseModel], seen: set[type] | None = None) -> Iterator[str]:
    """Yield the names of all fields of an event, nested ones too."""
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield name
        for inner in parts(field.annotation):
            yield from fields(inner, seen)


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def test_no_topic_no_reader_and_no_field_of_ours_speaks_of_a_citizens_fault() -> None:
    for topic in ALL:
        named = [topic.name, *topic.consumers, *fields(topic.event)]
        assert not [name for name in named if _BLAME.search(name)], topic.name


def test_attempts_and_outcomes_are_neutral() -> None:
    assert {result.value for result in AttemptResult} == {"reached", "no_answer", "busy", "wrong_number", "voicemail"}
    assert {outcome.value for outcome in Outcome} == {"done", "withdrawn", "merged", "unreachable", "erased"}
    assert not [word for word in (*AttemptResult, *Outcome) if _BLAME.search(word.value)]


def test_what_tells_of_attempts_and_unreachable_citizens_is_read_by_no_other_service() -> None:
    """A new reader has to be argued for here: a missed call must never reach whoever decides on benefits."""
    assert topics.TASK_ATTEMPTED.consumers == ()
    assert topics.TASK_CLOSED.consumers == ()


def test_sanction_is_a_word_of_citizens_only() -> None:
    """A citizen may ask about one; nothing else in the contract knows the word."""
    assert Category.SANCTION.value == "sanction"
    root = Path(__file__).resolve().parents[2] / "schemas"
    users = {path.name for path in root.glob("*.py") if "sanction" in path.read_text(encoding="utf-8").lower()}
    assert users == {"words.py"}
