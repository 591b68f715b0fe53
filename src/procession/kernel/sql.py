"""Statements: built with SQLAlchemy Core at import, compiled once per dialect, run on the plain driver.

The tenant guard lives here: a statement that touches a tenant table without `organization_id = :organization_id`
is refused when it is built, that is, at import.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Listed
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Generic, TypeVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BinaryExpression, BindParameter
from sqlalchemy.sql.selectable import Alias

Row = tuple[Any, ...]
T = TypeVar("T")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room's tables; assembled by importing the rooms' `tables` modules."""


class Utc(sa.TypeDecorator[datetime]):
    """An instant with microseconds: timestamptz on PostgreSQL, fixed-width UTC text on SQLite (orders as text)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.String(27) if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if dialect.name == "sqlite":
            return None if value is None else datetime.fromisoformat(value)
        return _in_utc(value)


_last: tuple[datetime | None, str | None] = (None, None)


def instant_text(value: datetime | None) -> str | None:
    """An instant as SQLite keeps it. A unit of work writes its own moment many times: the last text is kept."""
    global _last  # noqa: PLW0603 - one slot for the whole process
    if value is None:
        return None
    kept = _last
    if kept[0] is value:
        return kept[1]
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    text: str = msgspec.to_builtins(moment)  # as `isoformat` writes it, in a sixth of the time
    if len(text) == len("2026-01-01T00:00:00Z"):
        text = f"{text[:-1]}.000000Z"
    _last = (value, text)
    return text


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Json(sa.TypeDecorator[Any]):
    """A document read and written whole: `json` on PostgreSQL, text on SQLite. NULL is None, never JSON null."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else _RawJson())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else _decode(value)


def json_text(value: Any) -> str | None:
    """A document as its column keeps it."""
    return None if value is None else _encode(value).decode()


class _RawJson(sa.types.UserDefinedType[Any]):
    """PostgreSQL's json as the text it is: SQLAlchemy's own type would encode it a second time."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "JSON"


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

Id = sa.String(32)

Sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Whole numbers below 2^53: ids of people, counters."""


def organization_column(*, primary: bool = True) -> sa.Column[str]:
    """The first column of every tenant table and of its keys and indexes."""
    return sa.Column("organization_id", Id, primary_key=primary, nullable=False)


def tenant_table(name: str, *columns: Any, rowid: bool = True) -> sa.Table:
    """A table whose rows belong to one organization. `rowid=False` clusters SQLite's rows by the primary key."""
    return sa.Table(name, metadata, organization_column(), *columns, info={"tenant": True}, sqlite_with_rowid=rowid)


class OverParameter(sa.sql.expression.ColumnElement[T]):
    """What each dialect writes in its own way of `column` and the parameter `name`."""

    inherit_cache = False

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        self.name = name

    def get_children(self, **kw: Any) -> Iterable[Any]:
        return (self.column,)

    def _copy_internals(self, **kw: Any) -> None:
        """Nothing to copy: statements with it are built once and never cloned."""


class Among(OverParameter[bool]):
    """`column` is one of the values of one list parameter: `= ANY(:p)`, or `IN (json_each)` on SQLite."""

    inherit_cache = False
    type = sa.Boolean()
    _is_implicitly_boolean = True  # else SQLite would compare it with 1, and lose the index

    @property
    def integers(self) -> bool:
        return isinstance(self.column.type, (sa.Integer, sa.BigInteger))


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    parameter = sa.bindparam(element.name, type_=Json())
    return (
        f"{compiler.process(element.column, **kw)} IN "  # noqa: S608 - both parts come from the compiler
        f"(SELECT value FROM json_each({compiler.process(parameter, **kw)}))"
    )


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    kind = postgresql.ARRAY(sa.BigInteger() if element.integers else sa.Text())
    parameter = sa.bindparam(element.name, type_=kind)
    return f"{compiler.process(element.column, **kw)} = ANY({compiler.process(parameter, **kw)})"


