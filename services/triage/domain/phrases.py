"""The phrase language of the rules, and finding all phrases in a text at once.

``kein* geld``       words side by side; ``*`` stands for any letters at the beginning or end of a word
``strom|gas``        one of several words in this place; ``_`` joins words there: ``cut_off|shut_down``
``kein* .. geld``    in this order, at most two words between
``strom … gesperrt`` in this order, at most eight words between (``...`` is the same)
``strom & weg``      in any order, at most eight words between
Parts never reach beyond the end of a sentence.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from math import prod
from typing import Generic, TypeVar

import ahocorasick

from services.triage.domain.folding import Folded, fold

_GAPS = {"..": (2, False), "...": (8, False), "…": (8, False), "&": (8, True)}
_SHORTEST_STEM = 2
_SHORTEST_MIDDLE = 3
_MOST_VARIANTS = 400

ALL = "all"
"""The language of words that are the same in many, such as "SOS"."""
_FAMILIES = {
    "en": "de", "ru": "slavic", "uk": "slavic", "bg": "slavic",
    "ar_latin": "ar", "fa_latin": "fa", "ru_latin": "slavic", "uk_latin": "slavic",
}  # fmt: skip
"""Languages that are often mixed in one text and whose little words do not clash."""

Label = TypeVar("Label")


class PhraseRefused(ValueError):
    """A phrase that cannot be understood; the message says what to change."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Words side by side: every way to write them, each as keys that follow one another in the text.

    Phrases share equal parts, so that a common word is found once for all of them.
    """

    variants: tuple[tuple[str, ...], ...]


Span = tuple[int, int]
"""First and last token."""
Places = Mapping[Part, Sequence[Span]]
"""Where each part stands that stands in a text at all, in the order of the text."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as a clerk wrote it, taken apart; ``gaps`` are (most words between, any order)."""

    written: str
    family: str
    parts: tuple[Part, ...]
    gaps: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands: the spans of tokens (first, last) of its parts, in the order of the text."""

    spans: tuple[Span, ...]
    phrase: Phrase

    @property
    def first(self) -> int:
        """The first token."""
        return self.spans[0][0]

    @property
    def last(self) -> int:
        """The last token."""
        return self.spans[-1][1]

    def overlaps(self, other: "Match") -> bool:
        """Tell whether both share a token of their words."""
        return any(a <= d and c <= b for a, b in self.spans for c, d in other.spans)

    def contains(self, other: "Match") -> bool:
        """Tell whether all words of the other are words of this one."""
        return all(any(a <= c and d <= b for a, b in self.spans) for c, d in other.spans)


def parse(written: str, language: str = ALL) -> Phrase:
    """Take a phrase of a language apart, or raise :class:`PhraseRefused`."""
    parts: list[list[str]] = [[]]
    gaps = []
    for item in written.split():
        if item in _GAPS:
            gaps.append(_GAPS[item])
            parts.append([])
        else:
            parts[-1].append(item)
    if not all(parts):
        raise PhraseRefused("has no word before or after a gap sign; write a word on both sides of … or &")
    return Phrase(
        written, _FAMILIES.get(language, language), tuple(_part(_variants(words)) for words in parts), tuple(gaps)
    )


@cache
def _part(variants: tuple[tuple[str, ...], ...]) -> Part:
    return Part(variants)


def _variants(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    choices = [[_stem(word) for word in slot.split("|")] for slot in words]
    if prod(map(len, choices)) > _MOST_VARIANTS:
        raise PhraseRefused("has too many words joined by |; split it into several phrases")
    return tuple(dict.fromkeys(_keys(way) for way in product(*choices)))


def _stem(word: str) -> str:
    """Fold one word, or words joined by ``_``, with its stars into a key: a space marks where a word begins or ends."""
    bare = word.strip("*")
    folded = fold(bare.replace("_", " ")).tokens
    if len(folded) != bare.count("_") + 1 or "*" in bare:
        raise PhraseRefused(f"has “{word}”, which is no single word; write words with spaces between them")
    stem = " ".join(folded)
    shortest = _SHORTEST_MIDDLE if word[0] == word[-1] == "*" else _SHORTEST_STEM
    if "*" in word and len(stem) < shortest:
        raise PhraseRefused(f"has “{word}”, too short for a star; write at least {shortest} letters")
    return f"{'' if word.startswith('*') else ' '}{stem}{'' if word.endswith('*') else ' '}"


def _keys(way: Iterable[str]) -> tuple[str, ...]:
    """Join what stands fast side by side, so that "nichts zu essen" is looked up as one."""
    keys: list[str] = []
    for stem in way:
        if keys and keys[-1].endswith(" ") and stem.startswith(" "):
            keys[-1] += stem[1:]
        else:
            keys.append(stem)
    return tuple(keys)


class Lexicon:
    """Phrases, all in one automaton: a text is read once, however many phrases there are."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        ways: dict[str, list[tuple[Part, tuple[str, ...]]]] = {}
        for part in dict.fromkeys(part for phrase in phrases for part in phrase.parts):
            for head, *rest in part.variants:
                ways.setdefault(head, []).append((part, tuple(rest)))
                for key in rest:
                    ways.setdefault(key, [])
        self._alone = {key: [part for part, rest in begun if not rest] for key, begun in ways.items()}
        self._chained = {key: [(part, rest) for part, rest in begun if rest] for key, begun in ways.items()}
        self._automaton = ahocorasick.Automaton()
        for key in ways:
            # How far the first letter lies before the last character, and how many words follow.
            back = len(key) - 1 - key.startswith(" ")
            self._automaton.add_word(key, (key, back, key.strip().count(" ")))
        if ways:
            self._automaton.make_automaton()

    def places(self, folded: Folded) -> Places:
        """Find every part of every phrase; linear in the text and in what was found."""
        if not self._alone:
            return {}
        keys = self._keys(folded)
        places: dict[Part, list[Span]] = {}
        mixed = set()
        for key, heads in keys.items():
            alone = list(heads.items())
            found = [(part, alone) for part in self._alone[key]]
            for part, rest in self._chained[key]:
                if rest[0] in keys and (spans := _chained(alone, rest, keys)):
                    found.append((part, spans))
            for part, spans in found:
                if part in places:
                    places[part] = places[part] + spans
                    mixed.add(part)
                else:
                    places[part] = spans
        for part in mixed:
            places[part] = sorted(set(places[part]))
        return places

    def _keys(self, folded: Folded) -> dict[str, dict[int, int]]:
        """Return for each key in the text the tokens it begins at, and the token it ends at there."""
        starts = folded.starts
        keys: dict[str, dict[int, int]] = {}
        for end, (key, back, more) in self._automaton.iter(folded.text):
            first = bisect_right(starts, end - back) - 1
            if key in keys:
                keys[key][first] = first + more
            else:
                keys[key] = {first: first + more}
        return keys


