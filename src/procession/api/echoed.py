"""Lists that clients send back in the wrapping they read them in: they are then no lists (spec 00 PUT-11)."""

from typing import Any

from msgspec import UNSET

from procession.api.reading import Member, items

HEX = {"type": "string", "pattern": "^[0-9a-f]{32}$"}


def label_ids() -> Member:
    """Ids of tags or folders; the wrapped include of an echoed task is not one."""
    return _unwrapped(HEX)


def own_form() -> Member:
    """Definitions of fields; the wrapped include of an echoed task is none."""
    return _unwrapped({"$ref": "#/components/schemas/CaptureInput"})


def _unwrapped(of: dict[str, Any]) -> Member:
    listed = items(of=of)

    def read(name: str, value: Any) -> Any:
        return UNSET if isinstance(value, dict) and "data" in value else listed.read(name, value)

    return Member(read=read, schema=listed.schema)
