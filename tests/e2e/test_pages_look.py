"""Each page with invented data: accessible, and as wide as its window, for every kind of reader."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from playwright.async_api import Browser
from starlette.responses import Response, StreamingResponse

from services.chassis.texts import Catalogue, Texts
from services.chassis.web.guards import Csrf
from services.chassis.web.pages import Office, Pages
from tests.support.browser import axe, browser, fits, look, page_of, serving
from tests.support.page_views import VIEWS

__all__ = ["browser"]
pytestmark = pytest.mark.browser

_ROOT = Path(__file__).parents[2]
_TEMPLATES = [_ROOT / "services" / service / "web/templates" for service in ("intake", "notifier")]
_READERS = [
    ("de", 1280, False),
    ("de", 360, True),
    ("en", 3840, False),
    ("ar", 1280, True),
]


async def _silence() -> AsyncIterator[str]:
    yield ": connected\n\n"
    await asyncio.sleep(60)


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    catalogues = {path.stem: Catalogue.read(path) for path in (_ROOT / "services/texts").glob("*.po")}
    catalogues["ar"] = Catalogue("ar", catalogues["en"].forms, catalogues["en"].plural_index)
    office = Office("Jobcenter Musterstadt", "+49 30 23125 100")
    pages = Pages(Texts(catalogues), office, Csrf(b"s"), _TEMPLATES)
    app = FastAPI()
    pages.install(app)

    @app.get("/page/{name}")
    async def page(request: Request, name: str) -> Response:
        template, context = VIEWS[name]
        return pages.render(request, f"{template}.html", **context)

    @app.get("/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(_silence(), media_type="text/event-stream")

    async with serving(app) as address:
        yield address


@pytest.mark.parametrize("name", VIEWS)
async def test_a_page_is_accessible_and_fits(browser: Browser, url: str, name: str) -> None:
    for lang, width, dark in _READERS:
        async with page_of(browser, width=width, dark=dark) as page:
            await page.goto(f"{url}/page/{name}?lang={lang}")
            await axe(page)
            await fits(page)
            await look(page, f"{name}-{lang}-{'dark' if dark else 'light'}-{width}")


async def test_a_request_can_be_written_without_a_script(browser: Browser, url: str) -> None:
    async with page_of(browser, script=False) as page:
        await page.goto(f"{url}/page/request_form")
        await page.get_by_label("Name").fill("Erika Muster")
        await page.get_by_label("Es ist ein Notfall").check()
        await page.get_by_label("Montag 08:00 bis 12:00").check()
        assert await page.get_by_role("button", name="Rückruf bestellen").is_enabled()


async def test_the_accept_button_of_an_emergency_names_its_receipt(browser: Browser, url: str) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{url}/page/inbox")
        first = page.get_by_role("listitem").filter(has_text="Notfall").first
        assert await first.get_by_role("button", name="Übernehmen 7K3M-9QXP-2ABC").is_enabled()
