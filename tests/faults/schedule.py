"""What breaks when: drawn from a seed, so that a run that found something can be run again."""

import hashlib
import random
from dataclasses import dataclass
from enum import StrEnum

TARGETS = ("intake", "triage", "notifier", "notifier-2", "broker", "mongodb")
FROZEN = ("notifier", "triage", "notifier-2")
SECONDS_EACH = 8.0
_DOWN_SECONDS = (0.2, 4.0)
_FROZEN_SECONDS = (17.0, 20.0)  # longer than a consumer's session (15 s) and the lease of the alarms (3 s)


class Kind(StrEnum):
    """How a process is broken."""

    KILLED = "SIGKILL"
    FROZEN = "SIGSTOP"


@dataclass(frozen=True, slots=True)
class Fault:
    """At ``at`` seconds ``target`` breaks; ``seconds`` later it is started again, or goes on."""

    at: float
    kind: Kind
    target: str
    seconds: float


def schedule(seed: int, kills: int, freezes: int = 4) -> tuple[Fault, ...]:
    """Return the faults of a run, in their order: each target is killed about as often as every other."""
    chance = random.Random(seed)
    due = [(Kind.KILLED, target) for target in _dealt(TARGETS, kills, chance)]
    due += [(Kind.FROZEN, target) for target in _dealt(FROZEN, freezes, chance)]
    chance.shuffle(due)
    faults = []
    for slot, (kind, target) in enumerate(due):
        at = (slot + chance.random()) * SECONDS_EACH + 2.0
        seconds = chance.uniform(*(_DOWN_SECONDS if kind is Kind.KILLED else _FROZEN_SECONDS))
        faults.append(Fault(round(at, 2), kind, target, round(seconds, 2)))
    return tuple(sorted(faults, key=lambda fault: fault.at))


def fingerprint(faults: tuple[Fault, ...]) -> str:
    """Return twelve hex digits of a schedule: the same seed, the same digits."""
    return hashlib.sha256(repr([(f.at, str(f.kind), f.target, f.seconds) for f in faults]).encode()).hexdigest()[:12]


def _dealt(targets: tuple[str, ...], times: int, chance: random.Random) -> list[str]:
    dealt: list[str] = []
    while len(dealt) < times:
        dealt += chance.sample(targets, len(targets))
    return dealt[:times]
