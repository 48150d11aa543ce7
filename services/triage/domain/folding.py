"""Folding: one spelling for what people write in many ways, with the way back to the original.

Case, accents, umlauts (``ä``, ``ae`` and ``a`` are one), ``ß``, doubled letters, Turkish and Cyrillic i,
Arabic and Persian letters and digits, joiners and apostrophes make no difference. Rules and texts go through the
same folding, so only what becomes equal matters, not how it looks.
"""
# ruff: noqa: RUF001 - letters that look alike are what this file is about

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

_ALIKE = {
    "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ß": "s", "æ": "a", "œ": "o",
    "і": "и", "ы": "и", "є": "е", "э": "е", "ґ": "г", "ъ": "", "ь": "",
    "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ھ": "ه", "ہ": "ه", "ء": "", "ٱ": "ا", "ـ": "",
}  # fmt: skip
_SIGNS = {
    ".": " . ", "!": " ! ", "?": " ? ", "؟": " ? ", "…": " . ", "۔": " . ", "。": " . ",
    ",": " , ", ";": " , ", ":": " , ", "،": " , ", "؛": " , ", "(": " , ", ")": " , ", "–": " , ", "—": " , ",
    "'": "", "’": "", "‘": "", "ʼ": "", "`": "", "´": "", "€": " euro ",
}  # fmt: skip
_SENTENCE_ENDS = frozenset(".!?")
_CLAUSE_ENDS = frozenset(".!?,")
_ABBREVIATIONS = frozenset(
    ("bzw", "ca", "evtl", "ggf", "inkl", "nr", "str", "tel", "usw", "dr", "hr", "fr", "std", "max", "mind")
)  # fmt: skip
# Latin, Cyrillic and Arabic letters after folding; a plain range is five times faster than a class.
_WORD = re.compile(r"\S+")
_DOUBLED = re.compile(r"([a-z\u0430-\u045f\u0621-\u06d3])\1+")


class _Table(dict[int, str]):
    """Character by character, computed when first seen; at most one entry for each code point."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(char: str) -> str:
    if char in _SIGNS:
        return _SIGNS[char]
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return ""
    parts = unicodedata.normalize("NFKD", char).casefold()
    letters = "".join(_digit(_ALIKE.get(part, part)) for part in parts if part.isalnum())
    return letters if letters or char in _ALIKE or char.casefold() in _ALIKE else " "


def _digit(part: str) -> str:
    return str(unicodedata.digit(part)) if part.isdigit() else part


_TABLE = _Table()


@dataclass(frozen=True)
class Folded:
    """A folded text: words and signs, each between single spaces, so that " geld " finds the whole word.

    ``spaced`` is the step before: every character folded, but spaces and doubled letters as they were.
    """

    original: str
    spaced: str
    text: str

    @cached_property
    def tokens(self) -> list[str]:
        """The words and signs (``. ! ? ,``) in their order."""
        return self.text.split()

    @cached_property
    def starts(self) -> list[int]:
        """Where each token begins in the folded text."""
        return list(accumulate([len(token) + 1 for token in self.tokens], initial=1))

    @cached_property
    def _sentence_ends(self) -> list[int]:
        """The tokens that end a sentence; the point of a date or of an abbreviation ends none."""
        tokens = self.tokens
        return [
            number
            for number, word in enumerate(tokens)
            if word in _SENTENCE_ENDS and not (word == "." and number and _keeps_open(tokens[number - 1]))
        ]

    @cached_property
    def _words(self) -> list[tuple[int, int]]:
        """Where each token stands before words are smoothed, which neither adds nor removes one."""
        return [word.span() for word in _WORD.finditer(self.spaced)]

    @cached_property
    def _uneven(self) -> tuple[list[int], list[int], list[int]]:
        """The characters that do not become exactly one: their places, where they end folded, the shift after."""
        odd = {char: len(_TABLE[ord(char)]) - 1 for char in set(self.original) if len(_TABLE[ord(char)]) != 1}
        places = [place for place, char in enumerate(self.original) if char in odd]
        shifts = list(accumulate(odd[self.original[place]] for place in places))
        return places, [place + 1 + shift for place, shift in zip(places, shifts, strict=True)], shifts

    def _origin(self, position: int) -> int:
        """Return the character that a position before smoothing comes from."""
        places, ends, shifts = self._uneven
        passed = bisect_right(ends, position)
        origin = position - (shifts[passed - 1] if passed else 0)
        return min(origin, places[passed]) if passed < len(places) else origin

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return start and end, in code points of the original, of the tokens first to last."""
        end = self._words[last][1]
        # A mark that was folded away belongs to the letter before it.
        return self._origin(self._words[first][0]), max(self._origin(end - 1) + 1, self._origin(end))

    def sentence(self, token: int) -> int:
        """Return the number of the sentence that a token belongs to."""
        return bisect_left(self._sentence_ends, token)

    def ends_clause(self, token: int) -> bool:
        """Tell whether a clause ends at this token; the text ends one as well."""
        return not 0 <= token < len(self.tokens) or self.tokens[token] in _CLAUSE_ENDS


def fold(text: str) -> Folded:
    """Fold a text; linear in its length."""
    spaced = text.translate(_TABLE)
    single = _DOUBLED.sub(_once, " ".join(spaced.split()))
    return Folded(text, spaced, f" {single.replace('ae', 'a').replace('oe', 'o').replace('ue', 'u')} ")


def _once(run: re.Match[str]) -> str:
    return run[1]


def _keeps_open(word: str) -> bool:
    return word.isdigit() or len(word) == 1 or word in _ABBREVIATIONS