class UnscopedStatement(Exception):
    """A statement that touches tenant rows without naming the organization. Raised at import."""


def _parts(element: Any) -> Iterable[Any]:
    """Every part of a statement. An aliased table is one part: its base table is not named by the statement."""
    yield element
    if isinstance(element, sa.Table) or (isinstance(element, Alias) and isinstance(element.element, sa.Table)):
        return
    for child in element.get_children():
        yield from _parts(child)


def _named(statement: Any) -> dict[Any, sa.Table]:
    """Every table, and every alias of one, that the statement names, with the table it is."""
    found = {}
    for part in _parts(statement):
        table = part.table if isinstance(part, sa.Column) else part
        base = table.element if isinstance(table, Alias) else table
        if isinstance(base, sa.Table):
            found[table] = base
    return found


def _tables(statement: Any) -> frozenset[str]:
    """The names of the tables that a statement reads or writes."""
    return frozenset(table.name for table in _named(statement).values())


def _tenants(statement: Any) -> set[Any]:
    """Every tenant table, and every alias of one, that the statement names."""
    return {name for name, table in _named(statement).items() if table.info.get("tenant")}


def _scoped(statement: Any) -> set[Any]:
    """The tables that carry the condition `organization_id = :organization_id`."""
    scoped = set()
    for part in _parts(statement):
        if isinstance(part, BinaryExpression) and part.operator is operator.eq:
            left, right = part.left, part.right
            if (
                isinstance(left, sa.Column)
                and left.name == "organization_id"
                and isinstance(right, BindParameter)
                and right.key == "organization_id"
            ):
                scoped.add(left.table)
    return scoped


def require_scope(statement: Any) -> None:
    """Refuse a statement over tenant rows that does not name the organization (house plan §4, tenant first)."""
    if isinstance(statement, sa.sql.dml.Insert):
        return  # the unit writes the organization into every inserted row
    missing = _tenants(statement) - _scoped(statement)
    if missing:
        names = sorted(str(getattr(table, "name", table)) for table in missing)
        raise UnscopedStatement(f"{', '.join(names)} without organization_id = :organization_id")


