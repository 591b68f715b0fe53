"""Ids of 128 bits, time-ordered: 48 bits of milliseconds, 80 random bits, as 32 lower-case hex (spec 00 ID-02)."""

import os
import re
import threading
import time
from datetime import datetime

_HEX32 = re.compile(r"[0-9a-fA-F]{32}")

NOWHERE = "0" * 32
"""The organization of what belongs to none: keys of requests without one."""


_RANDOM = 10
_POOL = _RANDOM * 512
_local = threading.local()


def _forget_pool() -> None:
    _local.__dict__.clear()


os.register_at_fork(after_in_child=_forget_pool)  # two processes must never share what is left of a pool


def new_id() -> str:
    """A fresh id. Nothing secret may be derived from one. Each thread draws its randomness in bulk."""
    at: int = getattr(_local, "at", _POOL)
    if at >= _POOL:
        _local.pool = os.urandom(_POOL)
        at = 0
    _local.at = at + _RANDOM
    return f"{time.time_ns() // 1_000_000:012x}{_local.pool[at : at + _RANDOM].hex()}"


def id_of(at: datetime) -> str:
    """A fresh id that stands in order with those made at this instant, from 1970 on."""
    return f"{int(at.timestamp() * 1000):012x}{os.urandom(_RANDOM).hex()}"


def read_id(text: object) -> str | None:
    """`text` as an id (upper case lowered), or None when it is none."""
    if isinstance(text, str) and _HEX32.fullmatch(text):
        return text.lower()
    return None
