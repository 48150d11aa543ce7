"""Email: real SMTP conversations with the real server, its child processes included."""

import asyncio
import smtplib
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import psutil
import pytest
from aiosmtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from schemas.ids import receipt_number
from schemas.words import Channel
from services.chassis.group_commit import Overloaded
from services.chassis.mongo import StoreUnavailable
from services.intake.channels.email.server import NOT_READ, smtp_server
from tests.component.intake.house import NOW, House, counted, house
from tests.support.mails import MALICIOUS, TO, written

SENDER = "ada@example.org"


@asynccontextmanager
async def post_office(home: House) -> AsyncIterator[int]:
    async with smtp_server(home.door) as port:
        assert port
        yield port


@asynccontextmanager
async def talk(port: int) -> AsyncIterator[aiosmtplib.SMTP]:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=60, start_tls=False)
    await client.connect()
    try:
        yield client
    finally:
        client.close()


async def send(port: int, mail: bytes, to: str | list[str] = TO, sender: str = SENDER) -> str:
    async with talk(port) as client:
        return (await client.sendmail(sender, to, mail))[1]


async def test_a_mail_gets_its_receipt_in_the_answer_once_it_is_stored() -> None:
    home = house()
    async with post_office(home) as port:
        answer = await send(port, written())
    stored = home.requests.only()
    assert answer == f"2.0.0 {receipt_number(stored.callback)}"
    assert (stored.office, stored.channel, stored.key) == ("musterstadt", Channel.EMAIL, "<1@example.org>")
    assert (stored.personal.name, stored.personal.email) == ("Ada Müster", SENDER)
    assert stored.personal.subject == "Rückruf bitte – Wohnung"
    assert stored.personal.text.startswith("Bitte rufen Sie mich an")
    assert stored.personal.phone == "+493023125741"
    assert not stored.originals


async def test_the_clock_starts_when_the_mail_arrives_whatever_its_date_says() -> None:
    home = house()
    async with post_office(home) as port:
        await send(port, written(Date="Mon, 23 Nov 2099 09:00:00 +0100"))
    assert home.requests.only().occurred_at == NOW


async def test_a_mail_delivered_again_is_the_same_callback() -> None:
    home = house()
    async with post_office(home) as port:
        first = await send(port, written())
        again = await send(port, b"Received: from elsewhere\r\n" + written())
    assert first == again
    assert len(home.requests.kept) == 1


async def test_a_mail_without_an_id_is_known_by_its_content() -> None:
    home = house()
    async with post_office(home) as port:
        answers = [await send(port, written(text, Message_ID="")) for text in ("eins", "eins", "zwei")]
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("refusing", [StoreUnavailable("x"), Overloaded(), RuntimeError("x")])
async def test_what_is_not_stored_is_to_be_sent_again(refusing: Exception) -> None:
    home = house()
    home.requests.refusing = refusing
    async with post_office(home) as port:
        with pytest.raises(SMTPDataError) as caught:
            await send(port, written())
        assert caught.value.code == 451
        home.requests.refusing = None
        assert (await send(port, written())).startswith("2.0.0 ")


@pytest.mark.parametrize("to", ["someone@example.org", "post@elsewhere.example", "postmaster"])
async def test_mail_for_anybody_else_is_refused_and_nothing_is_relayed(to: str) -> None:
    home = house()
    async with post_office(home) as port:
        with pytest.raises(SMTPRecipientsRefused) as caught:
            await send(port, written(), to)
    assert caught.value.recipients[0].code in {550, 553}
    assert not home.requests.kept


async def test_the_address_of_an_office_is_known_in_any_case() -> None:
    home = house()
    async with post_office(home) as port:
        await send(port, written(), TO.upper())
    assert home.requests.kept


async def test_a_bounce_with_a_null_sender_is_taken_too() -> None:
    home = house()
    async with post_office(home) as port:
        answer = await send(port, written(Auto_Submitted="auto-replied"), sender="")
    assert answer.startswith("2.0.0 ")


async def test_a_mail_too_large_is_refused() -> None:
    home = house(smtp_most_bytes=20_000)
    before = counted("rueckruf_intake_refused_total", channel="email", reason="552")
    async with post_office(home) as port, talk(port) as client:
        with pytest.raises(SMTPResponseException) as announced:
            await client.sendmail(SENDER, TO, written("x" * 30_000))
        await client.rset()
        await client.mail(SENDER)
        await client.rcpt(TO)
        with pytest.raises(SMTPDataError) as sent:
            await client.data(written("x" * 30_000))
    assert announced.value.code == sent.value.code == 552
    assert counted("rueckruf_intake_refused_total", channel="email", reason="552") == before + 2


async def test_a_caller_too_many_is_told_to_come_back() -> None:
    home = house(smtp_most_sessions=1)
    async with post_office(home) as port:
        async with talk(port):
            with pytest.raises((SMTPResponseException, aiosmtplib.SMTPConnectError)) as caught:
                await send(port, written())
            assert "421" in str(caught.value)
        await asyncio.sleep(0.1)
        assert (await send(port, written())).startswith("2.0.0 ")


