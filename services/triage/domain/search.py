"""Finding the passages that matter in a text, and reading each of them."""

from collections.abc import Sequence

from schemas.words import Reading
from services.triage.domain.decision import Evidence
from services.triage.domain.folding import Folded
from services.triage.domain.phrases import Match, Places
from services.triage.domain.quoting import quoted
from services.triage.domain.reading import Context, read
from services.triage.domain.rulebook import MOST_MATCHES, Rule, Rules

_SHOWN = 3
"""Passages shown of one rule and one reading; more would help nobody, and a text may be long."""

Passage = tuple[Rule, Evidence]


def passages(folded: Folded, places: Places, rules: Rules) -> list[Passage]:
    """Return what the rules find in a text, in its order, each with the rule it comes from."""
    found = rules.found(folded, places)
    if not found:
        return []
    context = Context(folded, rules.signs(folded), quoted(folded.original))
    figures = rules.figures(folded, places)
    result = [
        passage
        for rule, matches in found.items()
        for passage in _read_all(context, rule, matches, figures.get(rule.name, ()))
    ]
    return sorted(result, key=lambda passage: (passage[1].start, -passage[1].end, passage[1].rule))


def _read_all(context: Context, rule: Rule, matches: Sequence[Match], figures: Sequence[Match]) -> list[Passage]:
    """Read the passages of one rule; of those that overlap, the one that counts most, then the longest."""
    different = {(match.spans, match.phrase.family): match for match in matches}
    read_so_far = [(match, read(context, match, figures, rule.despite)) for match in different.values()]
    if len(matches) >= MOST_MATCHES and all(reading is not Reading.AFFIRMED for _, reading in read_so_far):
        # More than anybody would write; what was not looked at counts, as everything in doubt does.
        read_so_far[-1] = (read_so_far[-1][0], Reading.AFFIRMED)
    read_so_far.sort(key=lambda item: (item[1] is not Reading.AFFIRMED, _length(item[0]), item[0].spans, item[1]))
    kept: list[tuple[Match, Reading]] = []
    count: dict[Reading, int] = {}
    for match, reading in read_so_far:
        if count.get(reading, 0) < _SHOWN and not any(_touch(match, other) for other, _ in kept):
            count[reading] = count.get(reading, 0) + 1
            kept.append((match, reading))
    return [(rule, _evidence(context.folded, rule, match, reading)) for match, reading in kept]


def _length(match: Match) -> int:
    return match.first - match.last


def _touch(one: Match, other: Match) -> bool:
    return one.first <= other.last and other.first <= one.last


def _evidence(folded: Folded, rule: Rule, match: Match, reading: Reading) -> Evidence:
    start, end = folded.span(match.first, match.last)
    return Evidence(folded.original[start:end], start, end, rule.name, reading)
