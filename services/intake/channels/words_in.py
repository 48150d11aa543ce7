"""What people and machines write, made safe to keep: text without control characters, numbers in one notation."""

import re
import unicodedata

import phonenumbers

HOME_REGION = "DE"
SHORT_NUMBERS = frozenset({"110", "112", "115", "116117"})
"""Numbers to call for help or advice: nobody can be called back there."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_NOT_DIALLED = re.compile(r"[^\d+*#]")
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"\x00-\x1f]{1,64}@[^@\s<>()\[\],;:\\\"\x00-\x1f]{1,255}")
_FEWEST_DIGITS = 5
_FULL_DIGITS = 10
_LONGEST_NUMBER = 40


def clean(text: str, most: int) -> str:
    """Return ``text`` as it can be stored anywhere: composed, without control characters, ``most`` characters long.

    Half a surrogate pair becomes "?"; it would make a whole batch unwritable.
    """
    whole = text[: most * 2].encode("utf-8", "replace").decode()
    whole = whole.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", whole)).strip()[:most]


def line(text: str, most: int) -> str:
    """Return ``text`` cleaned and on one line."""
    return " ".join(clean(text, most).split())


def phone_number(written: str) -> str | None:
    """Return a number as E.164, as written where it is a number of another kind, or None where it is none."""
    text = line(written, _LONGEST_NUMBER)
    digits = _NOT_DIALLED.sub("", text)
    if digits in SHORT_NUMBERS or sum(letter.isdigit() for letter in digits) < _FEWEST_DIGITS:
        return None
    return _e164(text) or (text if len(digits) * 2 > len(text) else None)


def caller_number(signalled: str) -> str | None:
    """Return the number a telephone system signals, or None where it is withheld or no citizen's.

    Telephone systems also write full numbers without the plus ("493023125100") and as SIP addresses.
    """
    text = signalled.strip().removeprefix("sip:").removeprefix("tel:").partition("@")[0]
    digits = _NOT_DIALLED.sub("", text)
    if digits == text and len(digits) >= _FULL_DIGITS and not digits.startswith(("0", "+")):
        full = _e164(f"+{digits}")
        if full is not None:
            return full
    return phone_number(text)


def address(written: str) -> str | None:
    """Return a mail address, or None where it cannot be one."""
    text = line(written, 320)
    return text if _ADDRESS.fullmatch(text) else None


def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
