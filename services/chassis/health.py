"""Health, readiness and metrics, the same three addresses on every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[bool]]
_CHECK_SECONDS = 2.0


def operations(service: str, checks: Mapping[str, Check]) -> APIRouter:
    """Return ``/health/live``, ``/health/ready`` and ``/metrics``."""
    router = APIRouter(tags=["operations"])

    @router.get("/health/live")
    async def live() -> JSONResponse:
        """Say that the process runs; it says nothing about its servers."""
        return JSONResponse({"service": service, "live": True})

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        """Say whether everything this service needs answers, each part by name."""
        answers = await asyncio.gather(*(_ask(check) for check in checks.values()))
        parts = dict(zip(checks, answers, strict=True))
        return JSONResponse(
            {"service": service, "ready": all(answers), "parts": parts}, status_code=200 if all(answers) else 503
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _ask(check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), _CHECK_SECONDS)
    except Exception:  # noqa: BLE001  # whatever is wrong with a part, the answer is: not ready
        return False
