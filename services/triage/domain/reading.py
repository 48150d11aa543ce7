"""How a passage is to be read: as said, or denied, past, settled, asked, about others, quoted, figurative.

Only AFFIRMED raises urgency. Every other reading needs a clear sign close by; in doubt it is affirmed, because a
false alarm costs minutes and a missed emergency may cost a life.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.words import Reading
from services.triage.domain.folding import Folded
from services.triage.domain.phrases import ALL, Match
from services.triage.domain.quoting import Quoted

_NEAR = 14
"""Words before and after a passage that a sign of time, doubt or person is looked for in."""
_NEXT_SENTENCE = 9
"""Words of the following sentence in which "that is settled" still speaks of the passage."""
_LONGEST_SIGN = 30
_TRAILING = 4
"""Words at most from a passage to the denial that ends its clause: "obdachlos bin ich nicht."."""
_CLOSE = 5
"""Words at most between the one who has a problem and the problem."""


class Sign(StrEnum):
    """What a phrase of ``readings.toml`` says about the passages near it."""

    NEGATED = "negated"
    NEGATED_AFTER = "negated_after"
    NEGATED_LAST = "negated_last"
    NOT_NEGATED = "not_negated"
    PAST = "past"
    PRESENT = "present"
    SETTLED = "settled"
    UNSETTLED = "unsettled"
    HYPOTHETICAL = "hypothetical"
    IN_GENERAL = "in_general"
    OTHER_PERSON = "other_person"
    FIRST_PERSON = "first_person"
    HELPER = "helper"


@dataclass(frozen=True)
class Signs:
    """Where the signs of one kind stand, looked up in the neighbourhood of a passage only."""

    matches: Sequence[Match] = ()
    _firsts: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.matches, key=lambda match: match.first)
        object.__setattr__(self, "matches", ordered)
        object.__setattr__(self, "_firsts", [match.first for match in ordered])

    def near(self, match: Match, distance: int) -> Sequence[Match]:
        """Return the signs with at most so many words between them and the passage."""
        begin = bisect_left(self._firsts, match.first - distance - _LONGEST_SIGN)
        end = bisect_right(self._firsts, match.last + distance + 1)
        return [sign for sign in self.matches[begin:end] if sign.last >= match.first - distance - 1]


@dataclass(frozen=True)
class Context:
    """A text and the signs in it."""

    folded: Folded
    signs: Mapping[Sign, Signs]
    quoted: Quoted

    def near(self, kind: Sign, match: Match, distance: int) -> Sequence[Match]:
        """Return the signs of one kind near a passage."""
        signs = self.signs.get(kind)
        if not signs:
            return ()
        found = signs.near(match, distance)
        family = match.phrase.family
        # Signs explain words of their own family only: "ne" denies in Kurdish, and means "us" in Romanian.
        return found if family == ALL else [sign for sign in found if sign.phrase.family in {family, ALL}]


def read(context: Context, match: Match, figures: Sequence[Match], despite: Collection[Reading]) -> Reading:
    """Read one passage; ``figures`` are the misleading phrases of its rule, ``despite`` the readings it ignores."""
    for reading, holds in _TESTS:
        if reading not in despite and holds(context, match, figures):
            return reading
    return Reading.AFFIRMED


def _is_quoted(context: Context, match: Match, _: Sequence[Match]) -> bool:
    return bool(context.quoted.stretches) and context.quoted.holds(context.folded.span(match.first, match.last)[0])


def _is_figurative(_: Context, match: Match, figures: Sequence[Match]) -> bool:
    return any(figure.overlaps(match) for figure in figures)


def _is_negated(context: Context, match: Match, _: Sequence[Match]) -> bool:
    """A denial stands right before a word, right after the passage, or ends the clause soon after it."""
    if _is_lack(context, match):
        return False
    begins = {first for first, _ in match.spans}
    return (
        any(sign.last + 1 in begins for sign in _denials(context, Sign.NEGATED, match))
        or any(sign.first == match.last + 1 for sign in _denials(context, Sign.NEGATED_AFTER, match))
        or any(_ends_clause(context.folded, match, sign) for sign in _denials(context, Sign.NEGATED_LAST, match))
    )


def _is_lack(context: Context, match: Match) -> bool:
    """Tell whether a passage is itself a denial, such as "no money"; one more only stresses it."""
    own = any(a <= sign.first <= b for sign in context.near(Sign.NEGATED, match, 0) for a, b in match.spans)
    return own or any(match.contains(sign) for sign in context.near(Sign.NEGATED_AFTER, match, 0))


def _denials(context: Context, kind: Sign, match: Match) -> Iterator[Match]:
    near = context.near(kind, match, _TRAILING)
    return (sign for sign in near if not _covered(context, Sign.NOT_NEGATED, sign))


def _ends_clause(folded: Folded, match: Match, sign: Match) -> bool:
    """Tell whether a denial ends the clause of a passage, soon after it."""
    between = range(match.last + 1, sign.first)
    return (
        sign.first > match.last
        and len(between) < _TRAILING
        and folded.ends_clause(sign.last + 1)
        and not any(folded.ends_clause(token) for token in between)
    )


def _is_settled(context: Context, match: Match, _: Sequence[Match]) -> bool:
    sentence = context.folded.sentence
    for sign in context.near(Sign.SETTLED, match, _NEAR + _NEXT_SENTENCE):
        if sign.overlaps(match) or _covered(context, Sign.UNSETTLED, sign):
            continue
        same = sentence(sign.first) == sentence(match.last)
        following = sentence(sign.first) == sentence(match.last) + 1
        if same and sign.first - match.last <= _NEAR:
            return True
        if following and sign.first - match.last <= _NEXT_SENTENCE:
            return True
    return False


def _is_past(context: Context, match: Match, _: Sequence[Match]) -> bool:
    return _in_sentence(context, Sign.PAST, match) and not _in_sentence(context, Sign.PRESENT, match)


def _is_question(context: Context, match: Match, _: Sequence[Match]) -> bool:
    if _in_sentence(context, Sign.PRESENT, match):
        return False
    if _in_sentence(context, Sign.IN_GENERAL, match):
        return True
    return _in_sentence(context, Sign.HYPOTHETICAL, match, before=True) and _asks(context.folded, match)


def _is_other_person(context: Context, match: Match, _: Sequence[Match]) -> bool:
    """Somebody else has the problem, the writer does not stand in the clause, and nobody asks for them."""
    if Sign.HELPER in context.signs:
        return False
    folded = context.folded
    for sign in context.near(Sign.OTHER_PERSON, match, _CLOSE):
        clause = range(sign.last + 1, match.first)
        if sign.first > match.first or any(folded.ends_clause(token) for token in clause):
            continue
        begin = sign.first
        while not folded.ends_clause(begin - 1) and sign.first - begin < _CLOSE:
            begin -= 1
        end = match.last
        while not folded.ends_clause(end + 1) and end - match.last < _CLOSE:
            end += 1
        own = (me for me in context.near(Sign.FIRST_PERSON, match, 2 * _CLOSE) if not me.overlaps(sign))
        if not any(begin <= me.first <= end for me in own):
            return True
    return False


def _in_sentence(context: Context, kind: Sign, match: Match, *, before: bool = False) -> bool:
    sentence = context.folded.sentence
    return any(
        sentence(sign.first) == sentence(match.first)
        and not sign.overlaps(match)
        and (not before or sign.first < match.last)
        for sign in context.near(kind, match, _NEAR)
    )


def _covered(context: Context, guard: Sign, sign: Match) -> bool:
    """Tell whether a longer phrase, such as "nicht nur", takes the meaning from a sign."""
    return any(longer.overlaps(sign) for longer in context.near(guard, sign, 0))


def _asks(folded: Folded, match: Match) -> bool:
    """Tell whether the sentence of a passage ends with a question mark."""
    for token in range(match.last, min(match.last + 2 * _NEAR, len(folded.tokens))):
        if folded.sentence(token) != folded.sentence(match.last):
            return False
        if folded.tokens[token] == "?":
            return True
    return False


_TESTS = (
    (Reading.QUOTED, _is_quoted),
    (Reading.FIGURATIVE, _is_figurative),
    (Reading.NEGATED, _is_negated),
    (Reading.SETTLED, _is_settled),
    (Reading.PAST, _is_past),
    (Reading.QUESTION, _is_question),
    (Reading.OTHER_PERSON, _is_other_person),
)
