"""What the forms of a task's page ask for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from schemas.words import AttemptResult, Outcome

_MOST_DIGITS = 9
_MINUTE = len("2026-11-23T09:05")
_CLOSABLE = frozenset({Outcome.DONE, Outcome.WITHDRAWN, Outcome.UNREACHABLE})
W = TypeVar("W", bound=StrEnum)


class FieldWrong(Exception):
    """A field holds what no form of ours sends, or nothing."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Accept:
    """Own the task."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Log a try to reach the citizen."""

    result: AttemptResult


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Agree on a later time."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """End the callback."""

    outcome: Outcome


Wish = Accept | Attempt | Reschedule | Close


class Action(StrEnum):
    """The forms."""

    ACCEPT = "accept"
    ATTEMPT = "attempt"
    RESCHEDULE = "reschedule"
    CLOSE = "close"


def read_wish(action: Action, form: FormData, zone: ZoneInfo) -> Wish:
    """Read a form; times are those of the clock on the office's wall. Raises :class:`FieldWrong`."""
    match action:
        case Action.ACCEPT:
            return Accept()
        case Action.ATTEMPT:
            return Attempt(_word(form, "result", AttemptResult))
        case Action.RESCHEDULE:
            return Reschedule(_wall_time(form, "until", zone))
        case Action.CLOSE:
            outcome = _word(form, "outcome", Outcome)
            if outcome not in _CLOSABLE:
                raise FieldWrong("outcome")
            return Close(outcome)


def read_version(form: FormData) -> int:
    """Read which version of the task the advisor looked at; raises :class:`FieldWrong`."""
    text = _text(form, "version")
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise FieldWrong("version")
    return int(text)


def values_of(form: FormData) -> dict[str, str]:
    """Return what was typed in, to be shown again."""
    return {name: text[:100] for name in ("result", "until", "outcome") if (text := _text(form, name))}


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _word(form: FormData, name: str, words: type[W]) -> W:
    try:
        return words(_text(form, name))
    except ValueError:
        raise FieldWrong(name) from None


def _wall_time(form: FormData, name: str, zone: ZoneInfo) -> datetime:
    text = _text(form, name)
    try:
        at = datetime.fromisoformat(text) if len(text) == _MINUTE else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise FieldWrong(name)
    return at.replace(tzinfo=zone)
