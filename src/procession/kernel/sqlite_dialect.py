"""SQLAlchemy's dialect of SQLite, with statements that SQLite compiles once."""

from typing import Any

from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class _Compiler(SQLiteCompiler):
    def limit_clause(self, select: Any, **kw: Any) -> str:
        """SQLite looks into a bare parameter of LIMIT to plan by its value, and then compiles the statement anew
        whenever one is bound, which takes as long as reading a page. It does not look into an expression.
        """
        limit, offset = select._limit_clause, select._offset_clause  # noqa: SLF001 - what a compiler is there for
        count = "-1" if limit is None else f"CAST({self.process(limit, **kw)} AS INTEGER)"
        return f"\n LIMIT {count}" + ("" if offset is None else f" OFFSET {self.process(offset, **kw)}")


class SqliteDialect(SQLiteDialect_pysqlite):
    """What every statement for SQLite is compiled with."""

    statement_compiler = _Compiler
    supports_statement_cache = True
