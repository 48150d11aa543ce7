"""Structured logs without personal data: named fields are blanked, and what looks like a number or an address is cut.

Tracebacks carry the kind of an error and where it happened, never local values.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
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
    """Replace an exception by its kind, its place and its message."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if info is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["error"] = type(error).__name__
        event["reason"] = str(error)
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        event["at"] = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in reversed(frames))
    return event


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
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("aiokafka", "pymongo", "uvicorn.access", "mail.log", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the logger of the project."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("rueckruf")
    return logger
