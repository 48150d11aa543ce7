"""The ledger: what each sender was told. It is what the installation is judged by."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from schemas.ids import receipt_number
from tests.faults.asking import Ask


@dataclass
class Line:
    """One request: when it was accepted, and how many tries were refused or went unanswered."""

    ask: Ask
    accepted: datetime | None = None
    refused: int = 0
    lost: int = 0


@dataclass
class Ledger:
    """All requests by callback. A request that was never accepted is a maybe: it may end as one task or none."""

    lines: dict[UUID, Line] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def line(self, ask: Ask) -> Line:
        """Return the line of a request."""
        return self.lines.setdefault(ask.callback, Line(ask))

    def accept(self, ask: Ask, receipt: str | None) -> None:
        """Note that somebody was promised a call."""
        line = self.line(ask)
        line.accepted = line.accepted or datetime.now(UTC)
        self.answers["accepted"] += 1
        if receipt is not None and receipt != receipt_number(ask.callback):
            self.wrong.append(f"{ask.door} {ask.key}: receipt {receipt}, expected {receipt_number(ask.callback)}")

    def refuse(self, ask: Ask, how: str) -> None:
        """Note that a sender was told to come again."""
        self.line(ask).refused += 1
        self.answers[how] += 1

    def lose(self, ask: Ask, how: str) -> None:
        """Note that a sender heard nothing: it may or may not be stored."""
        self.line(ask).lost += 1
        self.answers[f"no answer ({how})"] += 1

    @property
    def accepted(self) -> set[UUID]:
        """Who was promised a call."""
        return {callback for callback, line in self.lines.items() if line.accepted}

    @property
    def maybe(self) -> set[UUID]:
        """Who tried and was promised nothing."""
        return self.lines.keys() - self.accepted
