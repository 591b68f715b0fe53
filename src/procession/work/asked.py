"""What a list asks for: named conditions and the values of their parameters (spec 20 §11.2, 10 §11)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.dates import zone
from procession.engine.status import SOON
from procession.kernel.folding import containing, fold
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor, group, guest
from procession.people.persons import guest_ids
from procession.work import list_queries

Archived = Literal["exclude", "include", "only"]


class Window(msgspec.Struct, frozen=True):
    """From `since`, before `until`; None is open."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Window()


class Asked:
    """The names of the conditions that are asked for, and their parameters."""

    def __init__(self, unit: Unit, actor: Actor) -> None:
        self.unit = unit
        self.names: set[str] = set()
        self.parameters: dict[str, Any] = {
            "actor": list(actor.principals),
            "account": actor.account_id,
            "principal": actor.principal,
            "now": unit.now,
            "soon": unit.now + SOON,
        }
        self.zone = zone(actor.settings.calendar.zone)
        self.today = unit.now.astimezone(self.zone).date()

    def add(self, name: str, value: Any = None, *, when: bool = True) -> None:
        """Ask for a condition, with the value of its parameter of the same name, unless `when` is false."""
        if when:
            self.names.add(name)
            self.parameters[name] = value

    def some(self, **lists: Sequence[Any]) -> None:
        """Ask for the conditions whose lists are not empty."""
        for name, values in lists.items():
            self.add(name, list(values), when=bool(values))

    def windows(self, **windows: Window) -> None:
        for name, window in windows.items():
            self.add(f"{name}_since", window.since, when=window.since is not None)
            self.add(f"{name}_until", window.until, when=window.until is not None)

    def text(self, text: str | None) -> None:
        """What is contained in the searched columns, or is exactly the id or the number (spec 00 FLT-04)."""
        if text is None or not fold(text.strip()):
            return
        exact = text.strip()
        digits = exact.isascii() and exact.isdigit() and len(exact) < 16
        self.add("text", containing(exact))
        self.parameters["text_id"] = read_id(exact) or ""
        self.parameters["text_number"] = int(exact) if digits else -1

    def tags(self, named: Sequence[str]) -> None:
        """Ask for tags by id or title."""
        titles = sorted({fold(one) for one in named})
        ids = sorted({found for one in named if (found := read_id(one))})
        self.add("tags", self.unit.all(list_queries.TAGS_NAMED, ids=ids, titles=titles))

    def custom(self, wanted: tuple[int, str] | None) -> None:
        """Ask for a value of a custom field, by key and term."""
        if wanted is not None:
            self.add("custom")
            self.parameters["custom_key"], self.parameters["custom_term"] = wanted

    def people(self, owners: Sequence[str], guests: Sequence[str], groups: Sequence[str]) -> dict[str, list[str]]:
        """The principals behind three filters, with the groups that persons are in; filters not given have no entry."""
        found: dict[str, list[str]] = {}
        if owners:
            found["owners"] = with_groups(self.unit, owners)
        if guests:
            known = guest_ids(self.unit, [one for one in guests if "@" in one])
            direct = with_groups(self.unit, [guest(one) for one in known.values()])
            found["guests"] = [*direct, *(group(one) for one in guests if "@" not in one)]
        if groups:
            found["groups"] = [group(one) for one in groups]
        return found


def with_groups(unit: Unit, principals: Sequence[str]) -> list[str]:
    """These persons and the groups they are in."""
    if not principals:
        return []
    return [*principals, *map(group, unit.all(list_queries.GROUPS_OF, principals=list(principals)))]


def group_names(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """The names of those of the groups that exist, by id."""
    wanted = sorted(set(ids))
    return dict(unit.all(list_queries.GROUP_NAMES, ids=wanted)) if wanted else {}
