"""A real browser for tests: Debian's Chromium by Playwright, with axe-core and a camera."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright
from starlette.types import ASGIApp

_CHROMIUM = Path(os.environ.get("RUECKRUF_CHROMIUM", "/usr/bin/chromium"))
_IS_THERE = _CHROMIUM.exists()
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REPOSITORY = Path(__file__).parents[2]
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, closed after the test; without one the test is skipped, or fails if a browser is required."""
    if not _IS_THERE:
        if os.environ.get("RUECKRUF_REQUIRE_BROWSER") == "1":
            pytest.fail(f"no browser at {_CHROMIUM}")
        pytest.skip(f"no browser at {_CHROMIUM}")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield chromium
        await chromium.close()


@contextlib.asynccontextmanager
async def page_of(
    browser: Browser, *, width: int = 1280, dark: bool = False, lang: str = "de", script: bool = True
) -> AsyncIterator[Page]:
    """Open an empty page as one reader sees it; what its console complains of and requests to other hosts fail."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale=lang,
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    if script:
        await context.add_init_script(_AXE)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if not _is_own(asked.url) else None)
    yield page
    await context.close()
    assert not complaints, complaints


def _is_own(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "about:"))


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port of the loopback; gives its address without a slash at the end."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, lifespan="auto"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


async def axe(page: Page) -> None:
    """Fail on every violation of WCAG 2.2 AA, and where axe could not tell whether a contrast suffices."""
    result: dict[str, Any] = await page.evaluate(
        "rules => axe.run({runOnly: rules, resultTypes: ['violations', 'incomplete']})", _RULES
    )
    unclear = [finding for finding in result["incomplete"] if finding["id"] == "color-contrast"]
    told = [
        f"{finding['id']}: {node['html'][:160]} ({node['any'][0]['message'] if node['any'] else finding['help']})"
        for finding in [*result["violations"], *unclear]
        for node in finding["nodes"]
    ]
    assert not told, "\n".join(told)


async def fits(page: Page) -> None:
    """Fail if the page must be scrolled sideways."""
    over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url} is {over} px too wide"


async def look(page: Page, name: str) -> Path:
    """Keep a picture of the whole page below ``build/screens``, or in ``docs/screens`` if RUECKRUF_SCREENS says so."""
    folder = _REPOSITORY / os.environ.get("RUECKRUF_SCREENS", "build/screens")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    await page.screenshot(path=path, full_page=True)
    return path
