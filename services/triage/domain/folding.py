"""Folding: one spelling for what people write in many ways, with the way back to the original.

Case, accents, umlauts (``ä``, ``ae`` and ``a`` are one), ``ß``, doubled letters, Turkish and Cyrillic i,
Arabic and Persian letters and digits, joiners and apostrophes make no difference. Rules and texts go through the
same folding, so only what becomes equal matters, not how it looks.
"""
# ruff: noqa: RUF001 - letters that look alike are what this file is about

import re
import unicodedata
from bisect import bisect_right
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
    (
        "bzw",
        "ca",
        "evtl",
        "ggf",
        "inkl",
        "nr",
        "str",
        "tel",
        "usw",
        "dr",
        "hr",
        "fr",
        "std",
        "zzgl",
        "max",
        "min",
        "mind",
    )
)
# Latin, Cyrillic and Arabic letters after folding; a plain range is five times faster than a class.
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
    """A folded text: words and signs, each between single spaces, so that " geld " finds the whole word."""

    original: str
    text: str

    @cached_property
    def tokens(self) -> list[str]:
        """The words and signs (``. ! ? ,``) in their order."""
        return self.text.split()

    @cached_property
    def starts(self) -> list[int]:
        """Where each token begins in the folded text."""
        return list(accumulate((len(token) + 1 for token in self.tokens), initial=1))

    @cached_property
    def sentences(self) -> list[int]:
        """The number of the sentence each token belongs to; a date or an abbreviation ends none."""
        numbers, number, before = [], 0, ""
        for word in self.tokens:
            numbers.append(number)
            if word in _SENTENCE_ENDS and not (word == "." and _keeps_open(before)):
                number += 1
            before = word
        return numbers

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Where each token stands in the original."""
        pieces = [_TABLE[ord(char)] for char in self.original]
        ends = list(accumulate(map(len, pieces)))
        # A mark that was folded away belongs to the letter before it.
        return [
            (
                bisect_right(ends, word.start()),
                max(bisect_right(ends, word.end() - 1) + 1, bisect_right(ends, word.end())),
            )
            for word in re.finditer(r"\S+", "".join(pieces))
        ]

    def token_at(self, position: int) -> int:
        """Return the token that holds this position of the folded text."""
        return bisect_right(self.starts, position) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return start and end, in code points of the original, of the tokens first to last."""
        return self._spans[first][0], self._spans[last][1]

    def ends_clause(self, token: int) -> bool:
        """Tell whether a clause ends at this token; the text ends one as well."""
        return not 0 <= token < len(self.tokens) or self.tokens[token] in _CLAUSE_ENDS


def fold(text: str) -> Folded:
    """Fold a text; linear in its length."""
    plain = " ".join(text.translate(_TABLE).split())
    single = _DOUBLED.sub(_once, plain)
    return Folded(text, f" {single.replace('ae', 'a').replace('oe', 'o').replace('ue', 'u')} ")


def _once(run: re.Match[str]) -> str:
    return run[1]


def _keeps_open(word: str) -> bool:
    return word.isdigit() or len(word) == 1 or word in _ABBREVIATIONS
