"""No log line carries what a citizen is called, how they are reached or what they wrote."""

import asyncio
import contextlib
import io
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NoReturn

import pytest
import structlog
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typing_extensions import override

from services.chassis import telemetry
from services.chassis.logs import cut, get_logger, redact, set_up_logs
from services.chassis.settings import Settings

CANARY = "Kanarienvogel Ohnestrom"
NUMBERS = ["+49 441 9990-123", "0441/9990123", "(0441) 999 01 23", "004944199901", "+38 (067) 123 45 67"]
ADDRESSES = ["ada@example.org", "ada.m+rueckruf@mail.example.co.uk", "a_b-c@xn--mnchen-3ya.example"]

Lines = Callable[[], str]


@pytest.fixture(params=["json", "console"])
def printed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers[:], root.level)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(sys, "stderr", stream)
    structlog.reset_defaults()
    set_up_logs(Settings(log_format=request.param), "house")
    yield stream.getvalue
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def crash() -> NoReturn:
    raise RuntimeError(f"cannot call {CANARY}") from KeyError(CANARY)


@pytest.mark.parametrize("personal", NUMBERS + ADDRESSES)
def test_numbers_and_mail_addresses_are_cut(personal: str) -> None:
    assert cut(f"call {personal} back") in {"call [cut] back", "call ([cut] back"}


@pytest.mark.parametrize(
    "harmless",
    [
        "2026-11-23T09:00:00+00:00",
        "6f0f5a52-2d56-5c0d-9a3c-0d6d1c8f3b11",
        "intake.channel-phone took 500 records in 0.25 s",
        "127.0.0.1:9092",
        "offset 1000234567",
    ],
)
def test_times_ids_places_and_counts_stay(harmless: str) -> None:
    assert cut(harmless) == harmless


def test_a_line_has_a_bound() -> None:
    assert len(cut("x" * 100_000)) <= 2000


@pytest.mark.parametrize(
    "field", ["name", "phone", "email", "number", "text", "subject", "address", "body", "voicemail", "value"]
)
def test_personal_fields_are_blanked_whatever_they_hold(field: str) -> None:
    for held in (CANARY, CANARY.encode(), [CANARY], 494419990123):
        assert CANARY not in str(redact(None, "info", {"event": "x", field: held}))
        assert "494419990123" not in str(redact(None, "info", {"event": "x", field: held}))


def test_what_is_printed_says_what_happened_where(printed: Lines) -> None:
    get_logger().warning("left to the sweep", group="house.rings", records=3)
    line = printed()
    assert all(word in line for word in ("left to the sweep", "house.rings", "3", "warning", "house"))


def test_an_error_is_told_by_kind_and_place_never_by_its_message(printed: Lines) -> None:
    try:
        crash()
    except RuntimeError as error:
        get_logger().error("failed", exc_info=error)
        get_logger().exception("failed as well")
        logging.getLogger("a.library").exception("failed there")
    lines = printed()
    assert CANARY not in lines
    assert lines.count("RuntimeError") == 3
    assert "KeyError" in lines
    assert "test_logs.py" in lines


def test_what_kafka_and_the_system_say_is_told(printed: Lines) -> None:
    get_logger().warning("away", exc_info=ConnectionRefusedError(111, "Connection refused"))
    assert "Connection refused" in printed()


def test_what_a_library_filled_in_is_not_told(printed: Lines) -> None:
    logging.getLogger("mail.log").warning("refused a mail of %s: %r", CANARY, ADDRESSES[0])
    logging.getLogger("aiokafka.client").warning("no answer from %s", "broker-1:9092")
    lines = printed()
    assert CANARY not in lines
    assert "refused a mail of" in lines
    assert "broker-1:9092" in lines


async def test_asyncio_tells_of_a_dead_task_without_its_words(printed: Lines) -> None:
    async def dies() -> None:
        raise ValueError(CANARY)

    task = asyncio.create_task(dies())
    await asyncio.wait([task])
    del task
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(CANARY)}
    )
    lines = printed()
    assert "Task exception was never retrieved" in lines
    assert CANARY not in lines


def test_a_crash_in_a_request_is_told_without_its_words(printed: Lines) -> None:
    try:
        crash()
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    lines = printed()
    assert "Exception in ASGI application" in lines
    assert "RuntimeError" in lines
    assert CANARY not in lines


def test_a_crash_at_start_is_told_by_its_kind(printed: Lines) -> None:
    text = f'Traceback (most recent call last):\n  File "app.py", line 1, in f\nRuntimeError: {CANARY}\n'
    logging.getLogger("uvicorn.error").error(text)
    lines = printed()
    assert "RuntimeError" in lines
    assert CANARY not in lines


_CRASHING = """
import sys
from services.chassis.running import run
from services.chassis.settings import Settings
from tests.unit.chassis.test_logs import crashing_app
run("house", Settings, crashing_app)
"""


def crashing_app(_: Settings) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        crash()
        yield

    return FastAPI(lifespan=lifespan)


def test_a_whole_service_that_crashes_prints_no_canary() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CRASHING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"RUECKRUF_VAULT_KEYS": "a:" + "A" * 43 + "=", "PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    assert CANARY not in done.stdout + done.stderr
    assert "RuntimeError" in done.stderr
    assert all(isinstance(json.loads(line), dict) for line in done.stderr.splitlines())


def test_a_trace_tells_an_error_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with pytest.raises(RuntimeError), telemetry.span("process", [parent, None, "broken", "00-zz-1-01"]):
        crash()
    (span,) = kept.get_finished_spans()
    assert CANARY not in span.to_json()
    assert span.status.description == "RuntimeError"
    assert [f"{link.context.trace_id:032x}" for link in span.links] == ["0af7651916cd43dd8448eb211c80319c"]


def test_a_line_that_cannot_be_written_is_not_printed_by_another_way(printed: Lines) -> None:
    class Unspeakable:
        @override
        def __str__(self) -> str:
            raise RuntimeError(CANARY)

    logging.getLogger("uvicorn.error").error("%s of %s", Unspeakable(), CANARY)
    assert CANARY not in printed()
