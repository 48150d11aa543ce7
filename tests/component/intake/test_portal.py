"""The web portal: its page and its JSON."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from schemas.words import Channel, Team, Urgency
from services.chassis.mongo import StoreUnavailable
from tests.component.intake.house import HTML, NOW, OFFICE, House, counted, house

JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)
ASKED = {
    "idempotency_key": "page-1",
    "name": "Ada Muster",
    "phone": "030 23125 741",
    "email": "",
    "team": "benefits",
    "text": "Kein Geld fürs Essen.\r\nBitte heute.",
    "own_words": "emergency",
    "language": "uk",
    "interpreter": "yes",
    "windows": ["mon 08:00-12:00", "tue 12:00-16:00"],
}


async def send(
    client: httpx.AsyncClient, files: list[tuple[str, tuple[str, bytes, str]]] | None = None, **changes: object
) -> httpx.Response:
    # A browser always sends the file field, empty where nothing was chosen.
    files = files or [("photos", ("", b"", "application/octet-stream"))]
    return await client.post("/musterstadt/", data=ASKED | changes, files=files, headers=HTML)


def receipt_on(page: httpx.Response) -> str:
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)
    assert found, page.text
    return found[0]


async def test_the_way_in_leads_to_the_form_in_german_and_english() -> None:
    async with house().client() as client:
        lead = await client.get("/")
        german = await client.get(lead.headers["location"], headers=HTML)
        english = await client.get("/musterstadt/?lang=en", headers=HTML)
    assert lead.headers["location"] == "/musterstadt/"
    assert german.status_code == english.status_code == 200
    assert 'lang="de"' in german.text
    assert 'lang="en"' in english.text
    assert 'href="tel:112"' in german.text


async def test_a_request_from_the_page_gets_its_receipt_once_it_is_stored() -> None:
    home = house(status_url="https://status.test/")
    async with home.client() as client:
        page = await send(client, [("photos", ("Brief.jpg", JPEG, "image/jpeg"))])
    stored = home.requests.only()
    assert page.status_code == 201
    assert receipt_on(page) == (await home.requests.add([stored]))[0].number
    assert OFFICE.calling_number in unescape(page.text).replace("\u00a0", " ")
    assert "https://status.test/" in page.text
    assert (stored.channel, stored.occurred_at) == (Channel.WEB, NOW)
    assert stored.personal.phone == "+493023125741"
    assert stored.personal.text == "Kein Geld fürs Essen.\nBitte heute."
    assert (stored.wishes.own_words, stored.wishes.team) == (Urgency.EMERGENCY, Team.BENEFITS)
    assert (stored.wishes.language, stored.wishes.interpreter) == ("uk", True)
    assert [window.day for window in stored.wishes.windows] == ["mon", "tue"]
    assert [(one.name, one.type, one.content) for one in stored.originals] == [("Brief.jpg", "image/jpeg", JPEG)]
    assert stored.personal.attachments[0].bytes == len(JPEG)


async def test_nothing_a_person_wrote_stands_on_the_receipt_or_in_an_address() -> None:
    async with house().client() as client:
        page = await send(client)
    assert "Ada" not in page.text
    assert "23125741" not in page.text.replace(" ", "")
    assert "location" not in page.headers
    assert page.headers["cache-control"] == "no-store"


async def test_the_same_page_sent_twice_is_one_callback() -> None:
    home = house()
    async with home.client() as client:
        first = await send(client)
        home.now += timedelta(minutes=1)
        again = await send(client)
    assert receipt_on(first) == receipt_on(again)
    assert again.status_code == 200
    assert len(home.requests.kept) == 1


async def test_a_page_that_was_changed_and_sent_again_is_not_swallowed() -> None:
    home = house()
    async with home.client() as client:
        first = await send(client)
        more = await send(client, text="Jetzt ist auch der Strom weg.")
    assert receipt_on(first) != receipt_on(more)
    assert len(home.requests.kept) == 2


async def test_the_same_words_on_another_day_are_another_request() -> None:
    home = house()
    async with home.client() as client:
        await send(client)
        await send(client, idempotency_key="page-2")
    assert len(home.requests.kept) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "112"}, "phone"),
        ({"phone": "ruft an"}, "phone"),
        ({"email": "ada@"}, "email"),
        ({"text": "", "team": ""}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"team": "tax"}, "team"),
        ({"windows": ["sometime"]}, "windows"),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_nothing_typed_is_lost(changes: dict[str, object], field: str) -> None:
    home = house()
    async with home.client() as client:
        page = await send(client, None, **changes)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert 'value="page-1"' in page.text
    if field != "name":
        assert "Ada Muster" in page.text
    assert not home.requests.kept


async def test_what_was_typed_comes_back_as_text_never_as_markup() -> None:
    async with house().client() as client:
        page = await send(client, name="", text="<script>alert(1)</script>")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


@pytest.mark.parametrize(
    "files",
    [
        [("photos", ("Brief.jpg", b"MZ\x90\x00" + bytes(100), "image/jpeg"))],
        [("photos", ("Brief.pdf", b"<html>", "application/pdf"))],
        [("photos", ("leer.jpg", b"", "image/jpeg"))],
        [("photos", (f"{n}.jpg", JPEG, "image/jpeg")) for n in range(7)],
        [("photos", ("gross.jpg", JPEG + bytes(60_000), "image/jpeg"))],
        [("photos", (f"{n}.jpg", JPEG + bytes(40_000), "image/jpeg")) for n in range(3)],
    ],
)
async def test_files_are_bounded_and_known_by_what_they_hold(
    files: list[tuple[str, tuple[str, bytes, str]]],
) -> None:
    home = house(upload_most_bytes_each=50_000, upload_most_bytes=100_000)
    async with home.client() as client:
        page = await send(client, files)
    assert page.status_code == 422
    assert 'id="photos-error"' in page.text
    assert not home.requests.kept


async def test_a_body_too_large_is_told_so_in_words() -> None:
    home = house(upload_most_bytes_each=50_000, upload_most_bytes=100_000)
    async with home.client() as client:
        page = await send(client, [("photos", ("x.jpg", JPEG + bytes(3_000_000), "image/jpeg"))])
    assert page.status_code == 413
    assert "<h1>" in page.text


async def test_bodies_of_all_callers_together_are_bounded() -> None:
    home = house(http_most_bytes_at_once=1024 * 1024)
    async with home.client() as client:
        page = await send(client, [("photos", ("x.jpg", JPEG + bytes(3_000_000), "image/jpeg"))])
        small = await send(client)
    assert page.status_code == 503
    assert small.status_code == 201


async def test_what_is_not_stored_gets_no_receipt_but_the_emergency_numbers() -> None:
    home = house()
    home.requests.refusing = StoreUnavailable("down")
    async with home.client() as client:
        page = await send(client)
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert 'href="tel:112"' in page.text
    assert not re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)


async def test_an_office_that_is_not_here_and_a_form_that_is_none_are_pages_too() -> None:
    async with house().client() as client:
        nowhere = await client.get("/nowhere/", headers=HTML)
        none = await client.post("/musterstadt/", content=b"x", headers=HTML | {"content-type": "text/plain"})
        broken = await client.post(
            "/musterstadt/", content=b"x", headers=HTML | {"content-type": "multipart/form-data; boundary=y"}
        )
    assert nowhere.status_code == 404
    assert none.status_code == 415
    assert broken.status_code in {400, 422}
    assert all('href="tel:112"' in page.text for page in (nowhere, none, broken))


async def post(home: House, key: str | None, **changes: object) -> httpx.Response:
    body = {"name": "Ada", "email": "ada@example.org", "text": "Bitte um Rückruf"} | changes
    headers = {"idempotency-key": key} if key else {}
    async with home.client() as client:
        return await client.post("/v1/musterstadt/web", json=body, headers=headers)


async def test_another_portal_hands_in_by_json_and_repeats_without_harm() -> None:
    before = counted("rueckruf_intake_accepted_total", channel="web", again="true")
    home = house()
    windows = [{"day": "mon", "start": "09:00", "end": "11:00"}]
    first = await post(home, "k1", windows=windows, interpreter=True)
    again = await post(home, "k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"]
    assert home.requests.only().wishes.windows[0].end == "11:00"
    assert counted("rueckruf_intake_accepted_total", channel="web", again="true") == before + 1


async def test_json_without_a_key_or_with_a_wrong_field_is_told_which() -> None:
    home = house()
    keyless = await post(home, None)
    wrong = await post(home, "k", name=None, email="x", windows="always")
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")
    assert wrong.status_code == 422
    assert [error["field"] for error in wrong.json()["errors"]] == ["name", "email", "windows"]
    assert all(error["detail"] for error in wrong.json()["errors"])
    assert not home.requests.kept


async def test_json_that_is_not_stored_is_not_accepted() -> None:
    home = house()
    home.requests.refusing = StoreUnavailable("down")
    answer = await post(home, "k")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
    assert "retry-after" in answer.headers
