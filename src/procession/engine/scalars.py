"""Reading plain JSON values leniently: numbers, flags, texts (spec 00 §20)."""

import math
import re

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLAGS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


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
