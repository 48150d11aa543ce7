"""The kit all pages stand on, in a real browser: readable for everybody, in every direction, dark and light."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from playwright.async_api import Browser
from starlette.responses import Response

from services.chassis.texts import Catalogue, Texts
from services.chassis.web.guards import Csrf, read_form
from services.chassis.web.pages import Office, Pages
from tests.support.browser import axe, browser, fits, look, page_of, serving

__all__ = ["browser"]
pytestmark = pytest.mark.browser

_ROOT = Path(__file__).parents[2]
_TEXTS = _ROOT / "services" / "texts"
_ERRORS = {
    "name": "Bitte nennen Sie Ihren Namen.",
    "phone": "Diese Nummer ist zu kurz.",
    "windows": "Wählen Sie mindestens eine Zeit.",
    "urgent": "Bitte wählen Sie.",
}


def _texts() -> Texts:
    """Our languages and, to see the page from right to left, English read as if it were Arabic."""
    catalogues = {path.stem: Catalogue.read(path) for path in _TEXTS.glob("*.po")}
    english = catalogues["en"]
    catalogues["ar"] = Catalogue("ar", english.forms, english.plural_index)
    return Texts(catalogues)


def _app() -> FastAPI:
    app = FastAPI()
    pages = Pages(_texts(), Office("Jobcenter Musterstadt", "0441 2000"), Csrf(b"s"), [_ROOT / "tests/e2e/templates"])
    pages.install(app, body_limit=5_000)

    @app.get("/guide")
    async def guide(request: Request, wrong: bool = False) -> Response:  # noqa: FBT002 - a query flag
        return pages.render(request, "style_guide.html", errors=_ERRORS if wrong else {})

    @app.post("/form")
    async def form(request: Request) -> Response:
        pages.csrf.check(request, await read_form(request))
        return Response("taken")

    @app.get("/fail/{status}")
    async def fail(status: int) -> Response:
        if status == 500:
            raise RuntimeError
        raise HTTPException(status)

    @app.get("/live")
    async def live(request: Request) -> Response:
        return pages.render(request, "live_guide.html")

    @app.get("/events")
    async def events() -> StreamingResponse:
        body = 'event: update\ndata: <p data-say>Zwei neu</p><a id="b" href="/">Bleibt</a>\n\n'
        return StreamingResponse(iter([body]), media_type="text/event-stream")

    return app


@pytest.mark.parametrize("lang", ["de", "en", "ar"])
@pytest.mark.parametrize("shade", ["light", "dark"])
async def test_every_part_of_the_kit_is_accessible_and_fits(browser: Browser, lang: str, shade: str) -> None:
    async with serving(_app()) as url:
        for width in (360, 1280):
            async with page_of(browser, width=width, dark=shade == "dark") as page:
                for wrong in ("", "&wrong=1"):
                    await page.goto(f"{url}/guide?lang={lang}{wrong}")
                    await axe(page)
                    await fits(page)
                    await look(page, f"kit-{lang}-{shade}-{width}{'-errors' if wrong else ''}")
                assert await page.get_attribute("html", "dir") == ("rtl" if lang == "ar" else "ltr")


async def test_the_check_itself_sees_a_poor_contrast(browser: Browser) -> None:
    async with serving(_app()) as url, page_of(browser) as page:
        await page.goto(f"{url}/guide")
        await page.evaluate("document.querySelector('h1').style.color = '#bbb'")
        with pytest.raises(AssertionError, match="color-contrast"):
            await axe(page)


async def test_the_summary_of_errors_is_read_first_and_leads_to_the_field(browser: Browser) -> None:
    async with serving(_app()) as url, page_of(browser) as page:
        await page.goto(f"{url}/guide?wrong=1")
        assert await page.evaluate("document.activeElement.dataset.errors") == ""
        await page.get_by_role("link", name=_ERRORS["windows"]).click()
        assert await page.evaluate("document.activeElement.name") == "windows"


async def test_a_live_region_takes_what_the_server_sends_and_keeps_the_focus(browser: Browser) -> None:
    async with serving(_app()) as url, page_of(browser) as page:
        await page.goto(f"{url}/live")
        await page.locator("#b").focus()
        await page.locator("[data-live]").get_by_text("Zwei neu").wait_for()
        assert await page.evaluate("document.activeElement.id") == "b"
        assert await page.locator("#spoken").text_content() == "Zwei neu"
        await page.locator("#lost").wait_for(state="visible")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 422, 429, 500, 503])
async def test_a_person_is_told_what_to_do_and_the_emergency_numbers(status: int) -> None:
    transport = httpx.ASGITransport(_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://office.test") as client:
        for lang in ("de", "en"):
            answer = await client.get(f"/fail/{status}", headers={"accept": "text/html", "accept-language": lang})
            assert answer.status_code == status
            assert _texts()(lang)(f"error.{status}.title") in answer.text
            assert 'href="tel:112"' in answer.text
            assert 'href="tel:110"' in answer.text
            assert "0441\u00a02000" in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_program_is_told_in_problem_json() -> None:
    transport = httpx.ASGITransport(_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
        answer = await client.get("/nowhere")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 404
        assert "strict-transport-security" not in answer.headers


async def test_a_body_too_large_is_refused_whether_announced_or_not() -> None:
    async def chunks() -> object:
        for _ in range(10):
            yield b"x" * 1_000

    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://office.test") as client:
        kind = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
        announced = await client.post("/form", content=b"x" * 6_000, headers=kind)
        streamed = await client.post("/form", content=chunks(), headers=kind)  # type: ignore[arg-type] # any async iterator
        assert (announced.status_code, streamed.status_code) == (413, 413)
        assert 'href="tel:112"' in announced.text
        assert 'href="tel:112"' in streamed.text


async def test_a_form_counts_only_with_the_token_of_its_own_browser() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://office.test") as client:
        page = await client.get("/guide")
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        assert (await client.post("/form", data={"csrf": token})).text == "taken"
        assert (await client.post("/form", data={"csrf": "x"})).status_code == 403
        assert (await client.post("/form", data={})).status_code == 403
        client.cookies.clear()
        client.cookies.set("rueckruf-csrf", "forged.forged")
        assert (await client.post("/form", data={"csrf": "forged.forged"})).status_code == 403


async def test_the_chosen_language_is_remembered() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://office.test") as client:
        await client.get("/guide?lang=en")
        later = await client.get("/guide", headers={"accept-language": "de"})
        assert later.headers["content-language"] == "en"


async def test_static_files_are_kept_for_a_year_and_packed() -> None:
    pages = Pages(_texts(), Office("x", "1"), Csrf(b"s"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://office.test") as client:
        style = await client.get(pages.assets.url("rueckruf.css"))
        assert "immutable" in style.headers["cache-control"]
        assert style.headers["content-encoding"] == "gzip"
        assert (await client.get("/static/old/rueckruf.css")).status_code == 404
    assert pages.assets.weight() < 120_000
