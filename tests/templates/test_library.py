"""The public library: ready templates, what organizations publish, copies (spec 30 §18)."""

import re
from typing import Any

import pytest

from procession.wire.library import Document, shipped
from tests.templates.conftest import House

SHIPPED = list(shipped().values())
VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")


@pytest.mark.parametrize("document", SHIPPED, ids=lambda one: one.library.alias)
def test_shipped_templates_are_whole(house: House, document: Document) -> None:
    """Each goes through the real import: every step, field, rule and deadline, and nothing is left out."""
    answer = house("import_checklist", {"library_id": document.library.alias})
    data = document.data
    report = answer["import_report"]
    assert report["steps"] == len(data["steps"]) >= 4
    assert report["fields"] == len(data["prerun"]) + sum(len(one["captures"]) for one in data["steps"])
    assert report["dropped"] == []
    assert report["rules"] == len(data["automated_actions"]) >= 3
    made = answer["data"]
    assert made["title"] == document.title
    assert not made["is_public"]
    whole = house("get_checklist", checklist=made["id"], query="with=steps,stages")
    assert [one["title"] for one in whole["steps"]["data"]] == [one["title"] for one in data["steps"]]
    assert sum(one["deadline"] is not None for one in whole["steps"]["data"]) >= 3
    _every_variable_is_known(whole)


def _every_variable_is_known(whole: dict[str, Any]) -> None:
    fields = [*whole["prerun"], *(field for one in whole["steps"]["data"] for field in one["captures"])]
    known = {one["alias"] for one in fields} | {"DATE", "TEMPLATE_NAME"}
    texts = [whole["default_process_name_format"] or ""]
    texts += [one[name] or "" for one in whole["steps"]["data"] for name in ("title", "summary")]
    named = {one for text in texts for one in VARIABLE.findall(text)}
    assert named <= known
