"""Ids of 128 bits, time-ordered: 48 bits of milliseconds, 80 random bits, as 32 lower-case hex (spec 00 ID-02)."""

import os
import re
import time

_HEX32 = re.compile(r"[0-9a-fA-F]{32}")

NOWHERE = "0" * 32
"""The organization of what belongs to none: keys of requests without one."""


def new_id() -> str:
    """A fresh id. Nothing secret may be derived from one."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def read_id(text: object) -> str | None:
    """`text` as an id (upper case lowered), or None when it is none."""
    if isinstance(text, str) and _HEX32.fullmatch(text):
        return text.lower()
    return None
