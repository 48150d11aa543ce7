"""Signatures of machines: only who holds a key, only now."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from services.intake.channels.signature import NotSigned, sign, verify

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
OLD, NEW = bytes(32), bytes(range(32))
KEYS = {"new": NEW, "old": OLD}
BODY = b'{"event":"hangup"}'


def refusal(header: str | None, body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(NotSigned) as caught:
        verify(KEYS, header, body, now)
    return str(caught.value)


@pytest.mark.parametrize(("key", "keyid"), [(NEW, "new"), (OLD, "old")])
def test_every_configured_key_signs_while_keys_are_changed(key: bytes, keyid: str) -> None:
    assert verify(KEYS, sign(key, keyid, BODY, NOW), BODY, NOW) == NOW


def test_a_signature_without_a_key_name_is_tried_with_every_key() -> None:
    assert verify(KEYS, sign(OLD, "old", BODY, NOW).partition(",kid=")[0], BODY, NOW) == NOW


def test_a_key_that_was_taken_away_signs_nothing_any_more() -> None:
    assert refusal(sign(OLD, "gone", BODY, NOW)) == "unknown_key"


def test_a_key_does_not_sign_in_the_name_of_another() -> None:
    assert refusal(sign(OLD, "new", BODY, NOW)) == "signature_wrong"


def test_a_changed_body_is_refused() -> None:
    assert refusal(sign(NEW, "new", BODY, NOW), BODY + b" ") == "signature_wrong"


def test_a_changed_time_is_refused() -> None:
    header = sign(NEW, "new", BODY, NOW - timedelta(hours=1))
    stamp = str(int(NOW.timestamp()))
    assert refusal(f"t={stamp},{header.partition(',')[2]}") == "signature_wrong"


@pytest.mark.parametrize("off", [timedelta(seconds=301), timedelta(days=400), -timedelta(seconds=301)])
def test_a_signature_is_worth_nothing_five_minutes_later_or_earlier(off: timedelta) -> None:
    assert refusal(sign(NEW, "new", BODY, NOW), now=NOW + off) == "signature_too_old"


def test_a_signature_holds_for_five_minutes() -> None:
    assert verify(KEYS, sign(NEW, "new", BODY, NOW), BODY, NOW + timedelta(minutes=5)) == NOW


@pytest.mark.parametrize("header", [None, "", "t=1", "v1=aa", "t=²,v1=aa", "t=-5,v1=aa", ",,,=", "x" * 10_000])
def test_what_is_no_signature_is_missing(header: str | None) -> None:
    assert refusal(header) == "signature_missing"


def test_a_signed_time_beyond_all_calendars_is_too_old_not_a_crash() -> None:
    stamp = "9" * 40
    mac = hmac.new(NEW, stamp.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    assert refusal(f"t={stamp},v1={mac},kid=new") == "signature_too_old"


def test_without_keys_the_channel_is_closed() -> None:
    with pytest.raises(NotSigned, match="no_key_configured"):
        verify({}, sign(NEW, "new", BODY, NOW), BODY, NOW)
