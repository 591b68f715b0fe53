"""Secrets at rest: what must be shown again is stored encrypted with the operator's secret key."""

import hmac
import os
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
PURPOSE = b"procession secrets at rest, AES-256-GCM"
SIGNING = b"procession signatures of this server, HMAC-SHA256"


class Secrets:
    """AES-256-GCM under a key derived (HKDF-SHA256) from the text of the operator's secret key."""

    def __init__(self, secret_key: str) -> None:
        if not secret_key.strip():
            raise ValueError("The secret key is empty.")
        self._cipher = AESGCM(_derived(secret_key, PURPOSE))
        self._signing = _derived(secret_key, SIGNING)

    def seal(self, plain: bytes) -> bytes:
        """Nonce and ciphertext; the same bytes are never sealed to the same text twice."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, None)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. `cryptography.exceptions.InvalidTag` when the key is another or the bytes were altered."""
        return self._cipher.decrypt(bytes(sealed[:NONCE]), bytes(sealed[NONCE:]), None)

    def sign(self, purpose: str, text: str) -> str:
        """The signature of a text for one purpose, 64 hex characters; nobody without the key can make it."""
        return hmac.new(self._signing, f"{purpose}\n{text}".encode(), sha256).hexdigest()


def _derived(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.strip().encode())


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
