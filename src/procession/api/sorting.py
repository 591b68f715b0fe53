"""The order a list is asked for in (spec 00 §9.1)."""

from collections.abc import Mapping

from procession.api.endpoint import Call
from procession.engine import model
from procession.kernel.paging import Order


def read_sort(call: Call, keys: Mapping[str, str], default: Order) -> Order:
    """What `sort` (or `sort_by`) and `sort_direction` ask for. `keys` maps the wire's words to ours.

    An unknown key is left out and warned about; when nothing is left, `default` (SRT-01..04).
    """
    direction = (call.query.text("sort_direction") or "").strip().lower()
    order: dict[str, bool] = {}
    for part in (call.query.text("sort", "sort_by") or "").split(","):
        word = part.strip()
        name = word.lstrip("+-").strip().lower()
        if not name:
            continue
        if name not in keys:
            call.warnings.append(model.Notice("UNKNOWN_SORT_KEY", name[:100]))
            continue
        order.setdefault(keys[name], direction == "desc" if direction in {"asc", "desc"} else word.startswith("-"))
    return tuple(order.items()) or default
