"""Which templates a caller is shown, as conditions: lists and searches join with these (spec 40 §16.2).

Parameters: `account`, the caller's account id; `principals`, his principals.
"""

from collections.abc import Iterable
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from procession.kernel.sql import Json
from procession.people.model import Actor
from procession.templates.tables import templates

_t = templates.c


class Shown(sa.sql.expression.ColumnElement[bool]):
    """An array in the `rights` document names one of the caller's principals (`model.stored_rights`)."""

    inherit_cache = False
    type = sa.Boolean()
    _is_implicitly_boolean = True

    def __init__(self, array: Literal["listed", "listed_light"]) -> None:
        self.array = array

    def get_children(self, **kw: Any) -> Iterable[Any]:
        return (_t.rights,)

    def _copy_internals(self, **kw: Any) -> None:
        """Nothing to copy: statements with it are built once and never cloned."""


@compiles(Shown, "sqlite")
def _shown_sqlite(element: Shown, compiler: SQLCompiler, **kw: Any) -> str:
    rights = compiler.process(_t.rights, **kw)
    principals = compiler.process(sa.bindparam("principals", type_=Json()), **kw)
    return (
        f"EXISTS (SELECT 1 FROM json_each({rights}, '$.{element.array}') AS shown "  # noqa: S608 - two fixed names
        f"WHERE shown.value IN (SELECT value FROM json_each({principals})))"
    )


@compiles(Shown, "postgresql")
def _shown_postgresql(element: Shown, compiler: SQLCompiler, **kw: Any) -> str:
    rights = compiler.process(_t.rights, **kw)
    principals = compiler.process(sa.bindparam("principals", type_=postgresql.ARRAY(sa.Text())), **kw)
    return (
        f"EXISTS (SELECT 1 FROM json_array_elements_text({rights} -> '{element.array}') AS shown(value) "  # noqa: S608 - two fixed names
        f"WHERE shown.value = ANY({principals}))"
    )


def rights_filter(actor: Actor) -> Literal["all", "full", "light"]:
    """What the caller's role leaves of the rights (spec 40 §16.2)."""
    return "all" if actor.is_admin else "light" if actor.role == "light" else "full"


def listed(rights: Literal["full", "light"]) -> sa.ColumnElement[bool]:
    """He owns it, made it, or a right that shows it is his."""
    account = sa.bindparam("account", type_=sa.BigInteger)
    shown = Shown("listed" if rights == "full" else "listed_light")
    return sa.or_(_t.owner_id == account, _t.created_by == account, shown)
