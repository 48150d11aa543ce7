"""One spelling for what people write in many ways, and always the way back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.domain.folding import fold


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("Räumung", "raeumung"),
        ("RÄUMUNG", "raumung"),
        ("Straße", "STRASSE"),
        ("abgestellt", "abgestelt"),
        ("IŞIK", "ışık"),
        ("İstanbul", "istanbul"),
        ("elektriğimiz", "elektrigimiz"),
        ("أكل", "اكل"),
        ("مأوى", "ماوي"),
        ("کهربا", "كهرباء"),
        ("الكَهْرَباء", "الكهرباء"),
        ("الـــكهرباء", "الكهرباء"),
        ("می‌خواهم", "میخواهم"),
        ("۱۲", "12"),
        ("٣", "3"),
        ("ребёнок", "ребенок"),
        ("б’є", "б'є"),
        ("світло", "свитло"),
        ("ﬁnden", "finden"),
        ("a\u0308", "ä"),
        ("Ｇｅｌｄ", "geld"),
        ("Strom\u00adsperre", "stromsperre"),
        ("geeeeeld", "geld"),
    ],
)
def test_different_spellings_become_one(written: str, alike: str) -> None:
    assert fold(written).text == fold(alike).text


def test_digits_are_never_taken_together() -> None:
    assert fold("110 1100").tokens == ["110", "1100"]


def test_a_date_ends_no_sentence() -> None:
    folded = fold("Am 12.03. wird er bzw. sie kommen. Danke")
    assert folded.sentence(0) == folded.sentence(folded.tokens.index("komen"))
    assert folded.sentence(len(folded.tokens) - 1) == 1


@settings(deadline=None)
@given(st.text())
def test_every_word_maps_to_the_passage_it_was_folded_from(text: str) -> None:
    folded = fold(text)
    before = 0
    for number, word in enumerate(folded.tokens):
        start, end = folded.span(number, number)
        assert 0 <= start < end <= len(text)
        assert start >= before - 1, "the words stand in the order of the text"
        assert word in fold(text[start:end]).tokens
        before = end


@settings(deadline=None)
@given(st.text())
def test_folding_what_is_folded_adds_nothing(text: str) -> None:
    assert len(fold(fold(text).text).tokens) == len(fold(text).tokens)
