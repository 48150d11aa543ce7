"""Takes a mail apart. Runs in a child process only: Python's mail parser can be made to eat time and memory."""

import contextlib
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser

import phonenumbers
from inscriptis import get_text

from schemas.personal import TEXT_LIMIT
from services.intake.channels.email.mail import LONGEST_NAME, LONGEST_SUBJECT, MOST_ATTACHMENTS, Mail, outside
from services.intake.channels.words_in import HOME_REGION, SHORT_NUMBERS, address, clean, line
from services.intake.domain.submission import Original

_MOST_PARTS = 200
_SEARCHED_FOR_NUMBERS = 20_000
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_FALLBACKS = ("utf-8", "windows-1252")
_NUMBERISH = re.compile(r"\d")


def take_apart(raw: bytes, envelope_sender: str | None) -> Mail:
    """Return the mail in parts. It may raise anything, run out of time or of memory: the caller is prepared."""
    cheap = outside(raw, envelope_sender)
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    name, sender = _sender(message) or (cheap.name, cheap.sender)
    subject = _header(message, "subject") or cheap.subject
    plain: list[str] = []
    html: list[str] = []
    attachments: list[Original] = []
    whole = message.get_content_type() not in _ENCRYPTED
    for number, part in enumerate(_leaves(message)):
        if number >= _MOST_PARTS:
            whole = False
            break
        content = _content(part)
        kind = part.get_content_type()
        if part.get_content_disposition() != "attachment" and not part.get_filename():
            if kind == "text/plain":
                plain.append(_decode(content, part))
                continue
            if kind == "text/html":
                html.append(_decode(content, part))
                continue
        if len(attachments) < MOST_ATTACHMENTS:
            filename = line(part.get_filename() or "", 255) or f"attachment-{len(attachments) + 1}"
            attachments.append(Original(filename, line(kind, 127), content))
        else:
            whole = False
    text = "\n\n".join(filter(None, (clean(one, len(one)) for one in plain)))
    for page in (clean(get_text(one), TEXT_LIMIT + 1) for one in html):
        if not page or _adds(page, text):
            # Drawn as text, a page may look like something else: the raw mail stays with it.
            text, whole = f"{text}\n\n{page}".strip(), False
    return Mail(
        name=name,
        sender=sender,
        subject=line(subject, LONGEST_SUBJECT),
        text=text[:TEXT_LIMIT],
        phone=first_number(f"{subject}\n{text}"),
        attachments=tuple(attachments),
        whole=whole and len(text) <= TEXT_LIMIT,
    )


def first_number(text: str) -> str | None:
    """Return the first telephone number in a text as E.164, or None."""
    searched = text[:_SEARCHED_FOR_NUMBERS]
    if not _NUMBERISH.search(searched):
        return None
    for match in phonenumbers.PhoneNumberMatcher(searched, HOME_REGION):
        if match.raw_string not in SHORT_NUMBERS:
            return str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _adds(page: str, text: str) -> bool:
    """Say whether a page tells more than the plain text beside it: often that is a stub, or another part."""
    words, known = page.split(), set(text.split())
    return sum(word not in known for word in words) * 5 > len(words)


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold something, in order; a forwarded mail is one part. No recursion: depth is theirs."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload() if part.is_multipart() and part.get_content_maintype() == "multipart" else None
        if isinstance(inner, list):
            waiting.extend(one for one in reversed(inner) if isinstance(one, Message))
        else:
            yield part


def _content(part: Message) -> bytes:
    if part.is_multipart():
        return b"\r\n".join(inner.as_bytes() for inner in part.get_payload() if isinstance(inner, Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _decode(content: bytes, part: Message) -> str:
    declared = part.get_content_charset()
    for charset in filter(None, (declared, *_FALLBACKS)):
        with contextlib.suppress(LookupError, UnicodeError, ValueError):
            return content.decode(charset)
    return content.decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    # RecursionError: "From: ((((…" goes as deep as it is long.
    with contextlib.suppress(Exception, RecursionError):
        return str(message[name] or "")
    return ""


def _sender(message: EmailMessage) -> tuple[str | None, str] | None:
    with contextlib.suppress(Exception, RecursionError):
        for one in getattr(message["from"], "addresses", ()):
            found = address(one.addr_spec)
            if found:
                return line(one.display_name, LONGEST_NAME) or None, found
    return None
