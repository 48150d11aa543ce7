"""The front desk: paper forms, typed in."""

import re
from datetime import timedelta

import httpx
import pytest

from schemas.words import Channel
from services.chassis.mongo import StoreUnavailable
from tests.component.intake.house import HTML, NOW, House, house

URL = "/musterstadt/desk"
PAPER = {
    "form_number": "f-0042",
    "dropped_date": "2026-11-20",
    "dropped_time": "17:30",
    "name": "Ada Muster",
    "phone": "030 23125741",
    "text": "Bitte um Rückruf",
}


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def sign_in(client: httpx.AsyncClient, passphrase: str = "Sesam") -> httpx.Response:
    token = csrf(await client.get(URL, headers=HTML))
    return await client.post(f"{URL}/sign-in", data={"csrf": token, "passphrase": passphrase}, headers=HTML)


async def save(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    token = csrf(await client.get(URL, headers=HTML))
    return await client.post(URL, data=PAPER | {"csrf": token} | changes, headers=HTML)


async def post(home: House, bearer: str | None = "Sesam", **changes: object) -> httpx.Response:
    body = {"name": "Ada", "phone": "030 23125741", "text": "Bitte", "form_number": "F-1"} | changes
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    async with home.client() as client:
        return await client.post("/v1/musterstadt/form", json=body, headers=headers)


async def test_the_clock_starts_when_the_form_was_dropped_in_not_when_it_was_typed() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        page = await save(client)
    stored = home.requests.only()
    assert page.status_code == 201
    assert (await home.requests.add([stored]))[0].number in page.text
    assert (stored.channel, stored.key) == (Channel.FORM, "F-0042")
    assert stored.occurred_at.isoformat() == "2026-11-20T16:30:00+00:00"
    assert stored.recorded_at == NOW


async def test_after_saving_the_form_is_empty_for_the_next_one() -> None:
    async with house().client() as client:
        await sign_in(client)
        page = await save(client)
    assert "Ada Muster" not in page.text
    assert re.search(r'id="form_number"[^>]*autofocus', page.text)


async def test_a_long_text_in_any_script_fits() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        page = await save(client, text="\U0001f64f" * 20_000)
    assert page.status_code == 201
    assert len(home.requests.only().personal.text) == 20_000


async def test_a_form_number_that_is_there_already_is_shown_not_swallowed() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        await save(client)
        page = await save(client, form_number="F-0042 ", name="Bert Beispiel")
    assert page.status_code == 409
    assert 'id="form_number-error"' in page.text
    assert "Bert Beispiel" in page.text
    assert len(home.requests.kept) == 1


async def test_a_form_without_a_number_gets_a_key_from_its_words() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        first = await save(client, form_number="")
        again = await save(client, form_number="")
        other = await save(client, form_number="", name="Bert Beispiel")
    assert [page.status_code for page in (first, again, other)] == [201, 409, 201]
    assert len(home.requests.kept) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dropped_date": "2026-11-24"}, "dropped_time"),
        ({"dropped_date": "2026-11-23", "dropped_time": "09:07"}, "dropped_time"),
        ({"dropped_date": "2020-01-01"}, "dropped_time"),
        ({"dropped_date": "gestern"}, "dropped_date"),
        ({"name": ""}, "name"),
        ({"form_number": "1" * 65}, "form_number"),
    ],
)
async def test_a_form_that_cannot_be_is_named_at_its_field(changes: dict[str, str], field: str) -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        page = await save(client, **changes)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert not home.requests.kept


async def test_without_a_time_a_day_counts_from_its_start_and_nothing_given_is_now() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        await save(client, dropped_time="")
        await save(client, form_number="2", dropped_date="", dropped_time="")
    day, now = sorted(stored.occurred_at for stored in home.requests.kept.values())
    assert day.isoformat() == "2026-11-19T23:00:00+00:00"
    assert now == NOW


async def test_the_desk_opens_with_its_passphrase_only_and_for_one_shift() -> None:
    home = house()
    async with home.client() as client:
        closed = await client.get(URL, headers=HTML)
        wrong = await sign_in(client, "Simsalabim")
        unsigned = await client.post(URL, data=PAPER, headers=HTML)
        client.cookies.set("rueckruf-desk", f"{int(NOW.timestamp())}.x.{'0' * 64}", path=URL)
        forged = await client.post(URL, data=PAPER, headers=HTML)
        client.cookies.delete("rueckruf-desk")
        opened = await sign_in(client)
        home.now += timedelta(hours=11)
        late = await client.get(URL, headers=HTML)
    assert [page.status_code for page in (closed, wrong, unsigned, forged, opened, late)] == [
        200, 403, 403, 403, 303, 200,
    ]  # fmt: skip
    assert "passphrase" in closed.text
    assert "passphrase" in late.text
    cookie = opened.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "secure", f"path={URL}"))
    assert not home.requests.kept


async def test_a_form_of_another_site_saves_nothing() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        page = await client.post(URL, data=PAPER, headers=HTML)
    assert page.status_code == 403
    assert not home.requests.kept


async def test_a_session_of_one_office_opens_no_other() -> None:
    home = house()
    async with home.client() as client:
        await sign_in(client)
        page = await client.get("/nowhere/desk", headers=HTML)
    assert page.status_code == 404


async def test_without_a_passphrase_in_the_settings_the_desk_is_closed() -> None:
    home = house(desk_key="")
    async with home.client() as client:
        page = await client.get(URL, headers=HTML)
    answer = await post(home, "")
    assert page.status_code == 404
    assert (answer.status_code, answer.json()["code"]) == (403, "desk_closed")


async def test_what_is_not_stored_is_told_to_the_clerk() -> None:
    home = house()
    home.requests.refusing = StoreUnavailable("down")
    async with home.client() as client:
        await sign_in(client)
        page = await save(client)
    assert page.status_code == 503
    assert "retry-after" in page.headers


async def test_a_scanner_hands_in_by_json_with_the_same_passphrase() -> None:
    home = house()
    first = await post(home, dropped_at="2026-11-20T17:30:00+01:00")
    again = await post(home)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["since"] == "2026-11-20T16:30:00+00:00" == again.json()["since"]
    assert home.requests.only().recorded_at == NOW


@pytest.mark.parametrize("bearer", [None, "", "falsch"])
async def test_json_without_the_passphrase_is_refused(bearer: str | None) -> None:
    answer = await post(house(), bearer)
    assert (answer.status_code, answer.json()["code"]) == (401, "bearer_wrong")


@pytest.mark.parametrize("at", ["2026-11-23T10:00:00", "2026-11-24T10:00:00+01:00", 17])
async def test_json_with_a_time_that_cannot_be_is_refused(at: object) -> None:
    answer = await post(house(), dropped_at=at)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["dropped_at"]
