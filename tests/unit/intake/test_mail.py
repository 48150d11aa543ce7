"""What can be read of a mail at little cost, and how mails are taken apart."""

from email.message import EmailMessage

import pytest

from services.intake.channels.email.mail import header, key_of, outside, rough_text
from services.intake.channels.email.reading import first_number, take_apart
from tests.support.mails import MALICIOUS, raw, written


def test_the_key_of_a_mail_is_its_message_id_also_on_a_line_of_its_own() -> None:
    assert key_of(b"Subject: x\r\nMESSAGE-id:\r\n  <a@b>\r\n\r\n<c@d>") == "<a@b>"


@pytest.mark.parametrize(
    "mail",
    [
        b"Subject: x\r\n\r\nMessage-ID: <a@b>",
        b"Message-ID: none\r\n\r\n",
        b"",
        b"X" * 70_000 + b"\r\nMessage-ID: <a@b>",
    ],
)
def test_a_mail_without_a_readable_id_is_known_by_its_content(mail: bytes) -> None:
    assert key_of(mail).startswith("sha256:")
    assert key_of(mail) != key_of(mail + b"!")


def test_two_mails_never_share_a_key_by_a_header_inside_the_body() -> None:
    assert key_of(b"\r\nMessage-ID: <a@b>") != key_of(b"\r\nMessage-ID: <a@b> ")


def test_an_encoded_subject_is_read_and_a_broken_one_stays_as_it_was_written() -> None:
    assert header(b"Subject: =?utf-8?q?R=C3=BCckruf?=\r\n =?utf-8?q?_bitte?=\r\n\r\n", b"subject") == "Rückruf bitte"
    assert header(b"Subject: =?klingon?q?x?=\r\n\r\n", b"subject") == "=?klingon?q?x?="


def test_the_sender_is_the_envelopes_where_the_mail_names_none() -> None:
    assert outside(b"From: nobody\r\n\r\n", "ada@example.org").sender == "ada@example.org"
    assert outside(b"From: Ada <a@b.example>\r\n\r\n", "x@y").name == "Ada"


@pytest.mark.parametrize("what", sorted(MALICIOUS))
def test_the_outside_of_any_mail_is_read_and_can_be_stored(what: str) -> None:
    mail = outside(MALICIOUS[what], None)
    assert len(mail.subject) <= 1000
    f"{mail.name}{mail.sender}{mail.subject}{rough_text(MALICIOUS[what])}{key_of(MALICIOUS[what])}".encode()


def test_plain_text_is_preferred_and_all_of_it_is_kept() -> None:
    mail = take_apart(written("Hallo,\nder Strom ist weg."), None)
    assert mail.text == "Hallo,\nder Strom ist weg."
    assert mail.whole


def with_page(plain: str, page: str, subtype: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "ada@example.org"
    mail.set_content(plain)
    part = EmailMessage()
    part.set_content(page, subtype="html")
    mail.make_alternative() if subtype == "alternative" else mail.make_mixed()
    mail.attach(part)
    return mail.as_bytes()


def test_a_page_that_says_the_same_as_the_plain_text_is_not_said_twice() -> None:
    mail = take_apart(with_page("Der Strom ist weg.", "<p>Der <b>Strom</b> ist weg.</p>", "alternative"), None)
    assert (mail.text, mail.whole) == ("Der Strom ist weg.", True)


@pytest.mark.parametrize("subtype", ["alternative", "mixed"])
def test_a_page_that_says_more_than_the_plain_text_is_read_too_and_the_raw_mail_kept(subtype: str) -> None:
    mail = take_apart(with_page("Bitte als HTML ansehen.", "<p>Wir haben nichts zu essen.</p>", subtype), None)
    assert mail.text == "Bitte als HTML ansehen.\n\nWir haben nichts zu essen."
    assert not mail.whole


def test_a_charset_that_lies_is_forgiven() -> None:
    mail = take_apart(raw("Content-Type: text/plain; charset=utf-8", body="Müll für Öl".encode("windows-1252")), None)
    assert mail.text == "Müll für Öl"


def test_an_encrypted_mail_is_not_whole_without_its_raw_form() -> None:
    encrypted = raw("Content-Type: application/pkcs7-mime; name=smime.p7m", body=b"MIIB")
    assert not take_apart(encrypted, None).whole


def test_the_first_number_is_found_and_an_emergency_number_is_not_taken_for_it() -> None:
    assert (
        first_number("Az. 12/2024. Die 112 habe ich gerufen. Tel. 030/23125-741 oder 030 23125 742") == "+493023125741"
    )
    assert first_number("keine Nummer") is None