class Compiled:
    """One statement for one dialect: its text, its parameters in order, the converters of its columns, its tables.

    `writes`: it changes rows, though it may answer some.
    """

    __slots__ = ("binders", "converters", "defaults", "names", "pick", "tables", "text", "writes")

    def __init__(self, statement: Any, dialect: Dialect, columns: Listed[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.text = str(compiled)
        self.names: list[str] = []
        self.binders: list[tuple[int, Callable[[Any], Any]]] = []
        self.defaults: dict[str, Any] = {}
        for index, name in enumerate(compiled.positiontup or ()):
            bind = compiled.binds[name]
            key = name if bind.unique else bind.key
            self.names.append(key)
            if converter := _bind_converter(bind.type, dialect):
                self.binders.append((index, converter))
            if (default := compiled.params.get(name)) is not None:
                self.defaults[key] = default
        # Of a single name it would give the bare value.
        self.pick = operator.itemgetter(*self.names) if len(self.names) > 1 else None
        self.converters: list[tuple[int, Callable[[Any], Any]]] = []
        for index, column in enumerate(_result_columns(statement)):
            converter = _result_converter(column.type, dialect)
            if converter:
                self.converters.append((index, converter))
        self.tables = _tables(statement)
        self.writes = isinstance(statement, sa.UpdateBase)

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """The driver's positional arguments; an absent name takes the literal of the statement, or NULL."""
        if self.defaults:
            given = {**self.defaults, **given}
        try:
            values = list(self.pick(given)) if self.pick else [given[name] for name in self.names]
        except KeyError:
            values = [given.get(name) for name in self.names]
        for index, converter in self.binders:
            values[index] = converter(values[index])
        return values

    def rows(self, rows: list[Row]) -> list[Any]:
        """`rows` with every column as its Python type."""
        if not self.converters:
            return rows
        out = []
        for row in rows:
            values = list(row)
            for index, converter in self.converters:
                if values[index] is not None:
                    values[index] = converter(values[index])
            out.append(values)
        return out


def _bind_converter(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value into the driver's. Our own types go directly: SQLAlchemy would wrap them twice over."""
    if isinstance(kind, Json):
        return json_text
    if isinstance(kind, Utc):
        return instant_text if dialect.name == "sqlite" else None
    if isinstance(kind, sa.Boolean):
        return None  # both drivers take bool as it is
    processor: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor


def _result_converter(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, Json):
        return _decode
    if isinstance(kind, Utc):
        return datetime.fromisoformat if dialect.name == "sqlite" else _in_utc
    processor: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return processor


def _result_columns(statement: Any) -> Listed[Any]:
    if isinstance(statement, (sa.Select, sa.CompoundSelect)):
        return list(statement.selected_columns)
    return list(getattr(statement, "_returning", ()) or ())


class Query(Generic[T]):
    """A statement that answers rows, each made into `into(*columns)`."""

    def __init__(self, statement: Any, into: Callable[..., T], *, why_all_tenants: str | None = None) -> None:
        if why_all_tenants is None:
            require_scope(statement)
        self.statement = statement
        self.into = into
        self.why_all_tenants = why_all_tenants
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> Compiled:
        try:
            return self._compiled[dialect.name]
        except KeyError:
            return self._compiled.setdefault(dialect.name, Compiled(self.statement, dialect, None))


def row(*columns: Any) -> Row:
    """The plain tuple, for queries without a shape of their own."""
    return columns


ROWS = {"sqlite": 16, "postgresql": 1000}
"""Rows of one insert. SQLite: enough to spare the calls, few enough to keep every length compiled."""


class Write:
    """A statement that answers nothing. `columns` names what an insert sets; a function builds one per dialect."""

    def __init__(
        self, statement: Any, columns: Listed[str] | None = None, *, why_all_tenants: str | None = None
    ) -> None:
        self.per_dialect = callable(statement)
        if why_all_tenants is None and not self.per_dialect:
            require_scope(statement)
        self.statement = statement
        self.columns = columns
        self.why_all_tenants = why_all_tenants
        self._compiled: dict[str, Compiled] = {}
        self._several: dict[int, Compiled] = {}
        self._recordset: _Recordset | None = None

    def compiled(self, dialect: Dialect) -> Compiled:
        try:
            return self._compiled[dialect.name]
        except KeyError:
            return self._compiled.setdefault(dialect.name, Compiled(self._built(dialect), dialect, self.columns))

    def _built(self, dialect: Dialect) -> Any:
        return self.statement(dialect.name) if self.per_dialect else self.statement

    def several(self, dialect: Dialect, rows: Listed[Listed[Any]]) -> tuple[Compiled, list[Any]]:
        """An insert of several rows at once, with its arguments. `rows`: those of `compiled`, one list a row.

        At most `ROWS` of them, and no two with the same key.
        """
        columns = self.columns or ()
        count = len(columns)
        # What stands behind the values (the act on a conflict) is the same for all.
        behind = rows[0][count:]
        if dialect.name == "postgresql":
            if self._recordset is None:
                self._recordset = _Recordset(self._built(dialect), columns, dialect)
            return self._recordset.compiled, [self._recordset.argument(rows), *behind]
        compiled = self._several.get(len(rows))
        if compiled is None:
            values: list[dict[str, Any]] = [
                {name: sa.bindparam(f"row{place}_{name}") for name in columns} for place in range(len(rows))
            ]
            compiled = Compiled(self._built(dialect).values(values), dialect, None)
            self._several[len(rows)] = compiled
        return compiled, [*chain.from_iterable(row[:count] for row in rows), *behind]


class _Recordset:
    """PostgreSQL's insert of any number of rows, which travel as one JSON document.

    One text whatever their number, and one argument: the driver's work on a parameter costs more than all the rest.
    """

    def __init__(self, statement: Any, columns: Listed[str], dialect: Dialect) -> None:
        table = statement.table.c
        self._names = columns
        self._documents = [place for place, name in enumerate(columns) if isinstance(table[name].type, Json)]
        self._bytes = [place for place, name in enumerate(columns) if isinstance(table[name].type, sa.LargeBinary)]
        source = sa.func.json_to_recordset(sa.bindparam("rows"))
        given = source.table_valued(*(sa.column(name, table[name].type) for name in columns))
        given = given.render_derived(name="given", with_types=True)
        chosen = sa.select(*(given.c[name] for name in columns))
        self.compiled = Compiled(statement.from_select(list(columns), chosen), dialect, None)

    def argument(self, rows: Listed[Listed[Any]]) -> str:
        """The rows as an array of objects; what is a document already goes in as it is."""
        records = []
        for row in rows:
            values = list(row)
            for place in self._documents:
                if values[place] is not None:
                    values[place] = msgspec.Raw(values[place].encode())
            for place in self._bytes:
                if values[place] is not None:
                    values[place] = f"\\x{bytes(values[place]).hex()}"
            records.append(dict(zip(self._names, values, strict=False)))
        return _encode(records).decode()


class Patch:
    """An update of whichever columns changed, of the rows with the given keys. Compiled once per column set."""

    def __init__(self, table: sa.Table, *keys: str) -> None:
        self.table = table
        self.keys = keys
        self._writes: dict[tuple[str, ...], Write] = {}

    def write(self, columns: tuple[str, ...]) -> Write:
        try:
            return self._writes[columns]
        except KeyError:
            return self._writes.setdefault(columns, self._build(columns))

    def _build(self, columns: tuple[str, ...]) -> Write:
        c = self.table.c
        statement = sa.update(self.table).values(
            {c[name]: sa.bindparam(f"set_{name}", type_=c[name].type) for name in columns}
        )
        for key in self.keys:
            statement = statement.where(c[key] == sa.bindparam(f"key_{key}", type_=c[key].type))
        if self.table.info.get("tenant"):
            statement = statement.where(c.organization_id == sa.bindparam("organization_id"))
        return Write(statement)


def insert(table: sa.Table) -> Write:
    """An insert of every column that the database does not make itself."""
    return Write(sa.insert(table), _insertable(table))


def insert_missing(table: sa.Table, *, where: sa.TextClause | None = None, on: Listed[str] = ()) -> Write:
    """As `insert`; a row that is there already (by the unique columns `on`, of the index `where`) is left alone."""

    def build(dialect: str) -> Any:
        make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
        return make(table).on_conflict_do_nothing(index_elements=list(on), index_where=where)

    return Write(build, _insertable(table))


def upsert(table: sa.Table, *changed: str) -> Write:
    """As `insert`; a row with the same primary key gets the columns `changed` instead."""
    keys = [column.name for column in table.primary_key.columns]

    def build(dialect: str) -> Any:
        make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
        statement = make(table)
        new = {name: statement.excluded[name] for name in changed}
        return statement.on_conflict_do_update(index_elements=keys, set_=new)

    return Write(build, _insertable(table))


def _insertable(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns if not _made_by_database(column)]


def _made_by_database(column: sa.Column[Any]) -> bool:
    return bool(column.identity) or column.autoincrement is True


def organization(table: Any) -> sa.ColumnElement[bool]:
    """The condition every statement over a tenant table must carry."""
    return cast("sa.ColumnElement[bool]", table.c.organization_id == sa.bindparam("organization_id"))


def columns_of(table: Any, shape: type, **renamed: Any) -> list[Any]:
    """The columns of `table` that fill the members of the struct `shape`, in its order; `renamed` gives others."""
    names = shape.__struct_fields__  # type: ignore[attr-defined]
    return [renamed[name] if name in renamed else table.c[name] for name in names]
