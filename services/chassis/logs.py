"""Structured logs without personal data: named fields are blanked, and what looks like a number or an address is cut.

An error is told by its kind and its place, not by its message, which may repeat what a citizen wrote. Lines
of libraries are told as the library's author wrote them, without what was filled in.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import OperationFailure
from structlog.typing import Processor

from services.chassis.settings import Settings

_PERSONAL = frozenset(
    {
        "name",
        "phone",
        "email",
        "number",
        "text",
        "subject",
        "address",
        "body",
        "voicemail",
        "value",
        "sender",
        "input",
    }
)
_LOOKS_PERSONAL = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}|(?<![\w-])(?:\+|00?)[1-9][\d /()-]{6,18}\d(?![\w-])"
)
_TRUSTED = ("rueckruf", "aiokafka", "uvicorn")  # what they fill in are addresses of servers, topics and groups
_CUT = "[cut]"
_MOST = 2000


def cut(text: str) -> str:
    """Return ``text`` bounded in length and without what looks like a mail address or a telephone number."""
    return _LOOKS_PERSONAL.sub(_CUT, text[:_MOST])


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank personal fields and cut what looks personal out of every other one."""
    for key, value in event.items():
        if key in _PERSONAL:
            event[key] = _CUT
        elif isinstance(value, str):
            event[key] = cut(value)
        elif not isinstance(value, int | float | bool | None):
            event[key] = cut(str(value))
    return event


def describe_error(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and its place; its message only where that cannot carry personal data."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if info is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["error"] = type(error).__name__
        if (reason := _harmless(error)) is not None:
            event["reason"] = reason
        if error.__cause__ is not None:
            event["cause"] = type(error.__cause__).__name__
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        event["at"] = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in reversed(frames))
    return event


def distrust_libraries(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the first line of a library's message, and what was filled in only where that is known to be harmless."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    message = str(event["event"] if record.name.split(".")[0] in _TRUSTED else record.msg).strip()
    first, *others = message.splitlines() or [""]
    if any(line.startswith("Traceback") for line in (first, *others)):  # uvicorn tells a crash at start as text
        first, event["error"] = "crashed", [first, *others][-1].partition(":")[0]
    event["event"] = first
    return event


def _harmless(error: BaseException) -> str | None:
    match error:
        case KafkaError():
            return str(error)
        case OSError():
            return error.strerror
        case OperationFailure():
            return None if error.code is None else f"code {error.code}"
        case _:
            return None


def set_up_logs(settings: Settings, service: str) -> None:
    """Send our own and every library's log lines through the same processors to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_error,
        redact,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(pad_event_to=36, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level.upper()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[distrust_libraries, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.raiseExceptions = False  # a line that cannot be written would be printed with all it was to carry
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("uvicorn", "uvicorn.error"):  # uvicorn's own set-up would print past ours
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for noisy in ("aiokafka", "pymongo", "uvicorn.access", "mail.log", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)
    sys.excepthook = _crashed


def _crashed(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    get_logger().critical("crashed", exc_info=error)


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the logger of the project."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("rueckruf")
    return logger
