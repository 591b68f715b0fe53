"""Schemas that no answer struct and no body shape gives: values of form fields, envelopes, published names."""

from typing import Any

from procession.api.automation_bodies import ACTION, CONDITION
from procession.wire.checklist import ArchivedChecklist
from procession.wire.search import SearchResults
from procession.wire.session import Granted, Introspected

ANSWERS: tuple[type, ...] = ()
UNWRAPPED: tuple[type, ...] = (ArchivedChecklist, Granted, Introspected, SearchResults)
"""Answers that stand alone, without `data` around them."""


_ID = {"type": ["integer", "string"]}
_HEX = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}
_OPTION: dict[str, Any] = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": _ID, "text": {"type": "string"}, "value": {}},
}
_PICKER = {
    "type": "object",
    "properties": {
        "users": {"type": "array", "items": {"anyOf": [_ID, {"type": "object"}]}, "maxItems": 200},
        "guests": {"type": "array", "items": {"type": "string"}, "maxItems": 200},
        "groups": {"type": "array", "items": {"anyOf": [_HEX, {"type": "object"}]}, "maxItems": 200},
    },
}
_CELL: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}

FIELD_VALUE: dict[str, Any] = {
    "description": "The answer of one form field; null clears it.",
    "anyOf": [
        {"title": "text, textarea, email, radio (the option's text), date (ISO 8601)", "type": "string"},
        {"title": "text", "type": ["number", "boolean"]},
        {"title": "dropdown", **_OPTION},
        {
            "title": "multiselect",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "text"],
                "properties": {**_OPTION["properties"], "selected": {"type": "boolean"}, "required": {}},
            },
        },
        {
            "title": "table: one entry per column, each a cell or the list of the column's cells",
            "type": "array",
            "items": {"anyOf": [_CELL, {"type": "array", "items": _CELL}]},
        },
        {
            "title": "table by rows",
            "type": "object",
            "required": ["rows"],
            "properties": {"rows": {"type": "array", "items": {"type": "array", "items": _CELL}}},
        },
        {"title": "assignees_form", **_PICKER},
        {
            "title": "file: uploaded assets or links",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": _HEX,
                    "filename": {"type": "string"},
                    "url": {"type": "string"},
                    "full_url": {"type": "string"},
                    "source": {"type": "string"},
                },
            },
        },
        {"title": "cleared", "type": "null"},
    ],
}

EXTRA: dict[str, Any] = {
    **{one.name: one.schema() for one in (CONDITION, ACTION)},
    "fieldValue": FIELD_VALUE,
    "taskdataInput": {
        "type": ["object", "null"],
        "description": "Answers by form field id (32 hex). Only the named fields change.",
        "additionalProperties": {"$ref": "#/components/schemas/fieldValue"},
    },
    "prerunInput": {
        "description": "Kick-off answers: an object by field id, or a list of single-key objects or id and value.",
        "anyOf": [
            {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/fieldValue"}},
            {"type": "array", "items": {"type": "object"}},
            {"type": "null"},
        ],
    },
    "ownerInput": {
        "description": "As soon as one list is named, the object replaces all owners.",
        "anyOf": [_PICKER, {"type": "null"}],
    },
    "stepOverrideInput": {
        "type": "object",
        "properties": {
            "deadline": {"type": ["string", "null"]},
            "started_at": {"type": ["string", "null"]},
            "owners": {"$ref": "#/components/schemas/ownerInput"},
            "position": {"type": "integer", "minimum": 1},
            "max_assignable": {"type": "integer", "minimum": 0},
            "title": {"type": "string", "maxLength": 600},
            "summary": {"type": "string"},
            "unassigned": {"type": "boolean"},
            "skip": {"type": "boolean"},
        },
    },
    "Pagination": {
        "type": "object",
        "required": ["total", "count", "per_page", "current_page", "total_pages", "has_more_pages", "links"],
        "properties": {
            "total": {"type": "integer"},
            "count": {"type": "integer"},
            "per_page": {"type": "integer"},
            "current_page": {"type": "integer"},
            "total_pages": {"type": "integer"},
            "has_more_pages": {"type": "boolean"},
            "links": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "ListMeta": {"type": "object", "properties": {"pagination": {"$ref": "#/components/schemas/Pagination"}}},
    "TasksListMeta": {
        "type": "object",
        "properties": {
            "pagination": {"$ref": "#/components/schemas/Pagination"},
            "overdue_tasks": {"type": "integer"},
            "tasks_due_soon": {"type": "integer"},
        },
    },
    "Date": {"type": "string", "description": "YYYY-MM-DDTHH:mm:ssZ"},
    "RequestDate": {"type": "string", "description": "YYYY-MM-DD HH:mm:ss, or ISO 8601"},
    "stepDeadline": {
        "type": "object",
        "required": ["value", "unit", "option", "step"],
        "properties": {
            "value": {"type": "integer", "minimum": 0},
            "unit": {"enum": ["minutes", "hours", "days", "weeks", "months"]},
            "option": {"enum": ["from", "prior_to"]},
            "step": {"type": ["string", "null"]},
        },
    },
}

PUBLISHED: dict[str, str] = {
    "updateStandaloneTaskInput": "updateTaskInput",
    "StandaloneTask": "Task",
    "CompletedProcessTask": "Task",
    "stepOwner": "ownerInput",
    "createTagInput": "TagCreate",
    "threadInput": "commentInput",
    "threadResolveInput": "resolvedThreadInput",
    "inviteInput": "inviteUserInput",
}
"""Published names (spec 00 OAS-02) whose shape another schema already gives."""

BOOLEAN = {"type": "string", "enum": ["true", "false", "1", "0", "yes", "no"]}
QUERY: dict[str, dict[str, Any]] = {
    "page": {"type": "integer"},
    "per_page": {"type": "integer"},
    "limit": {"type": "integer"},
    "owners_format": {"enum": ["ids", "objects"]},
    "match": {"enum": ["alias"]},
    "on": {"type": "string", "description": "Comma-separated types of things that are searched."},
    **dict.fromkeys(("strict", "coerce", "form_fields_values", "without_pagination"), BOOLEAN),
}
