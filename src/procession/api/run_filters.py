"""Filters of the list of processes that come in a body instead of a query."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import msgspec

from procession.api.endpoint import Call, Query


def filtered_call(call: Call, filters: Mapping[str, Any]) -> Call:
    """The call as if the filters had come in the query."""
    inner = copy(call)
    inner.query = Query((name, _text(value)) for name, value in filters.items() if value is not None)
    return inner


def _text(value: Any) -> str:
    """A filter of a body as the query would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    return str(value)
