"""Secrets at rest: what must be shown again is stored encrypted with the operator's secret key."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
PURPOSE = b"procession secrets at rest, AES-256-GCM"


class Secrets:
    """AES-256-GCM under a key derived (HKDF-SHA256) from the text of the operator's secret key."""

    def __init__(self, secret_key: str) -> None:
        if not secret_key.strip():
            raise ValueError("The secret key is empty.")
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.strip().encode())
        self._cipher = AESGCM(derived)

    def seal(self, plain: bytes) -> bytes:
        """Nonce and ciphertext; the same bytes are never sealed to the same text twice."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, None)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. `cryptography.exceptions.InvalidTag` when the key is another or the bytes were altered."""
        return self._cipher.decrypt(bytes(sealed[:NONCE]), bytes(sealed[NONCE:]), None)
