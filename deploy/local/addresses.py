"""Where everything can be reached, asked from the services themselves: only what answers is named."""

import asyncio

import httpx

from deploy.local.installation import Installation
from deploy.local.wording import t
from schemas.office import Office


async def addresses(installation: Installation, office: Office) -> list[tuple[str, str]]:
    """Return pairs of a name and an address."""
    intake, notifier = installation.intake.url, installation.notifier.url
    pages = [
        (t("cli.url.form"), f"{intake}/{office.id}/"),
        (t("cli.url.desk"), f"{intake}/{office.id}/desk"),
        (t("cli.url.inbox"), f"{notifier}/{office.id}/inbox"),
        (t("cli.url.ops"), f"{notifier}/{office.id}/ops"),
        (t("cli.url.status"), f"{notifier}/{office.id}/status"),
        *((t("cli.url.metrics", service=one.service), f"{one.url}/metrics") for one in installation.services),
    ]
    async with httpx.AsyncClient(timeout=5, headers={"accept": "text/html"}) as client:
        there = await asyncio.gather(*(_is_there(client, url) for _, url in pages))
    smtp = (t("cli.url.email", address=office.email), f"127.0.0.1:{installation.intake.other_port()}")
    return [page for page, answers in zip(pages, there, strict=True) if answers] + [smtp]


async def _is_there(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code != httpx.codes.NOT_FOUND
    except httpx.HTTPError:
        return False
