"""Several requests sent as one (spec 00 JOB-02). They are performed by the server, each as if it had come by itself."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, Several, Step, operation
from procession.api.reading import Shape, boolean, items
from procession.engine.model import Problem
from procession.people.permissions import require

MOST = 100
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LONGEST_PATH = 8 * 1024
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
STEP = {
    "type": "object",
    "required": ["method", "path"],
    "properties": {
        "method": {"type": "string", "enum": list(METHODS)},
        "path": {
            "type": "string",
            "maxLength": LONGEST_PATH,
            "description": "With or without the prefix and `/organizations/{org}`; parameters after `?`.",
        },
        "body": {"description": "As the request would have it."},
        "idempotency_key": {"type": ["string", "null"], "maxLength": 255},
    },
}
SEVERAL = Shape(
    "operationsInput",
    {"operations": items(MOST, of=STEP), "atomic": boolean()},
    required=("operations",),
)


class Done(msgspec.Struct, frozen=True):
    """What became of one of them: its status, its body (null for an empty one), its ETag."""

    status: int
    body: Any
    etag: str | None = None


@operation("POST", "/x/organizations/{org}/bulk", id="runOperations", acts=("bulk.run",), body=SEVERAL,
           answer=list[Done], reads=True, private=True, tag="Jobs")  # fmt: skip
def run_operations(call: Call) -> Reply:
    """Send up to 100 requests as one: each has its own answer, in order; with `atomic` all of them or none"""
    require(call.actor, "bulk.run")
    problems: list[Problem] = []
    sent = SEVERAL.read(call.body, problems)
    listed = sent.get("operations", ())
    if not listed and not problems:
        problems.append(Problem(("operations",), "The operations field is required."))
    steps = [_step(f"operations.{number}", one, problems) for number, one in enumerate(listed)]
    call.raise_problems(problems, ".".join)
    return Reply(several=Several([one for one in steps if one is not None], bool(sent.get("atomic"))))


def _step(name: str, sent: Any, problems: list[Problem]) -> Step | None:
    if not isinstance(sent, Mapping):
        problems.append(Problem((name,), f"The {name} must be an object."))
        return None
    before = len(problems)
    method, path, key = sent.get("method"), sent.get("path"), sent.get("idempotency_key")
    if not isinstance(method, str) or method.strip().upper() not in METHODS:
        problems.append(Problem((name, "method"), f"The {name}.method must be one of {', '.join(METHODS)}."))
    if not isinstance(path, str) or not path.strip() or len(path) > LONGEST_PATH:
        problems.append(Problem((name, "path"), f"The {name}.path must be a path."))
    if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
        text = f"The {name}.idempotency_key must be 1 to 255 visible ASCII characters."
        problems.append(Problem((name, "idempotency_key"), text))
    if len(problems) > before:
        return None
    return Step(str(method).strip().upper(), str(path).strip(), sent.get("body"), key)
