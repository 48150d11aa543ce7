"""Read a TOML file into a model, and say what is wrong with it in sentences a clerk understands."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.office_values import ADDRESS, NUMBER, SLUG, closest

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, and what to write instead, in German and English."""

    where: str
    de: str
    en: str


class OfficeFileRefused(ValueError):
    """An office file cannot be used. ``str()`` is the whole text for the clerk; ``problems`` the parts."""

    def __init__(self, file: Path, problems: tuple[Problem, ...]) -> None:
        self.file = file
        self.problems = problems
        lines = [
            f"{file}: Diese Bürodatei kann so nicht verwendet werden.",
            f"{file}: This office file cannot be used as it is.",
        ]
        for problem in problems:
            lines += ["", f"  {problem.where}" if problem.where else "", f"    DE  {problem.de}"]
            lines += [f"    EN  {problem.en}"]
        super().__init__("\n".join(lines))


def read_toml(file: Path, model: type[Model]) -> Model:
    """Read ``file`` as ``model``; raises :class:`OfficeFileRefused`, and nothing else, where it cannot."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refused(
            file, f"Die Datei lässt sich nicht lesen ({reason}).", f"The file cannot be read ({reason})."
        ) from None
    except UnicodeDecodeError:
        raise refused(
            file,
            "Die Datei ist nicht als UTF-8 gespeichert. Wählen Sie beim Speichern die Kodierung UTF-8.",
            "The file is not saved as UTF-8. Choose the encoding UTF-8 when you save it.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise refused(
            file,
            f"Die Schreibweise stimmt nicht: {error}. Oft fehlt ein Anführungszeichen oder eine Klammer.",
            f"The notation is wrong: {error}. Often a quotation mark or a bracket is missing.",
        ) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [one for detail in error.errors() for one in _problems(detail, content, model)]
        raise OfficeFileRefused(file, tuple(problems)) from None


def refused(file: Path, de: str, en: str) -> OfficeFileRefused:
    """Return the refusal of a whole file for one reason."""
    return OfficeFileRefused(file, (Problem("", de, en),))


def _problems(detail: ErrorDetails, content: dict[str, Any], model: type[BaseModel]) -> list[Problem]:
    ctx = detail.get("ctx", {})
    where = _place(detail["loc"], content)
    value, key = detail["input"], str(detail["loc"][-1]) if detail["loc"] else ""
    match detail["type"]:
        case "office":
            de, en = ctx["de"], ctx["en"]
        case "office_parts":
            return list(ctx["problems"])
        case "extra_forbidden":
            de, en = _unknown_key(key, detail["loc"], model)
        case "enum" | "literal_error":
            de, en = _unknown_word(str(value), str(ctx["expected"]))
        case "string_pattern_mismatch":
            de, en = (f'"{value}" {text}' for text in _PATTERNS[ctx["pattern"]])
        case kind:
            texts = _SENTENCES.get(kind, _OTHERWISE)
            de, en = (text.format(value=value, key=key, reason=detail["msg"], **ctx) for text in texts)
    return [Problem(where, de, en)]


_NO_DATE = (
    '"{value}" ist kein Datum. Schreiben Sie Jahr-Monat-Tag, zum Beispiel 2026-12-24.',
    '"{value}" is no date. Write year-month-day, for example 2026-12-24.',
)
_NO_NUMBER = (
    '"{value}" ist keine ganze Zahl. Schreiben Sie zum Beispiel 8, ohne Anführungszeichen.',
    '"{value}" is no whole number. Write, for example, 8, without quotation marks.',
)
_NO_LIST = (
    "Hier wird eine Liste erwartet: setzen Sie {value!r} in eckige Klammern.",
    "A list is expected here: put {value!r} in square brackets.",
)
_OTHERWISE = ('"{value}" passt hier nicht ({reason}).', '"{value}" does not fit here ({reason}).')
_SENTENCES = {
    "missing": ('Die Angabe "{key}" fehlt.', 'The entry "{key}" is missing.'),
    "date_type": _NO_DATE,
    "date_parsing": _NO_DATE,
    "date_from_datetime_parsing": _NO_DATE,
    "date_from_datetime_inexact": _NO_DATE,
    "int_type": _NO_NUMBER,
    "int_parsing": _NO_NUMBER,
    "int_from_float": _NO_NUMBER,
    "greater_than_equal": (
        "{value} ist zu klein: mindestens {ge}.",
        "{value} is too small: {ge} at least.",
    ),
    "less_than_equal": ("{value} ist zu groß: höchstens {le}.", "{value} is too large: {le} at most."),
    "tuple_type": _NO_LIST,
    "list_type": _NO_LIST,
    "too_short": ("Hier muss mindestens ein Eintrag stehen.", "At least one entry is needed here."),
    "string_type": (
        '"{value}" muss ein Text in Anführungszeichen sein.',
        '"{value}" must be a text in quotation marks.',
    ),
    "string_too_short": (
        "Hier fehlt der Text zwischen den Anführungszeichen.",
        "The text between the quotation marks is missing.",
    ),
    "string_too_long": (
        '"{value}" ist zu lang: höchstens {max_length} Zeichen.',
        '"{value}" is too long: {max_length} characters at most.',
    ),
    "model_type": (
        '"{value}" steht, wo ein Abschnitt mit mehreren Angaben erwartet wird.',
        '"{value}" stands where a section with several entries is expected.',
    ),
}
_PATTERNS = {
    SLUG: (
        "enthält Unerlaubtes: nur kleine Buchstaben a-z, Ziffern, Punkt, Bindestrich, etwa aylin.demir.",
        "has what is not allowed: only small letters a-z, digits, dot, hyphen, such as aylin.demir.",
    ),
    NUMBER: (
        "ist keine Rufnummer. Schreiben Sie zum Beispiel +49 30 23125 100.",
        "is no phone number. Write, for example, +49 30 23125 100.",
    ),
    ADDRESS: (
        "ist keine E-Mail-Adresse. Schreiben Sie zum Beispiel post@jobcenter.example.",
        "is no email address. Write, for example, post@jobcenter.example.",
    ),
}


def _unknown_word(word: str, expected: str) -> tuple[str, str]:
    known = expected.replace(" or ", ", ").replace("'", "").split(", ")
    near, listed = closest(word, known), ", ".join(known)
    return (
        f'"{word}" gibt es hier nicht. Möglich sind: {listed}.' + (f' Meinten Sie "{near}"?' if near else ""),
        f'"{word}" is not known here. Possible are: {listed}.' + (f' Did you mean "{near}"?' if near else ""),
    )


def _unknown_key(key: str, loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, str]:
    known = _keys_at(loc[:-1], model)
    near = closest(key, known)
    if near:
        return (
            f'Die Angabe "{key}" gibt es nicht. Meinten Sie "{near}"?',
            f'There is no entry "{key}". Did you mean "{near}"?',
        )
    listed = ", ".join(known)
    return (
        f'Die Angabe "{key}" gibt es nicht. Möglich sind: {listed}.',
        f'There is no entry "{key}". Possible are: {listed}.',
    )


def _keys_at(loc: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Return the keys the file may use at a place, as the model names them."""
    for part in loc:
        if isinstance(part, str):
            fields = {(info.alias or name): info for name, info in model.model_fields.items()}
            model = _model_in(fields[part].annotation) if part in fields else model
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel]:  # noqa: ANN401 annotations are of any type
    """Return the model in ``X``, ``tuple[X, ...]`` or ``X | None``."""
    for part in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return BaseModel


def _place(loc: tuple[int | str, ...], content: dict[str, Any]) -> str:
    """Name a place as a clerk finds it: advisors[3 "aylin.demir"].deputy."""
    place, here = "", content
    for part in loc:
        try:
            here = here[part]  # type: ignore[index] # walks dicts and lists alike
        except (KeyError, IndexError, TypeError):
            here = {}
        if isinstance(part, int):
            name = here.get("id") or here.get("team") or here.get("name") if isinstance(here, dict) else None
            place += f'[{part + 1} "{name}"]' if isinstance(name, str) else f"[{part + 1}]"
        else:
            place += f".{part}" if place else part
    return place
