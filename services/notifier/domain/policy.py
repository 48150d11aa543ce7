"""What an office promises, compiled: its targets, its hours, and the version both are known by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.office import Office, Superior
from schemas.office_values import Target
from schemas.words import Urgency
from services.notifier.domain.business_time import MINUTE, OpenHours
from services.notifier.domain.calendar import holidays_of, open_hours

_HOLIDAYS_IN_VERSION = range(2024, 2035)  # a holiday law that changes, changes the version


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is told how long after a breach, in microseconds of the promise's hours."""

    after: int
    to: Superior


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised for one urgency; the targets are those of owned, attempted and outcome."""

    targets: tuple[Target, Target, Target]
    hours: OpenHours
    warn: tuple[int, ...]
    ladder: tuple[Rung, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The promises of one office under one version of its file. Compile it once and share it."""

    office: str
    version: str
    service: OpenHours
    promises: Mapping[Urgency, Promise]


def compile_policy(office: Office) -> Policy:
    """Compile the targets and the calendar of an office."""
    service, always = open_hours(office), OpenHours.always()
    promises = {}
    for urgency in Urgency:
        given = office.targets.of(urgency)
        promises[urgency] = Promise(
            targets=(given.owned, given.attempted, given.outcome),
            hours=always if given.hours == "always" else service,
            warn=given.warn,
            ladder=tuple(Rung(rung.after.amount * MINUTE, rung.to) for rung in given.escalation),
        )
    return Policy(office=office.id, version=policy_version(office), service=service, promises=promises)


def policy_version(office: Office) -> str:
    """Return twelve hex digits of everything a deadline depends on: the same content, the same version."""
    content = {
        "zone": office.time_zone,
        "week": [[str(slot) for slot in day] for day in office.service_hours.week],
        "holidays": [day.isoformat() for day in holidays_of(office, _HOLIDAYS_IN_VERSION)],
        "closings": sorted(
            json.dumps(closing.model_dump(mode="json", exclude={"reason"}), sort_keys=True)
            for closing in office.closings
        ),
        "targets": office.targets.model_dump(mode="json"),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
