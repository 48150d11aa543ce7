"""Shows in a text where rules found something: each passage with the number of its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.callback import Evidence
from schemas.words import Category, Reading

_MOST_QUOTED = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding: its number, the words, the rule's file and name, how they were read, whether they decided."""

    number: int
    words: str
    topic: str
    rule: str
    reading: Reading
    decided: bool


Passage = tuple[str, int | None]
"""A piece of the text, and the number of the reason it belongs to."""


def explain(said: str, evidence: Iterable[Evidence], category: Category) -> tuple[Sequence[Passage], Sequence[Reason]]:
    """Cut a text at its evidence; joined again, the passages are the text.

    Reasons are numbered in the order of the text. Where two overlap, the one that begins first (of those, the
    longer) keeps the shared part; one that lies within another is listed without a mark of its own. What points
    outside the text is left out: the text may be another one than triage read.
    """
    found = {(one.start, one.end, one.rule): one for one in evidence if 0 <= one.start < one.end <= len(said)}.values()
    ordered = sorted(found, key=lambda one: (one.start, -one.end, one.rule))
    passages: list[Passage] = []
    reasons: list[Reason] = []
    at = 0
    for number, one in enumerate(ordered, start=1):
        topic, _, rule = one.rule.partition("/")
        decided = one.reading is Reading.AFFIRMED and topic == category
        words = said[one.start : min(one.end, one.start + _MOST_QUOTED)]
        reasons.append(Reason(number, words, topic, rule, one.reading, decided))
        if one.end > at:
            begin = max(one.start, at)
            if begin > at:
                passages.append((said[at:begin], None))
            passages.append((said[begin : one.end], number))
            at = one.end
    if at < len(said):
        passages.append((said[at:], None))
    return passages, reasons
