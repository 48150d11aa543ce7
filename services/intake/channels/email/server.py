"""The SMTP server: takes mail for the offices' own addresses, says 250 only when the request is durable.

When the citizen acted is when the mail arrived: the ``Date`` header is whatever its writer wants it to be. A
limit on mails a minute belongs in ``handle_MAIL``, by network; a limit on receipts sent, by sender.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from typing import AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

from schemas.channels import Wishes
from schemas.office import Office
from schemas.personal import Attachment, Personal
from schemas.words import Channel
from services.chassis.logs import get_logger
from services.intake.channels.door import Door
from services.intake.channels.email.mail import Mail, key_of, outside, rough_text
from services.intake.channels.email.readers import MailReaders, ReadersBusy
from services.intake.channels.handing_in import NotStored, count_refusal, hand_in
from services.intake.domain.submission import Original, Submission

TRY_AGAIN = "451 4.3.0 Nicht gespeichert, bitte erneut senden / not stored, please send again"
NOT_READ = (
    "Diese E-Mail konnte nicht automatisch gelesen werden. Das Original ist aufbewahrt: bitte ansehen.\n"
    "This email could not be read automatically. The original is kept: please look at it."
)
_MOST_RECIPIENTS = 10
_LONGEST_WAIT = 20.0
_LONGEST_LINE = 1024 * 1024  # a reader that says "line too long" loses mail that others accept
_REFUSALS = frozenset({"421", "451", "452", "500", "501", "502", "503", "530", "550", "552", "553", "554", "555"})


class Handler:
    """Answers the commands of one SMTP conversation; aiosmtpd calls it by these names."""

    def __init__(self, door: Door, readers: MailReaders) -> None:
        self._door = door
        self._readers = readers
        self._offices = {office.email.casefold(): office for office in door.offices.values()}

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer everything but signing in."""
        session.host_name = hostname
        return [one for one in responses if not one.startswith("250-AUTH")]

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take mail for an office's own address, relay nothing."""
        if address.casefold() not in self._offices:
            return "550 5.1.1 Kein Büro hat diese Adresse / no office has this address"
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Zu viele Empfänger auf einmal / too many recipients at once"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail: 250 with the receipt number once it is durable for every office it is for, else 451."""
        raw = envelope.original_content or b""
        sender = envelope.mail_from if envelope.mail_from not in {None, "<>"} else None
        try:
            mail = await self._readers.read(raw, sender)
        except ReadersBusy:
            count_refusal(Channel.EMAIL, "readers_busy")
            return TRY_AGAIN
        offices = {self._offices[address.casefold()].id: None for address in envelope.rcpt_tos}
        try:
            receipts = [
                await hand_in(self._door, self._submission(self._door.offices[office], mail, raw, sender))
                for office in offices
            ]
        except NotStored:
            return TRY_AGAIN
        return "250 2.0.0 " + " ".join(receipt.number for receipt in receipts)

    async def handle_exception(self, error: Exception) -> str:
        """Answer "later" to whatever went wrong: aiosmtpd's own answer would be "never"."""
        get_logger().error("smtp command failed", exc_info=error)
        return TRY_AGAIN

    def _submission(self, office: Office, mail: Mail | None, raw: bytes, sender: str | None) -> Submission:
        read = mail or outside(raw, sender)
        # Nothing to read is not nothing said: the words may be in a picture, encrypted, or beyond the parser.
        understood = bool(read.text) or (read.whole and bool(read.subject or read.attachments))
        originals = read.attachments if read.whole and understood else (*read.attachments, _raw_original(raw))
        return Submission(
            office=office.id,
            channel=Channel.EMAIL,
            key=key_of(raw),
            occurred_at=self._door.clock(),
            personal=Personal(
                name=read.name,
                phone=read.phone,
                email=read.sender,
                subject=read.subject,
                text=read.text if understood else f"{NOT_READ}\n\n{rough_text(raw)}".strip(),
                attachments=tuple(Attachment(name=o.name, type=o.type, bytes=len(o.content)) for o in originals),
            ),
            wishes=Wishes(),
            originals=originals,
        )


class Conversation(SMTP):
    """One SMTP conversation, among those that are open now."""

    line_length_limit = _LONGEST_LINE
    open_now: set["Conversation"]

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open_now.add(self)  # a second time after STARTTLS
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self.open_now.discard(self)
        super().connection_lost(error)

    @override
    async def push(self, status: AnyStr) -> None:
        code = status[:3] if isinstance(status, str) else status[:3].decode("ascii", "replace")
        if code in _REFUSALS:
            count_refusal(Channel.EMAIL, code)
        await super().push(status)


class Busy(asyncio.Protocol):
    """Tells a caller too many to come back later."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        count_refusal(Channel.EMAIL, "too_many_sessions")
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Bitte gleich noch einmal / please try again soon\r\n")
        transport.close()


@contextlib.asynccontextmanager
async def smtp_server(door: Door) -> AsyncIterator[int | None]:
    """Serve while the block runs; gives the port, or None where the settings ask for no server."""
    settings = door.settings
    if settings.smtp_port < 0:
        yield None
        return
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd logs peers and what they typed
    loop = asyncio.get_running_loop()
    conversations: set[Conversation] = set()
    tls = None
    if settings.smtp_certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(settings.smtp_certificate, settings.smtp_certificate_key)
    async with MailReaders(settings.mail_readers, min(_LONGEST_WAIT, settings.smtp_seconds / 3)) as readers:
        handler = Handler(door, readers)

        def conversation() -> asyncio.Protocol:
            if len(conversations) >= settings.smtp_most_sessions:
                return Busy()
            begun = Conversation(
                handler,
                data_size_limit=settings.smtp_most_bytes,
                enable_SMTPUTF8=True,
                ident="Rueckruf",
                hostname=door.offices.first.email.rpartition("@")[2],
                timeout=settings.smtp_seconds,
                tls_context=tls,
                auth_exclude_mechanism=("LOGIN", "PLAIN"),
                command_call_limit={"*": 100},
                loop=loop,
            )
            begun.open_now = conversations
            return begun

        server = await loop.create_server(conversation, settings.smtp_host, settings.smtp_port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for one in tuple(conversations):
                if one.transport is not None:
                    one.transport.close()


def _raw_original(raw: bytes) -> Original:
    return Original("original.eml", "message/rfc822", raw)
