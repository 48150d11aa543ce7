"""The promises of an office: how long each stage may take, by urgency."""

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import model_validator

from schemas import office_checks
from schemas.office_values import Part, TargetText
from schemas.words import Urgency


class Superior(StrEnum):
    """Who is told when a breach goes on."""

    LEAD = "lead"
    MANAGEMENT = "management"


class Rung(Part):
    """A step of the ladder: who is told how long after a breach."""

    after: TargetText
    to: Superior


class Promise(Part):
    """What is promised for one urgency: how long each stage may take, counted in which hours."""

    hours: Literal["service", "always"]
    owned: TargetText
    attempted: TargetText
    outcome: TargetText
    warn: tuple[int, ...]
    escalation: tuple[Rung, ...]

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        office_checks.refuse_promise(
            (self.owned, self.attempted, self.outcome), self.warn, [rung.after for rung in self.escalation]
        )
        return self


class Targets(Part):
    """The policy: a promise an urgency. What a file leaves out is as in :data:`DEFAULT_TARGETS`."""

    emergency: Promise
    urgent: Promise
    normal: Promise

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        filled = dict(DEFAULT_TARGETS)
        for level, promise in given.items():
            default = DEFAULT_TARGETS.get(level)
            filled[level] = {**default, **promise} if default and isinstance(promise, dict) else promise
        return filled

    def of(self, urgency: Urgency) -> Promise:
        """Return the promise for an urgency."""
        promise: Promise = getattr(self, urgency.value)
        return promise


DEFAULT_TARGETS: dict[str, dict[str, Any]] = {
    "emergency": {
        "hours": "always",
        "owned": "10 min",
        "attempted": "30 min",
        "outcome": "same service day",
        "warn": (50,),
        "escalation": ({"after": "5 min", "to": "lead"}, {"after": "15 min", "to": "management"}),
    },
    "urgent": {
        "hours": "service",
        "owned": "2 h",
        "attempted": "4 h",
        "outcome": "next service day",
        "warn": (75,),
        "escalation": ({"after": "30 min", "to": "lead"}, {"after": "2 h", "to": "management"}),
    },
    "normal": {
        "hours": "service",
        "owned": "8 h",
        "attempted": "24 service hours",
        "outcome": "3 service days",
        "warn": (75,),
        "escalation": ({"after": "2 h", "to": "lead"}, {"after": "8 h", "to": "management"}),
    },
}
