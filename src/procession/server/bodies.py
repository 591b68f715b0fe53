"""Reading a request body into plain values. What is wrong is returned, not raised: it must lose against 401 and 403.

Spec 00 BODY-01..08 and §17.
"""

import re
import unicodedata
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from procession.kernel.errors import ApiError, BadRequest, Invalid, UnsupportedMediaType

DEEPEST = 20
LARGEST = 10 * 1024 * 1024

_decode = msgspec.json.Decoder().decode
_FORM = "application/x-www-form-urlencoded"
_BRACKET = re.compile(r"\[([^\]]*)\]")


def read_body(raw: bytes, content_type: str) -> tuple[Any, ApiError | None]:
    """The body as an object (`{}` for an empty one), and what is wrong with it."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if not raw.strip():
        return {}, None
    if kind == _FORM:
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=5000)
            return _checked(nested(pairs))
        except (UnicodeDecodeError, ValueError):
            return {}, BadRequest("The form could not be read.")
    if kind not in ("", "application/json", "text/json") and not kind.endswith("+json"):
        return {}, UnsupportedMediaType()
    if kind == "" and raw.lstrip()[:1] not in (b"{", b"["):
        return {}, UnsupportedMediaType()
    try:
        value = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return {}, BadRequest(f"The body is not valid JSON: {_position(error)}", code="INVALID_JSON")
    if raw.isascii() and b"\\u" not in raw and raw.count(b"{") + raw.count(b"[") <= DEEPEST and isinstance(value, dict):
        return value, None  # neither NUL nor anything to normalize can be in it, and it cannot be too deep
    return _checked(value)


def read_pairs(pairs: list[tuple[str, str]]) -> tuple[Any, ApiError | None]:
    """The texts of a form with parts, as `read_body` gives a body."""
    return _checked(nested(pairs))


def _position(error: Exception) -> str:
    found = re.search(r"\(byte (\d+)\)", str(error))
    return f"unexpected input at byte {found[1]}." if found else "it cannot be read."


def _checked(value: Any) -> tuple[Any, ApiError | None]:
    """Depth, NUL characters, NFC; then: an empty list or null is no fields, anything but an object is refused."""
    if value is None or value == []:
        return {}, None
    try:
        value = _walk(value, 1)
    except _TooDeep:
        return {}, BadRequest(f"The body is nested deeper than {DEEPEST} levels.", code="INVALID_JSON")
    except _Nul as nul:
        path = ".".join(reversed(nul.path)) or "body"
        return {}, Invalid({path: [f"The {path} may not contain NUL characters."]})
    if not isinstance(value, dict):
        return {}, BadRequest("The body must be a JSON object.")
    return value, None


class _TooDeep(Exception):
    pass


class _Nul(Exception):
    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []


def _walk(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise _Nul
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        if depth > DEEPEST:
            raise _TooDeep
        return {_key(name): _inside(one, depth, name) for name, one in value.items()}
    if isinstance(value, list):
        if depth > DEEPEST:
            raise _TooDeep
        return [_inside(one, depth, str(index)) for index, one in enumerate(value)]
    return value


def _key(name: str) -> str:
    if "\0" in name:
        raise _Nul
    return name


def _inside(value: Any, depth: int, name: str) -> Any:
    try:
        return _walk(value, depth + 1)
    except _Nul as nul:
        nul.path.append(name)
        raise


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Form pairs with brackets as nested values: `owners[users][]=1` (spec 00 BODY-02)."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        keys = [head, *_BRACKET.findall(name[len(head) :])] if bracket else [name]
        _place(root, keys[: DEEPEST + 1], value)
    return {key: _listed(one) for key, one in root.items()}


def _place(target: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        inner = target.setdefault(key or str(len(target)), {})
        if not isinstance(inner, dict):
            return
        target = inner
    target[keys[-1] or str(len(target))] = value


def _listed(value: Any) -> Any:
    """Objects whose keys are 0, 1, 2, ... become lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and list(inner) == [str(index) for index in range(len(inner))]:
        return list(inner.values())
    return inner
