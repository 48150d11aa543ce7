"""Sealing with AES-256-GCM. What a seal is bound to (``bound``) must be named again to open it."""

import os
from base64 import b64decode, b64encode
from binascii import Error as BadBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_TAG = 16
KEY_BYTES = 32


class SealBroken(ValueError):
    """The key is another one, or the sealed text or what it is bound to was changed."""


def new_key() -> bytes:
    """Return a fresh 256-bit key."""
    return os.urandom(KEY_BYTES)


def seal_bytes(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """Seal ``plain``; only the same key and ``bound`` open it again."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def open_bytes(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Open what :func:`seal_bytes` sealed; raises :class:`SealBroken`."""
    if len(sealed) < _NONCE + _TAG:
        raise SealBroken("the sealed text is too short")
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except InvalidTag:
        raise SealBroken("the seal does not fit its key, its callback or its content") from None


def seal(key: bytes, plain: bytes, bound: bytes) -> str:
    """Seal to text: base64 of nonce, ciphertext and tag."""
    return b64encode(seal_bytes(key, plain, bound)).decode()


def unseal(key: bytes, sealed: str, bound: bytes) -> bytes:
    """Open what :func:`seal` sealed; raises :class:`SealBroken`."""
    try:
        raw = b64decode(sealed, validate=True)
    except (BadBase64, ValueError):
        raise SealBroken("the sealed text is not base64") from None
    return open_bytes(key, raw, bound)
