"""Signed values that come back from browsers: the form's idempotency key and the front desk's session."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

LONGEST_TOKEN = 200


class Signer:
    """Signs short values for one purpose; what is signed for one purpose is worth nothing for another."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._key = hmac.digest(secret, b"rueckruf " + purpose.encode(), hashlib.sha256)

    def issue(self, scope: str, at: datetime) -> str:
        """Return a new token for ``scope`` (an office)."""
        value = f"{int(at.timestamp())}.{secrets.token_urlsafe(16)}"
        return f"{value}.{self._mac(scope, value)}"

    def read(self, token: str, scope: str, now: datetime, longest: timedelta) -> str | None:
        """Return the token's own value, or None where it is not ours, of another scope, or too old."""
        value, _, mac = token[:LONGEST_TOKEN].rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(scope, value).encode()):
            return None
        age = now.timestamp() - int(value.partition(".")[0])
        return value if age <= longest.total_seconds() else None

    def _mac(self, scope: str, value: str) -> str:
        return hmac.new(self._key, f"{scope}\n{value}".encode(), hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compare two secrets in a time that says nothing about either."""
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(expected.encode()).digest())
