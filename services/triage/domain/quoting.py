"""Which lines of a text the citizen did not write: quoted mail, forwarded letters, signatures."""
# ruff: noqa: RUF001 - words of many scripts are meant as they stand

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_MARKS = (">", "&gt;")
_RULED = "-----"
_RULED_WORDS = (
    "original", "ursprüngliche", "forwarded", "weitergeleitet", "исходное", "orijinal", "пересылаемое",
    "переслан", "пересланное", "iletilen", "oryginalna", "оригинал", "original",
)  # fmt: skip
_WROTE = (
    "schrieb", "wrote", "yazdı", "كتب", "написав", "пише", "написал", "пишет", "نوشت", "nivîsand",
    "a scris", "написа", "napisał", "geschrieben",
)  # fmt: skip
_FROM = ("von:", "from:", "kimden:", "от:", "від:", "من:", "de la:", "od:", "ji:")
_SENT = (
    "gesendet:", "sent:", "datum:", "date:", "an:", "to:", "gönderen:", "gönderildi:", "tarih:", "kime:",
    "отправлено:", "дата:", "кому:", "надіслано:", "إلى:", "به:", "trimis:", "către:",
    "wysłano:", "do:", "изпратено:", "до:",
)  # fmt: skip
_LONGEST_HEADING = 250


@dataclass(frozen=True, slots=True)
class Quoted:
    """The stretches of a text, in code points, that quote somebody else; in order, without overlap."""

    stretches: tuple[tuple[int, int], ...]

    def holds(self, position: int) -> bool:
        """Tell whether the character at this position is quoted."""
        before = bisect_right(self.stretches, (position, position)) - 1
        return any(start <= position < end for start, end in self.stretches[max(before, 0) : before + 2])


def quoted(text: str) -> Quoted:
    """Find the quoted stretches.

    Lines with ``>`` are quoted one by one, so that an answer between them counts. After a heading such as
    "Am 1. März schrieb das Amt:" the rest is quoted, unless ``>`` shows line by line what is, or nothing of the
    citizen's own stands above: who only forwards a letter means what it says.
    """
    lines = text.splitlines(keepends=True)
    starts = list(accumulate(map(len, lines), initial=0))
    stretches = []
    own = 0
    for number, line in enumerate(lines):
        bare = line.strip().lower()
        if bare.startswith(_MARKS):
            stretches.append((starts[number], starts[number + 1]))
        elif bare == "--" or (own > 1 and _is_heading(bare, lines[number + 1 : number + 3])):
            stretches.append((starts[number], len(text)))
            break
        elif bare:
            own += 1
    return Quoted(tuple(stretches))


def _is_heading(bare: str, following: Sequence[str]) -> bool:
    """Tell whether what follows a line is somebody else's mail, and not marked line by line."""
    if len(bare) > _LONGEST_HEADING:
        return False
    after = [line.strip().lower() for line in following]
    if bare.startswith(_RULED):
        return any(word in bare for word in _RULED_WORDS)
    if bare.startswith(_FROM):
        return any(line.startswith(_SENT) for line in after)
    if any(line.startswith(_MARKS) for line in after):
        return False
    whole = bare if bare.endswith(":") else f"{bare} {after[0]}" if after else bare
    return (
        whole.endswith(":")
        and len(whole) <= _LONGEST_HEADING
        and any(word in whole for word in _WROTE)
        and any(char.isdigit() for char in whole)
    )
