"""The phrase language of the rules, and finding all phrases in a text at once.

``kein* geld``       words side by side; ``*`` stands for any letters at the beginning or end of a word
``strom|gas``        one of several words in this place; ``_`` joins words there: ``cut_off|shut_down``
``kein* .. geld``    in this order, at most two words between
``strom … gesperrt`` in this order, at most eight words between (``...`` is the same)
``strom & weg``      in any order, at most eight words between
Parts never reach beyond the end of a sentence.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import ahocorasick

from services.triage.domain.folding import Folded, fold

_GAPS = {"..": (2, False), "...": (8, False), "…": (8, False), "&": (8, True)}
_SHORTEST_STEM = 2
_SHORTEST_MIDDLE = 3
_MOST_VARIANTS = 400


class PhraseRefused(ValueError):
    """A phrase that cannot be understood; the message says what to change."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Words side by side: every way to write them, each as keys that follow one another."""

    variants: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as a clerk wrote it, taken apart; ``gaps`` are (most words between, any order)."""

    written: str
    language: str
    parts: tuple[_Part, ...]
    gaps: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands: the spans of tokens (first, last) of its parts, in the order of the text."""

    spans: tuple[tuple[int, int], ...]
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


def parse(written: str, language: str = "all") -> Phrase:
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
    return Phrase(written, language, tuple(_Part(_variants(words)) for words in parts), tuple(gaps))


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


Hits = Mapping[str, Mapping[int, int]]
"""For each key that stands in a text the tokens it begins at, and the token it ends at there."""


class Lexicon:
    """All phrases in one automaton; a text is read once, however many phrases there are."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._automaton = ahocorasick.Automaton()
        for phrase in phrases:
            for part in phrase.parts:
                for variant in part.variants:
                    for key in variant:
                        # How far the first letter lies before the last character, and how many words follow.
                        back = len(key) - 1 - key.startswith(" ")
                        self._automaton.add_word(key, (key, back, len(key.split()) - 1))
        self._empty = not len(self._automaton)
        if not self._empty:
            self._automaton.make_automaton()

    def hits(self, folded: Folded) -> Hits:
        """Find every key of every phrase; linear in the text and in what was found."""
        found: dict[str, dict[int, int]] = {}
        if self._empty:
            return found
        for end, (key, back, more) in self._automaton.iter(folded.text):
            token = folded.token_at(end - back)
            if key in found:
                found[key][token] = token + more
            else:
                found[key] = {token: token + more}
        return found


class Finder:
    """Finds where some of the lexicon's phrases stand; phrases are named by their place in the list."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._phrases = tuple(phrases)
        self._by_key: dict[str, set[int]] = {}
        for number, phrase in enumerate(self._phrases):
            rarest = max(phrase.parts, key=lambda part: min(_longest(variant)[1] for variant in part.variants))
            for variant in rarest.variants:
                self._by_key.setdefault(_longest(variant)[0], set()).add(number)

    def matches(self, folded: Folded, hits: Hits) -> Iterator[tuple[int, Match]]:
        """Yield the number of a phrase and a match, phrase by phrase, each phrase in the order of the text."""
        possible: set[int] = set()
        for key in hits:
            possible |= self._by_key.get(key, set())
        for number in sorted(possible):
            yield from ((number, match) for match in _matches(self._phrases[number], folded, hits))


def _longest(variant: tuple[str, ...]) -> tuple[str, int]:
    key = max(variant, key=len)
    return key, len(key)


def _matches(phrase: Phrase, folded: Folded, hits: Hits) -> Iterator[Match]:
    places = [_places(part, hits) for part in phrase.parts]
    if len(places) == 1:
        yield from (Match((span,), phrase) for span in places[0])
        return
    if not all(places):
        return
    for span in places[0]:
        for spans in _joined([span], places[1:], phrase.gaps, folded.sentences):
            yield Match(tuple(sorted(spans)), phrase)


def _places(part: _Part, hits: Hits) -> list[tuple[int, int]]:
    """Return the spans of tokens where the words of a part stand side by side."""
    places: set[tuple[int, int]] = set()
    for variant in part.variants:
        heads = hits.get(variant[0])
        if heads is None:
            continue
        rests = [hits.get(key) for key in variant[1:]]
        for first, last in heads.items():
            for rest in rests:
                if rest is None or last + 1 not in rest:
                    break
                last = rest[last + 1]  # noqa: PLW2901 - the end moves on with each key
            else:
                places.add((first, last))
    return sorted(places)


def _joined(
    spans: list[tuple[int, int]],
    places: list[list[tuple[int, int]]],
    gaps: Sequence[tuple[int, bool]],
    sentences: Sequence[int],
) -> Iterator[list[tuple[int, int]]]:
    """Add the nearest place of each further part, after the words found so far or, in any order, before them."""
    if not places:
        yield spans
        return
    first, last = min(spans)[0], max(spans)[1]
    most, any_order = gaps[0]
    for place in _near(places[0], first, last, any_order=any_order):
        between = max(place[0] - last, first - place[1]) - 1
        same = sentences[place[0]] == sentences[first] == sentences[last]
        if between <= most and same and not any(a <= place[1] and place[0] <= b for a, b in spans):
            yield from _joined([*spans, place], places[1:], gaps[1:], sentences)


def _near(places: list[tuple[int, int]], first: int, last: int, *, any_order: bool) -> Iterable[tuple[int, int]]:
    """Return the next place after the words found; in any order also the one before and those between."""
    after = bisect_left(places, (last + 1, 0))
    if not any_order:
        return places[after : after + 1]
    before = bisect_left(places, (first, 0))
    return places[max(before - 1, 0) : after + 1]
