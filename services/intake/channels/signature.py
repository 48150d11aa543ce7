"""Signatures of machines: HMAC-SHA256 over time and body, with named keys so that they can be changed.

The header reads ``t=<unix seconds>,v1=<hex>,kid=<key name>``; signed are the bytes ``<t>.<body>``.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

HEADER = "X-Rueckruf-Signature"
REPLAY_WINDOW = timedelta(minutes=5)
_LONGEST_HEADER = 300


class NotSigned(Exception):
    """The message cannot be trusted; the text is a reason code."""


def sign(key: bytes, keyid: str, body: bytes, at: datetime) -> str:
    """Return the header value for ``body``: what the sender does."""
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={_mac(key, stamp, body)},kid={keyid}"


def verify(keys: Mapping[str, bytes], header: str | None, body: bytes, now: datetime) -> datetime:
    """Return when the message was signed; raises :class:`NotSigned` with a code.

    Without ``kid`` every key is tried; the comparison takes the same time for every wrong signature.
    """
    if not keys:
        raise NotSigned("no_key_configured")
    parts = dict(part.strip().partition("=")[::2] for part in (header or "")[:_LONGEST_HEADER].split(","))
    stamp, given, keyid = parts.get("t", ""), parts.get("v1", ""), parts.get("kid")
    if not given or not (stamp.isascii() and stamp.isdigit()):
        raise NotSigned("signature_missing")
    if keyid is not None and keyid not in keys:
        raise NotSigned("unknown_key")
    tried = keys.values() if keyid is None else (keys[keyid],)
    if not any(hmac.compare_digest(_mac(key, stamp, body).encode(), given.lower().encode()) for key in tried):
        raise NotSigned("signature_wrong")
    # Only a signed time is worth comparing; ten digits keep it inside what a datetime can hold.
    if len(stamp) > 10 or abs(int(stamp) - now.timestamp()) > REPLAY_WINDOW.total_seconds():  # noqa: PLR2004
        raise NotSigned("signature_too_old")
    return datetime.fromtimestamp(int(stamp), tz=now.tzinfo)


def _mac(key: bytes, stamp: str, body: bytes) -> str:
    return hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
