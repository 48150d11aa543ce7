"""What a mail is to us, and what can be read of any mail at little cost."""

import contextlib
import hashlib
import re
from dataclasses import dataclass
from email.header import decode_header, make_header

from services.intake.channels.words_in import address, clean, line
from services.intake.domain.submission import Original

MOST_ATTACHMENTS = 30
LONGEST_SUBJECT = 1000
LONGEST_NAME = 200
_HEAD_BYTES = 64 * 1024
_HEADER_CHARACTERS = 2000
_ROUGH_CHARACTERS = 8000
_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,400}>")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]{1,64}@[^\s<>()\[\],;:\"\\@]{1,255}")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, taken apart. ``whole`` says that nothing of it is only in the raw mail."""

    name: str | None
    sender: str | None
    subject: str
    text: str
    phone: str | None = None
    attachments: tuple[Original, ...] = ()
    whole: bool = True


def key_of(raw: bytes) -> str:
    """Return the Message-ID, or a digest of the whole mail where it has none.

    Read from the raw bytes, so that a second try has the same key however the first one went.
    """
    found = _MESSAGE_ID.search(_raw_header(raw, b"message-id"))
    return found[0].decode("ascii", "replace") if found else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def outside(raw: bytes, envelope_sender: str | None) -> Mail:
    """Return what the outside of a mail says: sender and subject, bounded, whatever is inside."""
    written = header(raw, b"from")
    found = _ADDRESS.search(written)
    name = line(written.partition("<")[0].strip(' "') if "<" in written else "", LONGEST_NAME)
    sender = address(found[0]) if found else address(envelope_sender or "")
    return Mail(name or None, sender, header(raw, b"subject")[:LONGEST_SUBJECT], "", whole=False)


def rough_text(raw: bytes) -> str:
    """Return what reads like sentences in the beginning of a body, so that a cry for help is found all the same."""
    _, _, body = raw[: 2 * _HEAD_BYTES].replace(b"\r", b"").partition(b"\n\n")
    rows = (row for row in body.decode("utf-8", "replace").split("\n") if " " in row.strip() and row[:2] != "--")
    return clean("\n".join(rows), _ROUGH_CHARACTERS)


def header(raw: bytes, name: bytes) -> str:
    """Return one header, decoded where it can be; only the first 64 KiB of the mail are looked at."""
    text = _raw_header(raw, name)[:_HEADER_CHARACTERS].decode("utf-8", "replace")
    # An unknown charset or broken base64 stays as it was written.
    with contextlib.suppress(ValueError, LookupError, AssertionError):
        text = str(make_header(decode_header(text)))
    return line(text, _HEADER_CHARACTERS)


def _raw_header(raw: bytes, name: bytes) -> bytes:
    value = bytearray()
    inside = False
    for row in raw[:_HEAD_BYTES].split(b"\n"):
        text = row.rstrip(b"\r")
        if not text:
            break
        if text[:1] in {b" ", b"\t"}:
            if inside:
                value += b" " + text.strip()
            continue
        if inside:
            break
        if text[: len(name) + 1].lower() == name + b":":
            inside = True
            value += text[len(name) + 1 :].strip()
    return bytes(value)
