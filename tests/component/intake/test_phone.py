"""The telephone's webhook over HTTP."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from services.chassis.group_commit import Overloaded
from services.chassis.mongo import StoreUnavailable
from services.intake.channels.signature import sign
from tests.component.intake.house import NOW, OFFICE, PHONE_KEY, counted, house

URL = "/v1/musterstadt/phone/cti"
HANGUP = {
    "event": "hangup",
    "from": "493023125741",
    "to": "493023125100",
    "direction": "in",
    "callId": "53ba82e2bd6d12d9",
    "cause": "noAnswer",
}


async def push(client: httpx.AsyncClient, url: str = URL, *, form: bool = False, **changes: str) -> httpx.Response:
    fields = HANGUP | changes
    body = urlencode(fields).encode() if form else json.dumps(fields).encode()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"content-type": kind, "x-rueckruf-signature": sign(PHONE_KEY, "new", body, NOW)}
    return await client.post(url, content=body, headers=headers)


@pytest.mark.parametrize("kind", ["json", "form"])
async def test_an_unanswered_call_gets_a_receipt_once_it_is_stored(kind: str) -> None:
    home = house(status_url="https://status.test/")
    async with home.client() as client:
        answer = await push(client, form=kind == "form", urgency="emergency")
    stored = home.requests.only()
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": True,
        "receipt": (await home.requests.add([stored]))[0].number,
        "since": NOW.isoformat(),
        "already_known": False,
        "calling_number": OFFICE.calling_number,
        "status_url": "https://status.test/",
        "ignored": [],
    }
    assert stored.personal.phone == "+493023125741"


async def test_the_same_call_pushed_again_is_the_same_callback() -> None:
    home = house()
    async with home.client() as client:
        first = (await push(client)).json()
        home.now += timedelta(minutes=3)
        again = (await push(client)).json()
    assert (again["receipt"], again["since"], again["already_known"]) == (first["receipt"], first["since"], True)
    assert len(home.requests.kept) == 1


async def test_a_call_that_needs_no_callback_is_acknowledged_and_counted() -> None:
    before = counted("rueckruf_intake_refused_total", channel="phone", reason="answered")
    home = house()
    async with home.client() as client:
        answer = await push(client, cause="normalClearing", answeringNumber="42")
    assert (answer.status_code, answer.json()) == (200, {"accepted": False, "reason": "answered"})
    assert not home.requests.kept
    assert counted("rueckruf_intake_refused_total", channel="phone", reason="answered") == before + 1


@pytest.mark.parametrize("refusing", [StoreUnavailable("x"), Overloaded(), RuntimeError("no word about +493023125741")])
async def test_what_is_not_stored_is_never_called_accepted(refusing: Exception) -> None:
    home = house()
    home.requests.refusing = refusing
    async with home.client() as client:
        answer = await push(client)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["accepted"] is False
    assert "112" in answer.json()["detail"]
    assert "110" in answer.json()["detail"]
    assert "493023125741" not in answer.text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "signature_missing"),
        ("t=1764000000,v1=00,kid=new", "signature_wrong"),
        ("t=1764000000,v1=00,kid=gone", "unknown_key"),
    ],
)
async def test_a_push_nobody_signed_is_told_how_to_sign(header: str | None, code: str) -> None:
    home = house()
    headers = {"content-type": "application/json"} | ({"x-rueckruf-signature": header} if header else {})
    async with home.client() as client:
        answer = await client.post(URL, json=HANGUP, headers=headers)
        english = await client.post(URL, json=HANGUP, headers=headers | {"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.json()["detail"] != english.json()["detail"]
    assert not home.requests.kept


async def test_a_push_replayed_after_five_minutes_is_refused() -> None:
    home = house()
    async with home.client() as client:
        home.now += timedelta(minutes=6)
        answer = await push(client)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_too_old")


@pytest.mark.parametrize(
    ("url", "body", "kind", "status", "code"),
    [
        ("/v1/nowhere/phone/cti", b"{}", "application/json", 404, "unknown_office"),
        (URL, b"{", "application/json", 400, "json_unreadable"),
        (URL, b"[]", "application/json", 400, "json_unreadable"),
        (URL, b'{"event":"\\ud800"}', "application/json", 400, "json_unreadable"),
        (URL, b"[" * 100_000, "application/json", 400, "json_unreadable"),
        (URL, b"<x/>", "text/xml", 415, "media_type_unknown"),
        (URL, b"{}", "application/json", 422, "fields_wrong"),
        (URL, b"&".join([b"a=1"] * 100), "application/x-www-form-urlencoded", 400, "fields_wrong"),
    ],
)
async def test_what_cannot_be_read_is_answered_with_what_to_do(
    url: str, body: bytes, kind: str, status: int, code: str
) -> None:
    headers = {"content-type": kind, "x-rueckruf-signature": sign(PHONE_KEY, "new", body, NOW)}
    async with house().client() as client:
        answer = await client.post(url, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_a_field_that_is_wrong_is_named() -> None:
    async with house().client() as client:
        answer = await push(client, event="ring")
    assert [error["field"] for error in answer.json()["errors"]] == ["event"]


async def test_a_body_too_large_is_refused_before_it_fills_the_memory() -> None:
    async with house().client() as client:
        answer = await client.post(URL, content=b"x" * 600_000, headers={"content-type": "application/json"})
    assert answer.status_code == 413
