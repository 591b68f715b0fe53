"""A change of the secret key: everything it seals is sealed with another one, in one transaction.

The key of the file: the next one is written beside it first, and takes its place after the commit. Whatever happens in
between, one of the two fits, and the next command that opens the database puts the right one in place (`keys.settle`).
A key that is set by the operator is not ours to change: he gives the next one, and sets it afterwards.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from procession.accounts.keys import Secrets
from procession.kernel import faults
from procession.operations.alone import Occupied, alone
from procession.operations.databases import SERVING, WORKING
from procession.operations.first import Refused
from procession.operations.keys import flush_folder, next_path, sealed_columns, take_place
from procession.operations.migrate import transaction
from procession.operations.settings import Settings, make_data_dir, new_key, secret_key, write_private

PAGE = 500
SHORTEST = 16
"""Characters of a key somebody thought of."""

_servers = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name IN (:serve, :work)"
)


def rotate(settings: Settings, given: str | None = None) -> int:
    """Seal everything with another key; how many secrets there were. `given`: the next key, made here when None.

    Raises `Occupied` while a server or worker runs: it would go on with the former key. Raises `Refused` when the
    former key does not open everything, or when the key is the operator's setting and no next one was given.
    """
    if settings.secret_key and given is None:
        raise Refused(
            "The secret key is a setting (PROCESSION_SECRET_KEY): give the next one on standard input with --stdin, "
            "and set it afterwards."
        )
    fresh = new_key() if given is None else given.strip()
    if len(fresh) < SHORTEST:
        raise Refused(f"A secret key has {SHORTEST} characters at least.")
    with alone(settings):
        former = secret_key(settings)
        if former == fresh:
            raise Refused("That is the present secret key.")
        if not settings.secret_key:
            make_data_dir(settings)
            write_private(next_path(settings), fresh + "\n")
            flush_folder(settings.data_dir)
        with transaction(settings) as connection:
            if not settings.embedded:
                _require_no_servers(connection)
            count = sum(_reseal(connection, one, Secrets(former), Secrets(fresh)) for one in sealed_columns())
            faults.reach("before_rotation_commit")
        faults.reach("after_rotation_commit")
        if not settings.secret_key:
            take_place(settings)
    return count


def _require_no_servers(connection: sa.Connection) -> None:
    running = connection.execute(_servers, {"serve": SERVING, "work": WORKING}).scalar_one()
    if running:
        raise Occupied("Servers or workers are connected to the database; stop them all first.")


def _reseal(connection: sa.Connection, column: "sa.Column[bytes]", former: Secrets, fresh: Secrets) -> int:
    """Open and seal again every value of one column, page by page in the order of its table's key."""
    keys = list(column.table.primary_key.columns)
    change = sa.update(column.table).values({column: sa.bindparam("sealed")})
    for key in keys:
        change = change.where(key == sa.bindparam(f"key_{key.name}"))
    count = 0
    for page in _pages(connection, column, keys):
        connection.execute(change, [_resealed(row, keys, former, fresh) for row in page])
        count += len(page)
    return count


def _pages(connection: sa.Connection, column: "sa.Column[bytes]", keys: "list[sa.Column[Any]]") -> Iterator[Any]:
    wanted = sa.select(column, *keys).where(column.is_not(None)).order_by(*keys).limit(PAGE)
    after: Any = None
    while True:
        page = connection.execute(wanted if after is None else wanted.where(sa.tuple_(*keys) > sa.tuple_(*after)))
        found = page.fetchall()
        if found:
            yield found
        if len(found) < PAGE:
            return
        after = found[-1][1:]


def _resealed(row: Any, keys: "list[sa.Column[Any]]", former: Secrets, fresh: Secrets) -> dict[str, Any]:
    sealed, *values = row
    try:
        plain = former.open(sealed)
    except InvalidTag:
        table = keys[0].table.name
        raise Refused(f"The secret key does not open what {table} keeps secret: nothing was changed.") from None
    return {"sealed": fresh.seal(plain), **{f"key_{key.name}": one for key, one in zip(keys, values, strict=True)}}
