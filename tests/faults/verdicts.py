"""The invariants, each judged from what senders were told, what MongoDB keeps and what Kafka holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.words import Outcome
from services.notifier.domain.deadlines import STAGES
from services.notifier.domain.policy import Policy
from tests.faults.alerts import Owed, Window, owed, told_by
from tests.faults.asking import MARK, PHONE_MARK
from tests.faults.commits import Commits
from tests.faults.ledger import Ledger
from tests.faults.watching import POISONED, Read

_LEGAL: dict[str, set[str]] = {
    "assigned": {"accepted"},
    "accepted": {"attempted", "rescheduled", "closed"},
    "attempted": {"attempted", "rescheduled", "closed"},
    "rescheduled": {"attempted", "rescheduled", "closed"},
    "closed": set(),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One invariant: what was compared, how much of it, and every violation as a sentence."""

    name: str
    checked: str
    count: int
    violations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a run left behind, at one moment (``now``, by the database's clock)."""

    now: datetime
    ledger: Ledger
    tasks: Mapping[UUID, Mapping[str, Any]]
    requests: frozenset[UUID]
    commits: Mapping[UUID, Commits]
    read: Read
    policy: Policy
    holding_up: Sequence[Window]
    figures: Mapping[str, Mapping[str, Any]]
    poison: int
    logs: Sequence[Path] = ()
    alerts: tuple[Owed, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Count what is owed, once."""
        owing = tuple(one for task in self.tasks.values() for one in owed(task, self.policy))
        object.__setattr__(self, "alerts", owing)


def judge(seen: Evidence) -> list[Verdict]:
    """Return all verdicts."""
    return [
        _verdict("no loss", "accepted, each with a task", len(seen.ledger.accepted), _lost(seen)),
        _verdict("no double", "tasks: one insert, one request, one TaskAssigned", len(seen.tasks), _doubled(seen)),
        _verdict("truth", "answers as promised", sum(seen.ledger.answers.values()), seen.ledger.wrong),
        _verdict("no missed alert", "alerts that must exist", _must(seen), _missed(seen)),
        _verdict("no doubled alert", "distinct alerts on Kafka", len(seen.read.alerts), _doubled_alerts(seen)),
        _verdict("no false alert", "alerts fired, by order of commits", _fired(seen), _false(seen)),
        _verdict("alert in time", "alerts: max(1 s, recovery + 5 s)", len(seen.read.alerts), _late(seen)),
        _verdict("order", "histories along legal edges", len(seen.tasks), _disorder(seen)),
        _verdict("balance", "received = open + done + withdrawn + merged + unreachable + erased",
                 seen.figures["intake"]["received"], _imbalance(seen)),
        _verdict("poison", "poisonous records, each one dead letter", seen.poison, _poison(seen)),
        _verdict("privacy", "records and log files without a name or a number",
                 len(seen.read.values) + len(seen.logs), _leaks(seen)),
    ]  # fmt: skip


def _verdict(name: str, checked: str, count: int, violations: Iterator[str] | Sequence[str]) -> Verdict:
    return Verdict(name, checked, count, tuple(violations))


def _lost(seen: Evidence) -> Iterator[str]:
    for callback in seen.ledger.accepted - seen.tasks.keys():
        line = seen.ledger.lines[callback]
        where = "in the ledger" if callback in seen.requests else "not in the ledger"
        yield f"{line.ask.door} {line.ask.key} ({callback}) accepted {line.accepted}, no task, {where}"
    yield from (f"{one} is in intake's ledger and has no task" for one in seen.requests - seen.tasks.keys())


def _doubled(seen: Evidence) -> Iterator[str]:
    yield from (f"task {one} was asked for by nobody" for one in seen.tasks.keys() - seen.ledger.lines.keys())
    yield from (f"task {one} has no request in the ledger" for one in seen.tasks.keys() - seen.requests)
    for callback in seen.tasks:
        commits = seen.commits.get(callback, Commits())
        if (commits.inserted, commits.deleted) != (1, 0):
            yield f"task {callback} was inserted {commits.inserted} times, deleted {commits.deleted} times"
        if len(ids := seen.read.assigned.get(callback, set())) != 1:
            yield f"task {callback} has {len(ids)} TaskAssigned ids"
        if len(seen.read.accepted.get(callback, set())) > 1 or len(seen.read.closed.get(callback, set())) > 1:
            yield f"task {callback} was accepted or closed twice"
    yield from (f"{one} is assigned on Kafka and has no task" for one in seen.read.assigned.keys() - seen.tasks.keys())


def _must(seen: Evidence) -> int:
    return sum(one.must_exist(seen.now, seen.holding_up) for one in seen.alerts)


def _missed(seen: Evidence) -> Iterator[str]:
    for one in seen.alerts:
        if one.must_exist(seen.now, seen.holding_up) and one.event not in seen.read.alerts:
            fired = one.key in seen.tasks[one.callback]["fired"]
            yield f"{one.callback} {one.key} due {one.since}, met {one.met}: not on Kafka (fired: {fired})"


def _doubled_alerts(seen: Evidence) -> Iterator[str]:
    names: dict[tuple[object, ...], UUID] = {}
    for event in seen.read.alerts.values():
        data = event.data
        number = getattr(data, "percent", None) or getattr(data, "step", None)
        name = (event.subject, event.type, data.urgency, data.stage, number)
        if names.setdefault(name, event.id) != event.id:
            yield f"{event.subject} {event.type} {data.stage} {number} has two event ids"
    for callback, task in seen.tasks.items():
        if len(set(task["fired"])) != len(task["fired"]):
            yield f"{callback} fired an alarm twice: {task['fired']}"


def _fired(seen: Evidence) -> int:
    return sum(len(task["fired"]) for task in seen.tasks.values())


def _false(seen: Evidence) -> Iterator[str]:
    known = {one.event: one for one in seen.alerts}
    for event in seen.read.alerts.values():
        one = known.get(event.id)
        if one is None:
            yield f"{event.subject} {event.type} {event.data.stage}: no plan knows this alert"
            continue
        if seen.read.first[event.id] < one.since - timedelta(milliseconds=2):
            yield f"{one.callback} {one.key} was told {one.since - seen.read.first[event.id]} before its time"
        if one.must_not_exist:
            commits = seen.commits[one.callback]
            met = [number for stage, number in commits.met.items() if STAGES.index(stage) >= STAGES.index(one.stage)]
            if not met or min(met) < commits.fired.get(one.key, 0):
                yield f"{one.callback} {one.key} since {one.since}, met {one.met}, commits {commits}"


def _late(seen: Evidence) -> Iterator[str]:
    for one in seen.alerts:
        told = seen.read.first.get(one.event)
        if told is not None and told > told_by(one.since, seen.holding_up):
            yield f"{one.callback} {one.key} since {one.since} was told {told}, {told - one.since} late"


def _disorder(seen: Evidence) -> Iterator[str]:
    for callback, task in seen.tasks.items():
        deeds = [deed for deed, *_ in task["history"]]
        legal = all(after in _LEGAL[before] for before, after in pairwise(deeds))
        if not legal or deeds[0] != "assigned" or task["version"] != len(deeds):
            yield f"{callback} went {' -> '.join(deeds)}, version {task['version']}"


def _imbalance(seen: Evidence) -> Iterator[str]:
    intake, notifier = seen.figures["intake"], seen.figures["notifier"]
    accounted = notifier["open"] + sum(notifier[outcome.value] for outcome in Outcome)
    if not intake["received"] == notifier["tasks"] == accounted == len(seen.tasks):
        yield f"received {intake['received']}, tasks {notifier['tasks']}, accounted for {accounted}"
    if intake["under_way"]:
        yield f"{intake['under_way']} requests still wait for an answer"


def _poison(seen: Evidence) -> Iterator[str]:
    if len(seen.read.dead_letters) < seen.poison:
        yield f"only {len(seen.read.dead_letters)} dead letters: {sorted(seen.read.dead_letters)}"
    yield from (f"{place!r} was put aside" for place, key in seen.read.dead_letters if key != POISONED)


def _leaks(seen: Evidence) -> Iterator[str]:
    marks = (MARK.encode(), PHONE_MARK.encode())
    for value in seen.read.values:
        if any(mark in value for mark in marks):
            yield f"a record on Kafka: {value[:80]!r}"
    for log in seen.logs:
        content = log.read_bytes()
        yield from (f"{log.parent.name}'s log holds {mark!r}" for mark in marks if mark in content)
