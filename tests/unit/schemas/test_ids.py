"""Ids are derived: the same cause gives the same id."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import callback_id, callbacks_of, event_id, read_receipt_number, receipt_number
from schemas.words import Channel, Urgency


def test_the_same_key_on_the_same_channel_is_the_same_callback() -> None:
    first = callback_id("musterstadt", Channel.EMAIL, "<a@b>")
    assert first == callback_id("musterstadt", Channel.EMAIL, "<a@b>")
    assert first != callback_id("musterstadt", Channel.WEB, "<a@b>")
    assert first != callback_id("anderswo", Channel.EMAIL, "<a@b>")


def test_an_event_id_depends_on_cause_type_and_step_only() -> None:
    cause = uuid4()
    assert event_id(cause, "a") == event_id(cause, "a")
    assert len({event_id(cause, "a"), event_id(cause, "b"), event_id(cause, "a", "2"), event_id(uuid4(), "a")}) == 4


@given(st.uuids())
def test_a_receipt_number_is_read_back_however_it_is_written(callback: UUID) -> None:
    number = receipt_number(callback)
    assert read_receipt_number(number) == number
    assert read_receipt_number(f"  {number.lower().replace('-', ' ')} ") == number
    assert read_receipt_number(number.replace("0", "O").replace("1", "l")) == number


@given(st.uuids(), st.integers(0, 11), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_single_wrong_character_is_noticed(callback: UUID, at: int, wrong: str) -> None:
    digits = receipt_number(callback).replace("-", "")
    if digits[at] != wrong:
        assert read_receipt_number(digits[:at] + wrong + digits[at + 1 :]) is None


@given(st.text(max_size=40))
def test_what_is_no_receipt_number_is_told_apart_and_never_raises(text: str) -> None:
    read = read_receipt_number(text)
    assert read is None or len(read) == 14


def test_urgency_is_raised_and_never_lowered() -> None:
    assert Urgency.NORMAL.at_least(Urgency.EMERGENCY) is Urgency.EMERGENCY
    assert Urgency.EMERGENCY.at_least(Urgency.NORMAL) is Urgency.EMERGENCY
    assert Urgency.URGENT.at_least(None) is Urgency.URGENT


@given(st.uuids())
def test_a_receipt_number_leads_back_to_its_callback(callback: UUID) -> None:
    first, last = callbacks_of(receipt_number(callback))
    assert first.bytes <= callback.bytes <= last.bytes
    assert receipt_number(first) == receipt_number(last) == receipt_number(callback)