def _chained(spans: list[Span], rest: Sequence[str], keys: Mapping[str, Mapping[int, int]]) -> list[Span]:
    """Return where the keys of a variant follow one another, word upon word."""
    for key in rest:
        following = keys.get(key)
        if following is None:
            return []
        spans = [(first, following[last + 1]) for first, last in spans if last + 1 in following]
    return spans


class Finder(Generic[Label]):
    """Finds where phrases stand, each under its label."""

    def __init__(self, labelled: Iterable[tuple[Label, Sequence[Phrase]]], most: int | None = None) -> None:
        self._most = most
        self._by_part: dict[Part, list[tuple[Label, Phrase]]] = {}
        for label, phrases in labelled:
            for phrase in phrases:
                rarest = max(phrase.parts, key=_shortest)
                self._by_part.setdefault(rarest, []).append((label, phrase))

    def matches(self, folded: Folded, places: Places) -> dict[Label, list[Match]]:
        """Return the matches of each label that has any, at most ``most`` of one phrase."""
        found: dict[Label, list[Match]] = {}
        for part in [part for part in places if part in self._by_part]:
            for label, phrase in self._by_part[part]:
                if len(phrase.parts) == 1:
                    found.setdefault(label, []).extend(Match((span,), phrase) for span in places[part][: self._most])
                elif all(other in places for other in phrase.parts):
                    matches = list(
                        islice(_matches(phrase, folded, [places[other] for other in phrase.parts]), self._most)
                    )
                    if matches:
                        found.setdefault(label, []).extend(matches)
        return found


def _shortest(part: Part) -> int:
    """Return how many letters a part has at least: the more, the rarer it is."""
    return min(sum(map(len, variant)) for variant in part.variants)


def _matches(phrase: Phrase, folded: Folded, places: Sequence[Sequence[Span]]) -> Iterator[Match]:
    return (
        Match(tuple(sorted(spans)), phrase)
        for span in places[0]
        for spans in _joined([span], places[1:], phrase.gaps, folded)
    )


def _joined(
    spans: list[Span],
    places: Sequence[Sequence[Span]],
    gaps: Sequence[tuple[int, bool]],
    folded: Folded,
) -> Iterator[list[Span]]:
    """Add the nearest place of each further part, after the words found so far or, in any order, before them."""
    if not places:
        yield spans
        return
    first, last = min(spans)[0], max(spans)[1]
    most, any_order = gaps[0]
    for place in _near(places[0], first, last, any_order=any_order):
        between = max(place[0] - last, first - place[1]) - 1
        same = folded.sentence(min(first, place[0])) == folded.sentence(max(last, place[1]))
        if between <= most and same and not any(a <= place[1] and place[0] <= b for a, b in spans):
            yield from _joined([*spans, place], places[1:], gaps[1:], folded)


def _near(places: Sequence[Span], first: int, last: int, *, any_order: bool) -> Sequence[Span]:
    """Return the next place after the words found; in any order also the one before and those between."""
    after = bisect_left(places, (last + 1, 0))
    if not any_order:
        return places[after : after + 1]
    before = bisect_left(places, (first, 0))
    return places[max(before - 1, 0) : after + 1]
