"""A citizen without scripts and a clerk at the keyboard, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from schemas.words import Team, Urgency
from tests.component.intake.house import house
from tests.support.browser import axe, browser, fits, page_of, serving

__all__ = ["browser"]
pytestmark = pytest.mark.browser


async def test_a_citizen_asks_without_scripts_and_corrects_a_mistake(browser: Browser, tmp_path: Path) -> None:
    photo = tmp_path / "Brief.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0" + bytes(50_000))
    home = house()
    async with serving(home.app()) as url, page_of(browser, width=360, script=False) as page:
        await page.goto(f"{url}/")
        await page.locator("#name").fill("Ada Muster")
        await page.locator("#text").fill("Wir haben nichts zu essen.")
        await page.locator('input[name="own_words"][value="emergency"]').check()
        await page.locator("#team").select_option("benefits")
        await page.locator('input[name="windows"]').first.check()
        await page.locator("#phone").fill("030 23125741")
        await page.locator("#photos").set_input_files(photo)
        await page.locator("form button").click()
        receipt = await page.locator(".rr-big").inner_text()
        assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt)
        assert await page.locator('a[href="tel:112"]').count() > 0
    stored = home.requests.only()
    assert (stored.wishes.own_words, stored.wishes.team) == (Urgency.EMERGENCY, Team.BENEFITS)
    assert len(stored.wishes.windows) == 1
    assert stored.originals[0].content == photo.read_bytes()


async def test_a_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(browser: Browser) -> None:
    async with serving(house().app()) as url:
        page = await browser.new_page()  # Chromium itself complains of a 422, which page_of takes for ours
        await page.goto(f"{url}/musterstadt/")
        await page.locator("#text").fill("Bitte")
        await page.locator("form button").click()
        await expect(page.locator("#name-error")).to_be_visible()
        await expect(page.locator("#phone-error")).to_be_visible()
        assert await page.locator("#text").input_value() == "Bitte"
        await page.close()


async def test_a_clerk_signs_in_and_types_one_form_after_the_other(browser: Browser) -> None:
    home = house()
    async with serving(home.app()) as url, page_of(browser) as page:
        await page.goto(f"{url}/musterstadt/desk")
        await axe(page)
        await fits(page)
        await page.keyboard.type("Sesam")
        await page.keyboard.press("Enter")
        for number in ("F-1", "F-2"):
            await expect(page.locator("#form_number")).to_be_focused()
            await page.keyboard.type(number)
            await page.locator("#name").fill("Ada Muster")
            await page.locator("#phone").fill("030 23125741")
            await page.locator("#text").fill("Bitte")
            await page.locator("#text").press("Tab")
            await page.locator("form .rr-actions button").click()
            await expect(page.locator('[role="status"] .kern-alert')).to_be_visible()
        await axe(page)
    assert {stored.key for stored in home.requests.kept.values()} == {"F-1", "F-2"}
