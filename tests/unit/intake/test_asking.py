"""Written requests: fields, files and times."""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.office import load_offices
from services.intake.channels.asking import (
    Asking,
    FieldsWrong,
    Upload,
    UploadBounds,
    media_type,
    offered_windows,
    read_asking,
    read_uploads,
)
from services.intake.channels.form import dropped_at
from services.intake.channels.words_in import address, clean, phone_number

OFFICE = load_offices(Path(__file__).parents[3] / "deploy" / "offices")["musterstadt"]
ASKED: dict[str, object] = {"name": "Ada", "phone": "030 23125741", "text": "Bitte"}
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)


def errors(**changes: object) -> dict[str, str]:
    with pytest.raises(FieldsWrong) as caught:
        read_asking(ASKED | changes)
    return caught.value.errors


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_form() -> None:
    wrong = errors(text="", name="", phone="", windows=["x"], language="german")
    assert list(wrong.items()) == [
        ("name", "missing"),
        ("phone", "contact_missing"),
        ("text", "missing"),
        ("language", "unreadable"),
        ("windows", "unreadable"),
    ]


def test_a_mail_address_or_a_number_is_enough_and_a_topic_is_enough() -> None:
    assert read_asking({"name": "Ada", "email": "ada@example.org", "team": "benefits"}).email == "ada@example.org"


def test_a_number_that_is_wrong_is_not_called_missing() -> None:
    assert errors(phone="112") == {"phone": "unreadable"}


def test_every_length_is_bounded() -> None:
    assert errors(name="x" * 201) == {"name": "too_long"}
    assert errors(text="x" * 20_001) == {"text": "too_long"}
    assert errors(windows=["mon 08:00-12:00"] * 15) == {"windows": "too_many"}


@given(st.dictionaries(st.sampled_from(list(Asking.model_fields)), st.one_of(st.text(), st.integers(), st.none())))
def test_whatever_is_sent_is_refused_by_field_or_can_be_stored(fields: dict[str, object]) -> None:
    with contextlib.suppress(FieldsWrong):
        asking = read_asking(fields)
        asking.personal().model_dump_json().encode()
        assert asking.phone or asking.email


def test_the_same_words_have_the_same_key_and_other_words_another() -> None:
    one, other = read_asking(ASKED), read_asking(ASKED | {"text": "Dringend"})
    (photo,) = read_uploads([Upload("a.jpg", b"\xff\xd8\xff1")], UploadBounds(1, 10, 10))
    keys = {one.fingerprint("n"), one.fingerprint("m"), other.fingerprint("n"), one.fingerprint("n", [photo])}
    assert len(keys) == 4
    assert one.fingerprint("n") == read_asking(dict(ASKED)).fingerprint("n")


def test_the_times_to_choose_from_are_the_offices_own_mornings_and_afternoons() -> None:
    offered = [f"{window.day} {window.start}-{window.end}" for window in offered_windows(OFFICE)]
    assert offered[:2] == ["mon 08:00-12:00", "mon 12:00-16:00"]
    assert offered[-1] == "fri 08:00-12:30"
    assert read_asking(ASKED | {"windows": offered}).windows == offered_windows(OFFICE)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\n\n%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1", "image/heif"),
        (b"RIFF1234WEBP", "image/webp"),
        (b"MZ\x90", None),
        (b"<svg onload=x>", None),
        (b"PK\x03\x04", None),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"", None),
    ],
)
def test_a_file_is_what_it_holds(start: bytes, kind: str | None) -> None:
    assert media_type(start) == kind


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("030/23125-741", "+493023125741"),
        ("+380 44 234 56 78", "+380442345678"),
        ("0441 12", "0441 12"),
        ("rufen Sie 12345 an", None),
        ("112", None),
        ("1 1 5", None),
        ("", None),
        ("12", None),
    ],
)
def test_a_number_is_kept_in_one_notation_or_as_it_was_written(written: str, kept: str | None) -> None:
    assert phone_number(written) == kept


@pytest.mark.parametrize("text", ["ada@", "@x", "a b@c", "a@b@c", "<a@b>", "a@b\r\nBcc: c@d"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert address(text) is None


@given(st.text(st.characters(), max_size=300), st.integers(1, 100))
def test_cleaned_text_can_be_stored_anywhere_and_is_bounded(text: str, most: int) -> None:
    cleaned = clean(text, most)
    cleaned.encode()
    assert len(cleaned) <= most
    assert "\x00" not in cleaned
    assert clean(cleaned, most) == cleaned


def test_half_a_surrogate_does_not_survive() -> None:
    assert clean("a\ud800b", 10) == "a?b"


def test_a_form_dropped_in_before_the_clock_went_back_keeps_its_hour() -> None:
    assert dropped_at("2026-10-24", "17:00", BERLIN, NOW).astimezone(UTC).hour == 15
    assert dropped_at("2026-10-26", "17:00", BERLIN, NOW).astimezone(UTC).hour == 16


def test_clocks_that_differ_by_a_minute_do_not_matter_but_never_reach_the_future() -> None:
    assert dropped_at("2026-11-23", "09:06", BERLIN, NOW) == NOW
    with pytest.raises(FieldsWrong):
        dropped_at("2026-11-23", "09:07", BERLIN, NOW + timedelta(seconds=59) - timedelta(minutes=1))