async def test_who_says_nothing_is_not_waited_for() -> None:
    async with post_office(house(smtp_seconds=0.3)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        begun = time.monotonic()
        assert (await reader.readline()).startswith(b"220 ")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert time.monotonic() - begun < 3
        writer.close()


async def test_nobody_signs_in() -> None:
    async with post_office(house()) as port, talk(port) as client:
        hello = await client.ehlo()
        assert "AUTH" not in hello.message
        assert (await client.execute_command(b"AUTH", b"PLAIN", b"AGEAYg==")).code >= 500


async def test_starttls_is_there_where_a_certificate_is(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    openssl = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
    process = await asyncio.create_subprocess_exec(
        "openssl", *openssl, "-keyout", str(key), "-out", str(certificate), stderr=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    home = house(smtp_certificate=certificate, smtp_certificate_key=key)
    trust = ssl.create_default_context(cafile=str(certificate))
    trust.check_hostname = False

    def converse(port: int) -> str:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.starttls(context=trust)
            client.ehlo()
            assert not client.has_extn("auth")
            client.mail(SENDER)
            client.rcpt(TO)
            return client.data(written())[1].decode()

    async with post_office(home) as port:
        assert (await asyncio.to_thread(converse, port)).startswith("2.0.0 ")
    assert len(home.requests.kept) == 1


async def test_what_came_along_is_kept_as_it_is() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, TO, "Brief"
    mail.set_content("Im Anhang der Brief.")
    mail.add_attachment(b"\xff\xd8\xff" + bytes(300_000), maintype="image", subtype="jpeg", filename="Kündigung.jpg")
    inner = EmailMessage()
    inner["Subject"] = "Alte Mail"
    inner.set_content("früher")
    mail.add_attachment(inner)
    home = house()
    async with post_office(home) as port:
        await send(port, mail.as_bytes())
    stored = home.requests.only()
    assert stored.personal.text == "Im Anhang der Brief."
    assert [(one.name, one.type) for one in stored.originals] == [
        ("Kündigung.jpg", "image/jpeg"),
        ("attachment-2", "message/rfc822"),
    ]
    assert stored.originals[0].content == b"\xff\xd8\xff" + bytes(300_000)
    assert b"Alte Mail" in stored.originals[1].content
    assert [one.bytes for one in stored.personal.attachments] == [len(one.content) for one in stored.originals]


async def test_a_mail_of_a_page_only_is_read_as_text_and_kept_raw() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = SENDER, "Bitte"
    mail.set_content("<p>Der <b>Strom</b> ist weg.</p><style>p{}</style>", subtype="html")
    home = house()
    async with post_office(home) as port:
        await send(port, mail.as_bytes())
    stored = home.requests.only()
    assert stored.personal.text == "Der Strom ist weg."
    assert [one.name for one in stored.originals] == ["original.eml"]


@pytest.mark.timeout(300)
async def test_no_mail_stops_the_service_and_none_is_dropped() -> None:
    home = house(mail_readers=1)
    slowest = 0.0
    async with post_office(home) as port:
        for number, (what, mail) in enumerate(MALICIOUS.items()):
            begun = time.monotonic()
            evil = mail.replace(b"<evil@", b"<evil%d@" % number)
            answer = await send(port, evil)
            slowest = max(slowest, time.monotonic() - begun)
            assert answer.startswith("2.0.0 "), what
            (receipt,) = [s for s in home.requests.kept.values() if receipt_number(s.callback) in answer]
            assert receipt.personal.text or receipt.originals, what
            receipt.personal.model_dump_json().encode()
            assert (await send(port, written(Message_ID=f"<after{number}@example.org>"))).startswith("2.0.0 "), what
    assert len(home.requests.kept) == 2 * len(MALICIOUS)
    assert slowest < 40
    print(f"slowest of {len(MALICIOUS)} malicious mails: {slowest:.2f} s")


async def test_a_mail_that_cannot_be_read_is_kept_raw_for_a_human_with_what_reads_like_words() -> None:
    home = house(mail_readers=1)
    mail = MALICIOUS["3 MB of tiny parts"].replace(b"--b\r\n", b"--b\r\n\r\nWir haben nichts zu essen.\r\n--b\r\n", 1)
    before = counted("rueckruf_intake_unreadable_mails_total")
    async with post_office(home) as port:
        await send(port, mail)
    stored = home.requests.only()
    assert counted("rueckruf_intake_unreadable_mails_total") == before + 1
    assert (stored.personal.subject, stored.personal.email) == ("Notfall", SENDER)
    assert stored.personal.text == f"{NOT_READ}\n\nWir haben nichts zu essen."
    assert [(one.name, one.content) for one in stored.originals] == [("original.eml", mail)]


async def test_a_reader_that_dies_is_replaced_and_none_outlives_the_server() -> None:
    home = house(mail_readers=2)
    me = psutil.Process()

    def readers() -> list[psutil.Process]:
        return [child for child in me.children() if any("email.child" in word for word in child.cmdline())]

    async with post_office(home) as port:
        await send(port, written())
        for reader in readers():
            reader.kill()
        await asyncio.sleep(0.3)
        for number in range(4):
            await send(port, written(Message_ID=f"<{number}@x>"))
        assert {stored.personal.name for stored in home.requests.kept.values()} == {"Ada Müster"}
        assert len(readers()) == 2
    assert not readers()


async def test_many_mails_at_once_are_all_answered() -> None:
    home = house()
    async with post_office(home) as port:
        answers = await asyncio.gather(*(send(port, written(Message_ID=f"<{n}@x>")) for n in range(20)))
    assert len(set(answers)) == len(home.requests.kept) == 20
