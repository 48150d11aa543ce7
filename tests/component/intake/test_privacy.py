"""What citizens hand in appears in no log line, however it ends."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator

import aiosmtplib
import pytest
import structlog

from services.chassis.logs import get_logger, set_up_logs
from services.chassis.mongo import StoreUnavailable
from services.intake.channels.email.server import smtp_server
from services.intake.channels.signature import sign
from tests.component.intake.house import HTML, NOW, PHONE_KEY, house
from tests.component.intake.test_email import send
from tests.support.mails import MALICIOUS, TO, written

SECRETS = ("Ada", "Müster", "Muster,", "23125741", "23125 741", "ada@", "Strom", "F-0042", "127.0.0.1")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written_lines = io.StringIO()
    monkeypatch.setattr("sys.stderr", written_lines)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logs(house(log_level="debug").settings, "intake")
    yield written_lines
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("refusing", [None, StoreUnavailable("down"), RuntimeError("ada@example.org, +493023125741")])
async def test_no_log_line_tells_who_asked_or_what(log: io.StringIO, refusing: Exception | None) -> None:
    home = house()
    home.requests.refusing = refusing
    asked = {"name": "Ada Muster", "phone": "030 23125741", "text": "Der Strom ist weg."}
    call = json.dumps({"event": "hangup", "callId": "1", "from": "493023125741", "voicemail": "Strom"}).encode()
    signed = {"content-type": "application/json", "x-rueckruf-signature": sign(PHONE_KEY, "new", call, NOW)}
    async with home.client() as client:
        await client.post("/v1/musterstadt/phone/cti", content=call, headers=signed)
        await client.post("/v1/musterstadt/phone/cti", content=call, headers=signed | {"x-rueckruf-signature": "Ada"})
        await client.post("/v1/musterstadt/web", json=asked, headers={"idempotency-key": "Ada"})
        await client.post("/v1/musterstadt/web", json=asked | {"name": 7}, headers={"idempotency-key": "Ada"})
        await client.post("/musterstadt/", data=asked, files={"photos": ("Ada.jpg", b"Strom")}, headers=HTML)
        await client.post("/v1/musterstadt/form", json=asked | {"form_number": "F-0042", "dropped_at": "Strom"})
    async with smtp_server(home.door) as port:
        assert port
        for mail in (written("Der Strom ist weg."), MALICIOUS["200 KB of tiny parts"]):
            with contextlib.suppress(aiosmtplib.SMTPException):
                await send(port, mail, [TO, "ada@example.org"])
    get_logger().warning("the last line")
    # The HTTP client of this test logs the addresses it asks for, not the service.
    lines = [line for line in log.getvalue().splitlines() if "HTTP Request" not in line]
    said = "\n".join(lines)
    assert "the last line" in said
    assert not [secret for secret in SECRETS if secret in said], said
