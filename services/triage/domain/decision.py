"""What triage is asked and what it answers."""

from dataclasses import dataclass

from schemas.words import Category, Channel, Reading, Team, Urgency


@dataclass(frozen=True, slots=True)
class Request:
    """What a citizen wrote or said.

    ``own_words`` is the urgency the citizen marked; ``language`` is a two-letter code the channel was told.
    The caller bounds subject and text to 100 KB together.
    """

    subject: str
    text: str
    channel: Channel
    own_words: Urgency | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that a rule found, and how it was read.

    ``start`` and ``end`` are code points into :func:`combined_text`, and ``text`` is what stands there.
    ``rule`` is file and rule, for example ``energy_cutoff/power-cut``.
    """

    text: str
    start: int
    end: int
    rule: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Decision:
    """How urgent a request is, whose it is, and the words that decided.

    ``category`` is NONE unless a passage was affirmed. ``language`` is ``und`` where the text does not show
    one. ``evidence`` stands in the order of the text and holds the passages that did not count as well.
    """

    urgency: Urgency
    category: Category
    team: Team
    language: str
    interpreter: bool
    danger_to_life: bool
    evidence: tuple[Evidence, ...]
    rules_version: str


def combined_text(request: Request) -> str:
    """Return the text that the offsets of evidence count in: subject, a line break, text."""
    return f"{request.subject}\n{request.text}" if request.subject else request.text
