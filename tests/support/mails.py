"""Mails as citizens write them, and as nobody should."""

from email.message import EmailMessage

TO = "post@jobcenter-musterstadt.example"


def written(text: str = "Bitte rufen Sie mich an: 030 23125 741. Danke.", **headers: str) -> bytes:
    """Return an ordinary mail; ``headers`` replace or add some, with _ for -."""
    mail = EmailMessage()
    given = {
        "From": '"Ada Müster" <ada@example.org>',
        "To": TO,
        "Subject": "Rückruf bitte – Wohnung",
        "Message-ID": "<1@example.org>",
        "Date": "Mon, 23 Nov 2020 09:00:00 +0100",
    }
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


def raw(*headers: str, body: bytes = b"Hilfe") -> bytes:
    """Return a mail from lines as they are."""
    lines = ["Message-ID: <evil@example.org>", "Subject: Notfall", *headers]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body + b"\r\n"


def deep(levels: int) -> bytes:
    """Return a mail of parts in parts in parts."""
    opening = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(levels)
    )
    return raw(
        "From: ada@example.org",
        "Content-Type: multipart/mixed; boundary=b0",
        body=opening + b"--b%d\r\n\r\nHilfe" % levels,
    )


def crumbs(size: int) -> bytes:
    """Return a mail of ``size`` bytes of the smallest parts there are."""
    return raw("From: ada@example.org", "Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\n" * (size // 7))


MALICIOUS = {
    "nested 5,000 deep": deep(5000),
    "200 KB of tiny parts": crumbs(200_000),
    "3 MB of tiny parts": crumbs(3_000_000),
    "a To header of 229 KB": raw("From: ada@example.org", "To: " + "a@example.org, " * 15_300),
    "a To header of 229 KB, folded": raw("From: ada@example.org", "To: " + "a@example.org,\r\n " * 13_500),
    "parentheses without end": raw("From: " + "(" * 30_000),
    "a quoted name without end": raw('From: "' + "\\" * 60_000),
    "50,000 headers": raw("From: ada@example.org", *(f"X-{n}: {n}" for n in range(50_000))),
    "a subject of encoded words": raw("From: ada@example.org", "Subject: " + "=?utf-8?q?=C3=BC?= " * 20_000),
    "a charset that is none": raw(
        "From: ada@example.org", "Content-Type: text/plain; charset=klingon", body=b"Hilfe \xfc"
    ),
    "a charset that makes surrogates": raw(
        "From: ada@example.org", "Content-Type: text/plain; charset=unicode_escape", body=b"Hilfe \\ud800"
    ),
    "a content type of parameters": raw(
        "From: ada@example.org", "Content-Type: text/plain; " + "; ".join(f"a*{n}=x" for n in range(9000))
    ),
    "broken base64": raw("From: ada@example.org", "Content-Transfer-Encoding: base64", body=b"SGlsZmU=====\xff"),
    "a page of open tags": raw("From: ada@example.org", "Content-Type: text/html", body=b"<div>" * 200_000 + b"Hilfe"),
    "digits without end": raw("From: ada@example.org", body=b"0441 12" * 60_000),
    "nothing at all": b"",
    "zeros": bytes(100_000),
    "half a surrogate in every header": raw("From: \udcff\udcfe <a\udcff@example.org>", "Subject: \udced\udca0\udc80"),
}
