"""Reading plain JSON values leniently: numbers, flags, texts (spec 00 §20)."""

import math
import re
from typing import Any

import msgspec

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLAGS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


DEEPEST = 20
"""Levels of nesting that a body may have (spec 00 §17)."""


def parse_json(text: str) -> Any:
    """The value of a JSON text inside a body, held to what a body is held to: no NUL, 20 levels. Raises ValueError."""
    if "\\u0000" in text:
        raise ValueError("NUL")
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError("no JSON") from error
    if _depth(value, DEEPEST) > DEEPEST:
        raise ValueError("too deep")
    return value


def _depth(value: Any, enough: int) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        return 0
    return 1 + (max((_depth(one, enough - 1) for one in inner), default=0) if enough > 0 else 0)


def read_integer(value: object) -> int | None:
    """An integer from a JSON integer, a numeric string or a whole number such as `12.0`; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    return None


def read_flag(value: object) -> bool | None:
    """A flag from a JSON boolean, 1, 0, or `true`, `yes`, `on`, `false`, `no`, `off` in any case; else None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _FLAGS.get(str(int(value))) if value in (0, 1) else None
    return _FLAGS.get(value.strip().lower()) if isinstance(value, str) else None


def scalar_text(value: object) -> str | None:
    """The text of a string, number or boolean, as JSON writes it; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Python refuses to write an integer of thousands of digits.
        return str(value) if value.bit_length() <= 1024 else None
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    return None


def is_scalar(value: object) -> bool:
    """Whether `value` is a string, number or boolean."""
    return scalar_text(value) is not None


def is_storable(text: str) -> bool:
    """Whether `text` can be written as UTF-8, which a lone surrogate cannot (spec 00 `BODY-07`)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
