"""What intake says about fields and to other systems: what is wrong and what to do, German and English."""

from services.chassis.texts import Language

_FIELDS: dict[str, tuple[str, str]] = {
    "name.missing": ("Bitte nennen Sie Ihren Namen.", "Please give your name."),
    "phone.contact_missing": (
        "Geben Sie eine Telefonnummer oder eine E-Mail-Adresse an, damit wir Sie erreichen.",
        "Give a phone number or an email address, so that we can reach you.",
    ),
    "phone.unreadable": (
        "Das ist keine Rufnummer, die wir anrufen können. Schreiben Sie sie mit Vorwahl, zum Beispiel 030 23125100.",
        "We cannot call this number. Write it with its area code, for example 030 23125100.",
    ),
    "email.unreadable": (
        "Das ist keine E-Mail-Adresse. Sie sieht so aus: name@beispiel.de.",
        "This is no email address. It looks like this: name@example.org.",
    ),
    "text.missing": (
        "Schreiben Sie, worum es geht, oder wählen Sie ein Thema.",
        "Write what it is about, or choose a topic.",
    ),
    "photos.too_many": ("Das sind zu viele Dateien. Bitte senden Sie weniger.", "Too many files. Please send fewer."),
    "photos.too_large": (
        "Die Dateien sind zusammen zu groß. Senden Sie kleinere Bilder, oder Ihr Anliegen ganz ohne Bild.",
        "The files are too large. Send smaller pictures, or your request without any.",
    ),
    "photos.wrong_type": (
        "Bitte senden Sie Fotos (JPEG, PNG, HEIC, WebP, TIFF) oder PDF.",
        "Please send photographs (JPEG, PNG, HEIC, WebP, TIFF) or PDF.",
    ),
    "windows.too_many": ("Wählen Sie höchstens 14 Zeiten.", "Choose at most 14 times."),
    "form_number.known": (
        (
            "Diese Formularnummer ist schon erfasst, unter der Eingangsnummer {receipt}. Nichts wurde neu gespeichert. "
            "Ist dies ein anderes Formular, prüfen Sie die Nummer."
        ),
        (
            "This form number is recorded already, as receipt {receipt}. Nothing new was stored. "
            "If this is another form, check its number."
        ),
    ),
    "passphrase.label": ("Kennwort der Erfassung", "Passphrase of the front desk"),
    "passphrase.send": ("Öffnen", "Open"),
    "passphrase.wrong": ("Das Kennwort stimmt nicht.", "The passphrase is wrong."),
    "missing": ("Diese Angabe fehlt.", "This is missing."),
    "too_long": ("Das ist zu lang. Bitte kürzen Sie es.", "This is too long. Please shorten it."),
    "too_many": ("Das sind zu viele.", "These are too many."),
    "future": ("Diese Zeit liegt in der Zukunft.", "This time lies in the future."),
    "too_old": ("Diese Zeit liegt mehr als ein Jahr zurück.", "This time is more than a year ago."),
    "unreadable": ("Das konnten wir nicht lesen.", "We could not read this."),
}

_PROBLEMS: dict[str, tuple[str, str]] = {
    "unknown_office": (
        "Dieses Büro gibt es hier nicht. Prüfen Sie den Namen in der Adresse.",
        "There is no such office here. Check the name in the address.",
    ),
    "fields_wrong": (
        "Einzelne Angaben fehlen oder sind nicht lesbar; welche, steht unter errors.",
        "Some fields are missing or cannot be read; errors says which.",
    ),
    "json_unreadable": (
        "Der Inhalt ist kein JSON-Objekt in UTF-8.",
        "The body is no JSON object in UTF-8.",
    ),
    "media_type_unknown": (
        "Senden Sie application/json (am Telefon auch application/x-www-form-urlencoded).",
        "Send application/json (for the telephone also application/x-www-form-urlencoded).",
    ),
    "idempotency_key_missing": (
        "Senden Sie den Kopf Idempotency-Key mit 1 bis 200 Zeichen, bei jeder Wiederholung denselben.",
        "Send the header Idempotency-Key with 1 to 200 characters, the same one with every repetition.",
    ),
    "no_key_configured": (
        "Dieser Kanal ist geschlossen: Es ist kein Schlüssel eingestellt (RUECKRUF_PHONE_KEYS).",
        "This channel is closed: no key is configured (RUECKRUF_PHONE_KEYS).",
    ),
    "signature_missing": (
        "Unterschreiben Sie mit X-Rueckruf-Signature: t=<Unixzeit>,v1=<HMAC-SHA256 hex>,kid=<Schlüsselname>.",
        "Sign with X-Rueckruf-Signature: t=<unix time>,v1=<HMAC-SHA256 hex>,kid=<key name>.",
    ),
    "unknown_key": (
        "Diesen Schlüsselnamen (kid) gibt es nicht. Prüfen Sie, welcher zuletzt eingerichtet wurde.",
        "There is no key of this name (kid). Check which one was set up last.",
    ),
    "signature_wrong": (
        "Die Unterschrift passt nicht. Unterschrieben werden genau die Bytes <t>.<Inhalt> mit dem 32-Byte-Schlüssel.",
        "The signature does not fit. Sign exactly the bytes <t>.<body> with the 32-byte key.",
    ),
    "signature_too_old": (
        (
            "Die Unterschrift ist älter als 5 Minuten, oder eine Uhr geht falsch. Stellen Sie die Uhr, und senden Sie "
            "neu unterschrieben."
        ),
        "The signature is older than 5 minutes, or a clock is wrong. Set the clock and send again, signed anew.",
    ),
    "desk_closed": (
        "Die Erfassung ist geschlossen: Es ist kein Kennwort eingestellt (RUECKRUF_DESK_KEY).",
        "The front desk is closed: no passphrase is configured (RUECKRUF_DESK_KEY).",
    ),
    "bearer_wrong": (
        "Senden Sie Authorization: Bearer <Kennwort der Erfassung>.",
        "Send Authorization: Bearer <passphrase of the front desk>.",
    ),
    "not_stored": (
        (
            "Das Anliegen ist nicht gespeichert. Senden Sie es nach der Zeit in Retry-After noch einmal, mit demselben "
            "Schlüssel. In Lebensgefahr: {emergency}."
        ),
        (
            "The request is not stored. Send it again after the time in Retry-After, with the same key. "
            "In danger of life: {emergency}."
        ),
    ),
}


def sentence(t: Language, name: str, code: str, **values: str) -> str:
    """Return what is said about a field; every code has a sentence, also without one of the field's own."""
    return _say(t, _FIELDS.get(f"{name}.{code}") or _FIELDS.get(code) or _FIELDS["unreadable"], **values)


def problem_text(t: Language, code: str, **values: str) -> str:
    """Return what a system is told."""
    return _say(t, _PROBLEMS[code], **values)


def _say(t: Language, sentence: tuple[str, str], **values: str) -> str:
    return sentence[t.code != "de"].format(**values) if values else sentence[t.code != "de"]
