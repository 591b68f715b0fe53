"""The OpenAPI 3.1 document, generated from the endpoint table (spec 00 §23). Nothing in it is written by hand twice."""

import re
from functools import lru_cache
from typing import Any, get_args, get_origin

import msgspec

from procession import __version__
from procession.api.endpoint import OPERATIONS, Operation
from procession.api.includes import names_of
from procession.kernel.errors import all_errors
from procession.server.schemas import ANSWERS, EXTRA, PUBLISHED, QUERY, UNWRAPPED

PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "org": {"type": "string", "description": "Organization id (32 hex) or slug."},
    "user": {"type": "integer"},
    "guest": {"type": "string", "description": "E-mail address, guest code or id."},
    "association": {"type": "integer"},
    "client": {"type": "integer"},
    "token": {"type": "string"},
    "relation": {"type": "integer"},
}
OAUTH_ERROR: dict[str, Any] = {
    "type": "object",
    "description": "A refusal in the words of RFC 6749.",
    "required": ["error", "message"],
    "properties": {name: {"type": "string"} for name in ("error", "error_description", "message")},
}
HEX = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}
JSON = "application/json"
FORM = "multipart/form-data"
BYTES = {"type": "string", "format": "binary"}
ALWAYS = (400, 401, 403, 404, 405, 413, 414, 415, 422, 429, 503)
ENTITY_TAG = {
    "ETag": {"schema": {"type": "string"}, "description": "Revision and digest of the body (RFC 9110)."},
}
COMMON_HEADERS = {
    "X-Request-Id": {"schema": {"type": "string"}, "required": True},
    "X-Tallyfy-Version": {"schema": {"type": "string"}, "required": True},
}


@lru_cache(maxsize=4)
def document(server_url: str) -> dict[str, Any]:
    """The whole document. Every operation, status and schema; paths at the root (they work under `/api` too)."""
    schemas, components = _schemas()
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Procession",
            "version": __version__,
            "description": "Workflow server: templates, processes, tasks. Compatible with the public Tallyfy REST API.",
        },
        "servers": [{"url": server_url}, {"url": f"{server_url}/api"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "procession",
                    "description": "Writes also need the header X-CSRF-Token, from the answer that began the session.",
                },
            },
            "headers": COMMON_HEADERS,
        },
    }


def _answer_type(operation: Operation) -> Any:
    answer = operation.answer
    return get_args(answer)[0] if get_origin(answer) is list else answer


def _schemas() -> tuple[dict[int, Any], dict[str, Any]]:
    types = list({id(t): t for op in OPERATIONS if (t := _answer_type(op)) is not None}.values())
    shown, components = msgspec.json.schema_components([*types, *ANSWERS], ref_template="#/components/schemas/{name}")
    components = {name: _plain(schema) for name, schema in components.items()}
    for operation in OPERATIONS:
        if operation.body is not None:
            name = operation.body.name
            components[name] = _both(components.get(name), operation.body.schema())
    components.update(EXTRA)
    for name, other in PUBLISHED.items():
        components.setdefault(name, {"$ref": f"#/components/schemas/{other}"})
    components["error"] = _error_schema()
    components["oauthError"] = {"anyOf": [OAUTH_ERROR, {"$ref": "#/components/schemas/error"}]}
    return dict(zip(map(id, types), shown, strict=False)), components


def _both(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """One published definition of several bodies: their members add up, required is what all of them require."""
    if one is None:
        return other
    required = [name for name in one.get("required", ()) if name in other.get("required", ())]
    return {
        "type": "object",
        "properties": {**other["properties"], **one["properties"]},
        **({"required": required} if required else {}),
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Answers may carry more than is described here (spec 00 VER-01)."""
    schema = dict(schema)
    schema.pop("title", None)
    return schema


def _error_schema() -> dict[str, Any]:
    codes = sorted({error.default_code for error in all_errors()})
    texts = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    return {
        "type": "object",
        "required": ["error", "message", "code", "request_id"],
        "properties": {
            "error": {"const": True},
            "message": {"type": "string", "minLength": 1},
            "code": {"type": "string", "description": f"Among them: {', '.join(codes)}."},
            "errors": texts,
            "details": {"type": "object"},
            "request_id": {"type": "string"},
        },
    }


def _operation(operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", operation.path)
    shown: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag or "Other"],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS.get(name, HEX)} for name in names
        ],
        "responses": _responses(operation, schemas),
        "x-acts": list(operation.acts),
    }
    includes = _includes(operation)
    known = {**QUERY, **includes}
    shown["parameters"] += [
        {"name": name, "in": "query", "required": False, "schema": known.get(name, {"type": "string"})}
        for name in dict.fromkeys([*operation.query, *includes])
    ]
    if operation.auth in ("none", "visitor"):
        shown["security"] = []
    elif operation.auth == "session":
        shown["security"] = [{"session": []}, {"bearer": []}]
    if operation.body is not None:
        schema = {"$ref": f"#/components/schemas/{operation.body.name}"}
        form = operation.uploads or operation.documents or operation.sheets or operation.picture
        kinds = (FORM, JSON) if form else (JSON,)
        shown["requestBody"] = {"required": False, "content": {kind: {"schema": schema} for kind in kinds}}
    return shown


def _includes(operation: Operation) -> dict[str, Any]:
    """The parameter `with` of an operation that has includes, and what can be asked for there, nested once at most."""
    names = [one for one in names_of(operation).listed() if one.count(".") < 2]
    if not names:
        return {}
    return {"with": {"type": "string", "description": f"Comma-separated includes: {', '.join(names)}."}}


def _responses(operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    name = "oauthError" if operation.path.startswith("/oauth/") else "error"
    error = {"description": "Refused.", "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
    responses: dict[str, Any] = {str(status): error for status in (*ALWAYS, *operation.statuses)}
    if operation.writes:
        responses["409"] = error
        responses["412"] = error
    responses[str(operation.status)] = _success(operation, schemas)
    if operation.binary:
        responses["206"] = _success(operation, schemas)
    if operation.status == 201:
        responses["200"] = _success(operation, schemas)
    if operation.later is not None:
        later = msgspec.structs.replace(operation, answer=operation.later, files=())
        responses["202"] = _success(later, schemas) | {"description": "Accepted: long work to look at."}
    for status in operation.pages:
        responses[str(status)] = {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}
    if not operation.writes:
        responses["304"] = {"description": "Not modified."}
    return responses


def _success(operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    if operation.binary:
        content = {operation.binary: {"schema": BYTES}}
        return {"description": "The file.", "headers": ENTITY_TAG, "content": content}
    if operation.answer is None:
        return {"description": "Done. The answer has no body."}
    shown: dict[str, Any] = {"description": "Done.", "headers": ENTITY_TAG}
    answer = _answer_type(operation)
    item = schemas.get(id(answer), {"type": "object"})
    data: Any = {"type": "array", "items": item} if get_origin(operation.answer) is list else item
    body: dict[str, Any] = {"type": "object", "required": ["data"], "properties": {"data": data}}
    if get_origin(operation.answer) is list:
        body["properties"]["meta"] = {"$ref": "#/components/schemas/ListMeta"}
    if answer in UNWRAPPED:
        body = item
    shown["content"] = {JSON: {"schema": body}, **{kind: {"schema": BYTES} for kind in operation.files}}
    return shown
