"""The official client as it is, and a template with a field of every type, made over the API."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import tallyfy

from tests.support.server import Caller, Running

OPTIONS = ["Slack", "Teams", "Office 365"]
TYPES: dict[str, dict[str, Any]] = {
    "text": {},
    "textarea": {},
    "email": {},
    "date": {},
    "radio": {"options": ["Full-time", "Part-time"]},
    "dropdown": {"options": OPTIONS},
    "multiselect": {"options": OPTIONS},
    "table": {"columns": ["Item", "Number"]},
    "assignees_form": {},
    "file": {},
}
"""Every field type, with what its definition needs besides."""


class Ready(msgspec.Struct, frozen=True):
    """A template of three steps; the first step and the kick-off form hold a field of every type, ids by type."""

    template: str
    fields: dict[str, str]
    kickoff: dict[str, str]


@pytest.fixture
def sdk(server: Running, owner: Caller) -> Iterator[Any]:
    """The SDK with the administrator's token; retries off, so that nothing hides a 5xx."""
    client = tallyfy.TallyfySDK(owner.authorization.removeprefix("Bearer "), base_url=server.base, max_retries=0)
    yield client
    client.session.close()
    owner.http.close()


@pytest.fixture
def ready(owner: Caller) -> Ready:
    return make_ready(owner)


def make_ready(owner: Caller) -> Ready:
    """Make the template by the routes its editors use."""
    definitions = [
        {"label": f"The {kind}", "field_type": kind, "required": False, **more} for kind, more in TYPES.items()
    ]
    made = owner("POST", "/O/checklists", {"title": "Hiring", "type": "procedure", "prerun": definitions}).data
    steps = f"/O/checklists/{made['id']}/steps"
    first = owner("POST", steps, {"title": "Collect everything"}).data["id"]
    for title in ("Check", "File"):
        assert owner("POST", steps, {"title": title}).status == 201
    fields = {one["field_type"]: owner("POST", f"{steps}/{first}/captures", one).data["id"] for one in definitions}
    return Ready(made["id"], fields, {one["field_type"]: one["id"] for one in made["prerun"]})
