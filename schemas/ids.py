"""Ids are derived, not drawn: the same cause gives the same id, so a redelivery is recognised anywhere."""

from operator import mul
from uuid import UUID, uuid5

from schemas.words import Channel

NAMESPACE = UUID("6f1d6f6e-52c1-5d0b-9a3e-7275656b7275")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_RECEIPT_DIGITS = 11
_SHIFTS = tuple(range(5 * (_RECEIPT_DIGITS - 1), -1, -5))
_WEIGHTS = tuple(range(1, 2 * _RECEIPT_DIGITS, 2))


def callback_id(office: str, channel: Channel, key: str) -> UUID:
    """Derive the callback id from the channel's own key: Message-ID, call id, form or idempotency key."""
    return uuid5(NAMESPACE, f"{office}\n{channel}\n{key}")


def event_id(cause: UUID, event_type: str, step: str = "") -> UUID:
    """Derive an event id from its cause and its type; ``step`` tells several of one type apart."""
    return uuid5(cause, f"{event_type}\n{step}" if step else event_type)


def receipt_number(callback: UUID) -> str:
    """Return the number a citizen can read out: three groups of four, the last character a check.

    Crockford's alphabet has no letters that look like digits. 55 bits come from the callback id.
    """
    rest = callback.int >> (128 - 5 * _RECEIPT_DIGITS)
    digits = [rest >> shift & 31 for shift in _SHIFTS]
    letters = "".join([_CROCKFORD[digit] for digit in digits]) + _check(digits)
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def read_receipt_number(written: str) -> str | None:
    """Return the receipt number as it is stored, or None where it cannot be one (a slip of the pen)."""
    letters = [letter for letter in written.upper().translate(_MISREAD) if letter.isalnum()]
    digits = "".join(letters)
    if len(digits) != _RECEIPT_DIGITS + 1 or any(letter not in _CROCKFORD for letter in digits):
        return None
    if _check([_CROCKFORD.index(letter) for letter in digits[:-1]]) != digits[-1]:
        return None
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def callbacks_of(receipt: str) -> tuple[UUID, UUID]:
    """Return the first and the last callback id that a receipt number (as stored) can stand for.

    A receipt number is the beginning of its callback's id, so that it needs no index of its own.
    """
    digits = receipt.replace("-", "")[:_RECEIPT_DIGITS]
    beginning = 0
    for letter in digits:
        beginning = beginning << 5 | _CROCKFORD.index(letter)
    rest = 128 - 5 * _RECEIPT_DIGITS
    return UUID(int=beginning << rest), UUID(int=(beginning + 1 << rest) - 1)


def _check(digits: list[int]) -> str:
    # Odd weights are units modulo 32, so every single wrong character is noticed.
    return _CROCKFORD[sum(map(mul, _WEIGHTS, digits)) & 31]
