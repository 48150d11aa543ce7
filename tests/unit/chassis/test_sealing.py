"""What is sealed opens with its key and its callback only, also while keys are changed."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.sealing import SealBroken, new_key, open_bytes, seal, seal_bytes, unseal
from services.chassis.vault import ERASED, Wrapping

KEY, OTHER = b"a" * 32, b"b" * 32
SUBJECT = UUID("6f0f5a52-2d56-5c0d-9a3c-0d6d1c8f3b11")


@given(plain=st.binary(max_size=300), bound=st.binary(max_size=32))
def test_what_is_sealed_opens_again(plain: bytes, bound: bytes) -> None:
    assert open_bytes(KEY, seal_bytes(KEY, plain, bound), bound) == plain
    assert unseal(KEY, seal(KEY, plain, bound), bound) == plain


@given(place=st.integers(0, 200), bit=st.integers(0, 7))
def test_no_changed_bit_opens(place: int, bit: int) -> None:
    sealed = bytearray(seal_bytes(KEY, b"Ada Muster, 0441 999999", b"callback"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(SealBroken):
        open_bytes(KEY, bytes(sealed), b"callback")


def test_another_key_or_another_callback_does_not_open() -> None:
    sealed = seal(KEY, b"Ada", b"one")
    for key, bound in ((OTHER, b"one"), (KEY, b"two"), (KEY, b"")):
        with pytest.raises(SealBroken):
            unseal(key, sealed, bound)


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "ä", "A" * 39])
def test_what_is_no_seal_is_said_to_be_none(sealed: str) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, b"")


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert seal(KEY, b"Ada", b"") != seal(KEY, b"Ada", b"")
    assert new_key() != new_key()
    assert len(new_key()) == 32


def test_a_new_key_is_kept_wrapped_by_the_first_of_the_configured() -> None:
    key, document = Wrapping({"2026": KEY, "2025": OTHER}).new(SUBJECT)
    assert document["kek"] == "2026"
    assert key not in document["key"]
    assert Wrapping({"2026": KEY}).open(document) == key


def test_after_a_change_of_keys_the_old_one_still_opens_what_it_wrapped() -> None:
    key, document = Wrapping({"2025": OTHER}).new(SUBJECT)
    assert Wrapping({"2026": KEY, "2025": OTHER}).open(document) == key


def test_a_wrapping_key_that_is_gone_is_named() -> None:
    _, document = Wrapping({"2025": OTHER}).new(SUBJECT)
    with pytest.raises(SealBroken, match="2025"):
        Wrapping({"2026": KEY}).open(document)


def test_a_wrapped_key_belongs_to_one_subject() -> None:
    wrapping = Wrapping({"2026": KEY})
    _, document = wrapping.new(SUBJECT)
    with pytest.raises(SealBroken):
        wrapping.open({**document, "_id": uuid4()})


def test_an_erased_key_says_so() -> None:
    assert Wrapping({"2026": KEY}).open({"_id": SUBJECT, "erased_at": None}) is ERASED
