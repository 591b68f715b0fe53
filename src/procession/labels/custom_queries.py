"""All SQL of custom fields (spec 00 §22)."""

from typing import Any

import msgspec
import sqlalchemy as sa

from procession.engine.custom_fields import Choice, CustomKey
from procession.engine.model import Column
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, organization, row, upsert
from procession.labels.tables import custom_keys, custom_terms, custom_values

_COLUMNS = CustomKey.__struct_fields__


def _key(*columns: Any) -> CustomKey:
    read = dict(zip(_COLUMNS, columns, strict=True))
    read["options"] = msgspec.convert(read["options"], tuple[Choice, ...])
    read["columns"] = msgspec.convert(read["columns"], tuple[Column, ...])
    return CustomKey(**read)


# -- keys --------------------------------------------------------------------------------------------------------------

_keys = sa.select(*columns_of(custom_keys, CustomKey)).where(organization(custom_keys))

KEYS = Query(_keys.order_by(custom_keys.c.id), _key)
KEYS_OF = Query(
    _keys.where(custom_keys.c.kind == sa.bindparam("kind"), custom_keys.c.active).order_by(custom_keys.c.id), _key
)
KEY = Query(_keys.where(custom_keys.c.id == sa.bindparam("id")), _key)
KEY_FOR_UPDATE = Query(_keys.where(custom_keys.c.id == sa.bindparam("id")).with_for_update(), _key)
KEY_NAMED = Query(
    _keys.where(custom_keys.c.kind == sa.bindparam("kind"), custom_keys.c.key == sa.bindparam("key")), _key
)
KINDS = Query(sa.select(custom_keys.c.kind).where(organization(custom_keys)).distinct(), str)
COUNT_KEYS = Query(
    sa.select(sa.func.count()).where(organization(custom_keys), custom_keys.c.kind == sa.bindparam("kind")), int
)
ADD_KEY = insert(custom_keys)
PATCH_KEY = Patch(custom_keys, "id")
DELETE_KEY = Write(sa.delete(custom_keys).where(organization(custom_keys), custom_keys.c.id == sa.bindparam("id")))

# -- values ------------------------------------------------------------------------------------------------------------

VALUES = Query(
    sa.select(custom_values.c.record_id, custom_keys.c.key, custom_values.c.value)
    .select_from(custom_values.join(custom_keys, custom_keys.c.id == custom_values.c.key_id))
    .where(
        organization(custom_values),
        organization(custom_keys),
        custom_keys.c.active,
        Among(custom_values.c.record_id, "records"),
    )
    .order_by(custom_values.c.record_id, custom_keys.c.id),
    row,
)
PUT_VALUE = upsert(custom_values, "value", "updated_at")
REMOVE_VALUES = Write(
    sa.delete(custom_values).where(
        organization(custom_values),
        custom_values.c.record_id == sa.bindparam("record"),
        Among(custom_values.c.key_id, "keys"),
    )
)
FORGET_VALUES = Write(
    sa.delete(custom_values).where(organization(custom_values), Among(custom_values.c.record_id, "records"))
)
ADD_TERM = insert(custom_terms)
REMOVE_TERMS = Write(
    sa.delete(custom_terms).where(
        organization(custom_terms),
        custom_terms.c.record_id == sa.bindparam("record"),
        Among(custom_terms.c.key_id, "keys"),
    )
)
FORGET_TERMS = Write(
    sa.delete(custom_terms).where(organization(custom_terms), Among(custom_terms.c.record_id, "records"))
)
