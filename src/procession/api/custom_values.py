"""What the records of an answer hold in custom fields, for everything that shows them (spec 00 CF-04)."""

from collections.abc import Collection, Iterable

from procession.api.endpoint import Call
from procession.engine.model import Field, TemplateDocument
from procession.labels.custom_values import values_of
from procession.templates.access import parts_of
from procession.wire.custom_field import Custom

PARTS = ("template", "step", "form_field", "kickoff_field")


def custom_of(call: Call, kinds: Collection[str], ids: Iterable[str]) -> Custom:
    """What these records hold, by one query at most; guests are shown nothing."""
    return None if call.actor.role == "guest" else values_of(call.unit, call.actor.settings, kinds, ids)


def custom_parts(call: Call, shown: Iterable[tuple[str, TemplateDocument]]) -> Custom:
    """What templates hold, and all their steps and fields."""
    return custom_of(call, PARTS, (one for template_id, document in shown for one in parts_of(template_id, document)))


def custom_fields_of(call: Call, fields: Iterable[Field]) -> Custom:
    """What fields of steps and kick-off forms hold."""
    return custom_of(call, ("form_field", "kickoff_field"), (one.id for one in fields))
