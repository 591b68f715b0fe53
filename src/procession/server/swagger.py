"""The Swagger 2.0 document, for clients that read the older form (spec 00 `OAS-01`, `OAS-02`).

It is the OpenAPI 3.1 document told in the older words, so both come from the one endpoint table. What 2.0 cannot say
(a value of several types, null) stands as `x-nullable` and `x-anyOf`, with the type left open.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from procession.server.openapi import FORM, JSON, document

PLAIN = frozenset(
    """
    description required items additionalProperties default enum minimum maximum maxItems minItems maxLength minLength
    format pattern properties title
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
"""Keywords that mean the same in both."""
NULL = {"type": "null"}
EMPTY: tuple[tuple[str, Any], ...] = (("required", []), ("default", None))
"""What 3.1 may say and 2.0 may not."""


@lru_cache(maxsize=4)
def swagger(server_url: str) -> dict[str, Any]:
    """The whole document: the same operations, statuses and definitions as OpenAPI 3.1 has, paths under `/api`."""
    told = document(server_url)
    address = urlsplit(server_url)
    components = told["components"]["schemas"]
    return {
        "swagger": "2.0",
        "info": told["info"],
        "host": address.netloc,
        "basePath": f"{address.path.rstrip('/')}/api",
        "schemes": [address.scheme],
        "consumes": [JSON],
        "produces": [JSON],
        "security": [{"bearer": []}],
        "securityDefinitions": {
            "bearer": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "description": "`Bearer` and an access token.",
            }
        },
        "paths": {
            path: {method: _operation(one, components) for method, one in item.items()}
            for path, item in told["paths"].items()
        },
        "definitions": {name: older(schema) for name, schema in components.items()},
    }


def older(schema: Any) -> Any:
    """A JSON Schema of 3.1 as 2.0 knows them."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    said = ((name, value) for name, value in schema.items() if name in PLAIN and (name, value) not in EMPTY)
    shown = {name: _keyword(name, value) for name, value in said}
    if "const" in schema:
        shown["enum"] = [schema["const"]]
    if schema.get("writeOnly"):
        shown["x-writeOnly"] = True  # 2.0 has it only the other way round
    return {**shown, **_type(schema.get("type")), **_any(schema.get("anyOf"))}


def _keyword(name: str, value: Any) -> Any:
    if name == "properties":
        return {member: older(one) for member, one in value.items()}
    return older(value) if name in ("items", "additionalProperties") else value


def _type(kind: Any) -> dict[str, Any]:
    if kind is None or kind == "null":
        return {} if kind is None else {"x-nullable": True}
    if isinstance(kind, str):
        return {"type": kind, **({"items": {}} if kind == "array" else {})}
    named = [one for one in kind if one != "null"]
    nullable = {"x-nullable": True} if len(named) < len(kind) else {}
    if len(named) == 1:
        return {**_type(named[0]), **nullable}
    return {"x-anyOf": [{"type": one} for one in named], **nullable}


def _any(choices: list[dict[str, Any]] | None) -> dict[str, Any]:
    if choices is None:
        return {}
    named = [older(one) for one in choices if one != NULL]
    nullable = {"x-nullable": True} if len(named) < len(choices) else {}
    if len(named) > 1:
        return {"x-anyOf": named, **nullable}
    if "$ref" in named[0]:
        return {"allOf": named, **nullable}  # nothing may stand beside a reference
    return {**named[0], **nullable}


def _operation(told: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    shown = {name: told[name] for name in ("operationId", "summary", "tags", "x-acts")}
    parameters = [_parameter(one) for one in told["parameters"]]
    shown["parameters"] = parameters + _body(told.get("requestBody"), shown, components)
    kinds: set[str] = set()
    shown["responses"] = {status: _response(one, kinds) for status, one in told["responses"].items()}
    if kinds - {JSON}:
        shown["produces"] = sorted(kinds | {JSON})
    if told.get("security") == []:
        shown["security"] = []
    return shown


def _parameter(told: dict[str, Any]) -> dict[str, Any]:
    schema = {name: value for name, value in told["schema"].items() if name != "description"}
    described = {"description": told["schema"]["description"]} if "description" in told["schema"] else {}
    return {
        "name": told["name"],
        "in": told["in"],
        "required": told["required"],
        "type": "string",
        **schema,
        **described,
    }


def _body(told: dict[str, Any] | None, shown: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    """The body: 2.0 has either JSON or a form, and a form is what carries a file."""
    if told is None:
        return []
    schema = next(iter(told["content"].values()))["schema"]
    named = components.get(schema.get("$ref", "").rpartition("/")[2], {})
    members = named.get("properties", {})
    if FORM in told["content"] and any(one.get("format") == "binary" for one in members.values()):
        shown["consumes"] = list(told["content"])
        return [_member(name, one) for name, one in members.items()]
    return [{"name": "body", "in": "body", "required": told["required"], "schema": older(schema)}]


def _member(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A part of a form; whatever is no file is a text there."""
    described = {"description": schema["description"]} if "description" in schema else {}
    return {
        "name": name,
        "in": "formData",
        "type": "file" if schema.get("format") == "binary" else "string",
        **described,
    }


def _response(told: dict[str, Any], kinds: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": told["description"]}
    content = told.get("content", {})
    kinds.update(content)
    if JSON in content:
        shown["schema"] = older(content[JSON]["schema"])
    elif content:
        shown["schema"] = {"type": "string", "format": "binary"}
    if "headers" in told:
        shown["headers"] = {
            name: {"type": "string", "description": one["description"]} for name, one in told["headers"].items()
        }
    return shown
