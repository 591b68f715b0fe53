"""Terms that statements of lists are made of: instants, directions, the rank of a value in a list."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from procession.kernel.sql import Json, OverParameter, Utc, organization
from procession.labels.tables import custom_terms

Bind = sa.bindparam
Condition = sa.ColumnElement[bool]
Order = tuple[tuple[str, bool], ...]
"""Keys to sort by, the first one first, and whether each descends."""


def moment(name: str) -> Any:
    """A parameter that is an instant."""
    return Bind(name, type_=Utc())


def one_of(column: Any, *words: str) -> Condition:
    """The column holds one of these constants."""
    return sa.or_(*(column == word for word in words))


def nobody_last(key: Any, descends: bool) -> Any:
    """The key in one direction, without a value last in both (spec 00 SRT-06)."""
    return (key.desc() if descends else key.asc()).nulls_last()


def customized(record: Any) -> Condition:
    """The record holds the value that `custom_key` and `custom_term` stand for (`labels.custom_values.sought`)."""
    found: Condition = record.in_(
        sa.select(custom_terms.c.record_id).where(
            organization(custom_terms),
            custom_terms.c.key_id == Bind("custom_key", type_=sa.BigInteger()),
            custom_terms.c.term == Bind("custom_term"),
        )
    )
    return found


NOW, SOON = moment("now"), moment("soon")


class Rank(OverParameter[int]):
    """The place of a value in a list parameter; NULL has none."""

    inherit_cache = False
    type = sa.Integer()


@compiles(Rank, "sqlite")
def _rank_sqlite(element: Rank, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    parameter = Bind(element.name, type_=Json())
    return (
        f"(SELECT key FROM json_each({compiler.process(parameter, **kw)}) "  # noqa: S608 - parts of the compiler
        f"WHERE value = {compiler.process(element.column, **kw)})"
    )


@compiles(Rank, "postgresql")
def _rank_postgresql(element: Rank, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    parameter = Bind(element.name, type_=postgresql.ARRAY(sa.Text()))
    return (
        f"array_position({compiler.process(parameter, **kw)}, CAST({compiler.process(element.column, **kw)} AS text))"
    )


class AnswerText(sa.sql.expression.ColumnElement[str]):
    """A stored answer as a text to sort by: the text of a choice, else the answer itself."""

    inherit_cache = False
    type = sa.Text()

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        self.column = column

    def get_children(self, **kw: Any) -> Iterable[Any]:
        return (self.column,)

    def _copy_internals(self, **kw: Any) -> None:
        """Nothing to copy: statements with it are built once and never cloned."""


@compiles(AnswerText, "sqlite")
def _answer_text_sqlite(element: AnswerText, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    column = compiler.process(element.column, **kw)
    return f"lower(coalesce(json_extract({column}, '$.text'), trim({column}, '\"')))"


@compiles(AnswerText, "postgresql")
def _answer_text_postgresql(element: AnswerText, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    column = compiler.process(element.column, **kw)
    # Only an object has members: asking anything else for one would fail.
    text = f"CASE json_typeof({column}) WHEN 'object' THEN {column} ->> 'text' END"
    return f'lower(coalesce({text}, btrim(CAST({column} AS text), \'"\')) COLLATE "C")'
