"""Every word a person reads is in the catalogue, in both languages, and used."""

import datetime as dt
import logging
import re
from pathlib import Path

import pytest

from schemas.words import AttemptResult, Category, Channel, Outcome, Reading, Stage, Team, Urgency
from services.chassis.texts import Catalogue, Texts

_ROOT = Path(__file__).parents[3]
_SOURCES = [
    path
    for folder in ("services", "deploy")
    for path in (_ROOT / folder).rglob("*")
    if path.suffix in {".html", ".py", ".txt"}
]
_LITERAL = re.compile(r"""\bt(?:exts?)?\(\s*["']([a-z0-9_.]+)["']\s*[,)]""")
_FAMILY = re.compile(r"""\(\s*f?["']([a-z0-9_.]+\.)(?:["']\s*[~+]|\{)""")
_PLACEHOLDER = re.compile(r"{(\w*)[^}]*}")
_WORDS = {
    "attempt": AttemptResult,
    "category": Category,
    "channel": Channel,
    "outcome": Outcome,
    "reading": Reading,
    "stage": Stage,
    "team": Team,
    "urgency": Urgency,
}
_NOW = dt.datetime(2026, 11, 23, 8, 5, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def catalogues() -> dict[str, Catalogue]:
    return {path.stem: Catalogue.read(path) for path in (_ROOT / "services/texts").glob("*.po")}


@pytest.fixture(scope="module")
def texts(catalogues: dict[str, Catalogue]) -> Texts:
    return Texts(catalogues)


@pytest.fixture(scope="module")
def sources() -> str:
    return "\n".join(path.read_text("utf-8") for path in _SOURCES)


def test_german_and_english_have_the_same_keys(catalogues: dict[str, Catalogue]) -> None:
    assert set(catalogues["de"].forms) == set(catalogues["en"].forms)


def test_every_language_fills_the_same_placeholders(catalogues: dict[str, Catalogue]) -> None:
    german = catalogues["de"].forms
    for catalogue in catalogues.values():
        for key, forms in catalogue.forms.items():
            expected = set(_PLACEHOLDER.findall("".join(german[key]))) - {"n"}
            assert set(_PLACEHOLDER.findall("".join(forms))) - {"n"} == expected, (catalogue.language, key)


def test_every_key_that_is_used_is_written(catalogues: dict[str, Catalogue], sources: str) -> None:
    assert {key for key in _LITERAL.findall(sources) if "." in key} <= set(catalogues["de"].forms)


def test_every_key_that_is_written_is_used(catalogues: dict[str, Catalogue], sources: str) -> None:
    families = tuple(_FAMILY.findall(sources))
    unused = [
        key
        for key in catalogues["de"].forms
        if f'"{key}"' not in sources and f"'{key}'" not in sources and not key.startswith(families)
    ]
    assert not unused


def test_every_word_of_the_field_has_a_name(catalogues: dict[str, Catalogue]) -> None:
    keys = set(catalogues["de"].forms)
    used = {key.split(".")[0] for key in keys} & set(_WORDS)
    assert {f"{family}.{word}" for family in used for word in _WORDS[family]} <= keys


def test_a_missing_text_shows_its_key_and_is_logged(texts: Texts, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert texts("de")("no.such.key") == "no.such.key"
    assert "no.such.key" in caplog.text


def test_what_a_language_lacks_is_said_in_english_then_in_german() -> None:
    texts = Texts(
        {
            "de": Catalogue("de", {"a": ("eins",), "b": ("zwei",)}, int),
            "en": Catalogue("en", {"a": ("one",)}, int),
            "uk": Catalogue("uk", {}, int),
        }
    )
    assert (texts("uk")("a"), texts("uk")("b"), texts("de")("a")) == ("one", "zwei", "eins")


def test_a_number_picks_the_form(texts: Texts) -> None:
    assert texts("de")("form.errors", n=1) == "Bitte prüfen Sie eine Angabe"
    assert texts("de")("form.errors", n=3) == "Bitte prüfen Sie 3 Angaben"


@pytest.mark.parametrize(
    ("header", "cookie", "query", "expected"),
    [
        (None, None, None, "de"),
        ("en-GB,en;q=0.9", None, None, "en"),
        ("uk,en;q=0.2,de;q=0.8", None, None, "de"),
        ("de", "en", None, "en"),
        ("de", "en", "de", "de"),
        ("en;q=0, ,;q=x", "tlh", "", "de"),
    ],
)
def test_the_last_choice_wins(
    texts: Texts, header: str | None, cookie: str | None, query: str | None, expected: str
) -> None:
    assert texts.negotiate(header, cookie, query).code == expected


def test_times_are_the_offices_whatever_zone_they_came_in(texts: Texts) -> None:
    assert texts("de").datetime(_NOW) == "Mo., 23. Nov., 09:05"
    assert texts("en").datetime(_NOW) == "Mon 23 Nov, 09:05"
    assert texts("de").date(_NOW) == "Mo., 23. Nov. 2026"


def test_durations_are_read_at_a_glance(texts: Texts) -> None:
    t = texts("de")
    assert t.duration(dt.timedelta(minutes=40)) == "40 Min."
    assert t.duration(dt.timedelta(hours=1, minutes=5)) == "1 Std. 5 Min."
    assert t.duration(dt.timedelta(seconds=-5)) == "0 Min."
    assert t.relative(_NOW + dt.timedelta(minutes=5), _NOW) == "in 5 Minuten"
    assert t.relative(_NOW - dt.timedelta(minutes=61), _NOW) == "vor 61 Minuten"


def test_a_language_knows_its_direction_and_its_name() -> None:
    texts = Texts({"de": Catalogue("de", {}, int), "ar": Catalogue("ar", {}, int)})
    assert (texts("ar").dir, texts("de").dir) == ("rtl", "ltr")
    assert (texts("ar").name, texts("de").name) == ("العربية", "Deutsch")
    assert texts("de").language_name("uk") == "Ukrainisch"
