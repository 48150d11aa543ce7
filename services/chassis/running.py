"""Running a service: one process, one event loop, a clean stop on SIGTERM and SIGINT."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from services.chassis.logs import get_logger, set_up_logs
from services.chassis.settings import Settings, SettingsRefused
from services.chassis.telemetry import set_up_traces

S = TypeVar("S", bound=Settings)


def run(service: str, settings_type: type[S], create_app: Callable[[S], FastAPI]) -> None:
    """Run a service until it is told to stop; exits 2 with a sentence where the settings are wrong."""
    try:
        settings = settings_type.load()
        set_up_logs(settings, service)
        set_up_traces(settings, service)
        app = create_app(settings)
    except (SettingsRefused, ValueError) as error:
        sys.stderr.write(f"{service}: {error}\n")
        raise SystemExit(2) from None
    # What was built so far stays; young objects live for a batch, so looking at them less often is cheaper.
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="auto",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=32 * 1024,
    )


@contextlib.asynccontextmanager
async def repeating(work: Callable[[], Awaitable[object]], every: float, name: str) -> AsyncIterator[None]:
    """Call ``work`` every ``every`` seconds while the block runs; a failure is logged and tried again."""

    async def loop() -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001  # a background task that dies quietly is a broken promise
                get_logger().warning("will try again", task=name, exc_info=error)
            await asyncio.sleep(every)

    task = asyncio.create_task(loop(), name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
