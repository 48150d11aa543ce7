"""What a person asks for in writing, on the web or on paper: the same fields, the same checks, errors by field."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError, field_validator
from pydantic_core import PydanticCustomError

from schemas.channels import TimeWindow, WebForm, Wishes
from schemas.office import WEEKDAYS, Office
from schemas.personal import Attachment, Personal
from services.intake.channels.words_in import address, clean, line, phone_number
from services.intake.domain.submission import Original

MOST_WINDOWS = 14
_NOON = 12 * 60
_SHORTEST_WINDOW = 60
_ORDER = ("name", "phone", "email", "own_words", "team", "text", "language", "interpreter", "video", "windows")
_CODES = {"missing": "missing", "string_too_short": "missing", "string_too_long": "too_long", "too_long": "too_many"}


class FieldsWrong(Exception):
    """Fields that cannot be taken as they are: name of the field -> code of what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in errors.items()))
        self.errors = dict(errors)


class Asking(WebForm):
    """The fields of a written request, checked and in one notation."""

    @field_validator("name", mode="before")
    @classmethod
    def _name(cls, value: object) -> object:
        text = line(value, len(value)) if isinstance(value, str) else value
        if text == "":
            raise PydanticCustomError("missing", "the name is missing")
        return text

    @field_validator("text", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return clean(value, len(value)) if isinstance(value, str) else "" if value is None else value

    @field_validator("phone", mode="before")
    @classmethod
    def _phone(cls, value: object) -> object:
        return _read(value, phone_number)

    @field_validator("email", mode="before")
    @classmethod
    def _email(cls, value: object) -> object:
        return _read(value, address)

    @field_validator("team", "own_words", "language", mode="before")
    @classmethod
    def _choice(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("interpreter", "video", mode="before")
    @classmethod
    def _tick(cls, value: object) -> object:
        return False if value is None or value == "" else value

    @field_validator("windows", mode="before")
    @classmethod
    def _windows(cls, value: object) -> object:
        return [_window(one) for one in value] if isinstance(value, list | tuple) else value

    @property
    def wishes(self) -> Wishes:
        """The open part of the request."""
        return Wishes.model_validate(self.model_dump(include=set(Wishes.model_fields)))

    def personal(self, originals: Iterable[Original] = ()) -> Personal:
        """The part that is sealed."""
        return Personal(
            name=self.name,
            phone=self.phone,
            email=self.email,
            text=self.text,
            attachments=tuple(Attachment(name=o.name, type=o.type, bytes=len(o.content)) for o in originals),
        )

    def fingerprint(self, nonce: str, originals: Iterable[Original] = ()) -> str:
        """Return a key that is the same for the same words sent again, and another one for other words."""
        digest = hashlib.sha256(f"{nonce}\n{self.model_dump_json()}".encode())
        for original in originals:
            digest.update(hashlib.sha256(original.content).digest())
        return digest.hexdigest()


def read_asking(values: Mapping[str, object]) -> Asking:
    """Read the fields; raises :class:`FieldsWrong` with everything that is wrong, in the order of the form."""
    errors: dict[str, str] = {}
    asking: Asking | None = None
    try:
        asking = Asking.model_validate(dict(values))
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            errors.setdefault(str(one["loc"][0]), _CODES.get(one["type"], "unreadable"))
    if not {"phone", "email"} & errors.keys() and not _given(values, "phone") and not _given(values, "email"):
        errors["phone"] = "contact_missing"
    if not {"text", "team"} & errors.keys() and not _given(values, "text") and not _given(values, "team"):
        errors["text"] = "missing"
    if errors or asking is None:
        raise FieldsWrong({name: errors[name] for name in _ORDER if name in errors})
    return asking


def offered_windows(office: Office) -> tuple[TimeWindow, ...]:
    """Return the times to choose from: the office's own hours, mornings and afternoons apart."""
    found: list[TimeWindow] = []
    for day, slots in zip(WEEKDAYS, office.service_hours.week, strict=True):
        for slot in slots:
            opens, closes = slot.opens, min(slot.closes, 24 * 60)
            split = opens + _SHORTEST_WINDOW <= _NOON <= closes - _SHORTEST_WINDOW
            pieces = ((opens, _NOON), (_NOON, closes)) if split else ((opens, closes),)
            found += [TimeWindow.model_validate({"day": day, "start": _hm(a), "end": _hm(b)}) for a, b in pieces]
    return tuple(found[:MOST_WINDOWS])


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class UploadBounds:
    """How many files, how many bytes each, how many together."""

    files: int
    bytes_each: int
    bytes_all: int


def read_uploads(uploads: Iterable[Upload], bounds: UploadBounds) -> tuple[Original, ...]:
    """Check files by what they hold, not by what they are called; raises :class:`FieldsWrong` for ``photos``."""
    given = [upload for upload in uploads if upload.content or upload.name]
    if len(given) > bounds.files:
        raise FieldsWrong({"photos": "too_many"})
    if any(len(u.content) > bounds.bytes_each for u in given) or sum(len(u.content) for u in given) > bounds.bytes_all:
        raise FieldsWrong({"photos": "too_large"})
    types = [media_type(upload.content) for upload in given]
    if not all(types):
        raise FieldsWrong({"photos": "wrong_type"})
    return tuple(
        Original(line(upload.name, 255) or "upload", kind or "", upload.content)
        for upload, kind in zip(given, types, strict=True)
    )


def media_type(content: bytes) -> str | None:
    """Return the type of a picture or PDF by its first bytes, or None for anything else."""
    for start, kind in _MAGIC:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return _FTYP.get(content[8:12])
    # Scanners put a few bytes before the mark; readers look for it in the first kilobyte.
    return "application/pdf" if b"%PDF-" in content[:1024] else None


_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_FTYP = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis"), "image/heic"),
    **dict.fromkeys((b"mif1", b"msf1"), "image/heif"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}


def _read(value: object, reader: object) -> object:
    if not isinstance(value, str) or not callable(reader):
        return value
    if not value.strip():
        return None
    read = reader(value)
    if read is None:
        raise PydanticCustomError("unreadable", "cannot be read")
    return read


def _window(value: object) -> object:
    if not isinstance(value, str):
        return value
    day, _, times = value.partition(" ")
    start, _, end = times.partition("-")
    return {"day": day, "start": start, "end": end}


def _given(values: Mapping[str, object], name: str) -> bool:
    value = values.get(name)
    return bool(value.strip() if isinstance(value, str) else value)


def _hm(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
