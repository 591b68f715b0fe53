"""Default values as they are defined (spec 30 §11.1, §11.2)."""

from typing import Any

import msgspec
import pytest

from procession.engine.answers import default_problems, defaults
from procession.engine.model import Field, Option

OPTIONS = (Option(id=1, text="Red"), Option(id=2, text="Blue"))


def field(kind: Any, default: Any, *, enabled: bool = True) -> Field:
    return Field(
        id="a" * 32, label="F", kind=kind, alias="f", options=OPTIONS, default_enabled=enabled, default=default
    )


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        (field("radio", "Green"), True),
        (field("radio", "Red"), False),
        (field("radio", "Green", enabled=False), False),
        (field("file", "Green"), False),
        (field("email", "{{alias}}"), False),
        (field("email", "alias"), True),
        (field("date", "today+7"), False),
        (field("date", "someday"), True),
        (field("dropdown", None), False),
    ],
)
def test_what_is_wrong_with_a_default_value(asked: Field, wrong: bool) -> None:
    found = [one.path for one in default_problems(asked, None, ("fields", "0"))]
    assert found == ([("fields", "0", "default")] if wrong else [])
    assert default_problems(asked, asked, ()) == []
    assert bool(default_problems(asked, msgspec.structs.replace(asked, default="other"), ())) is wrong


def test_choices_are_read_as_loosely_when_the_default_is_used() -> None:
    assert defaults([field("dropdown", "blue")], {}) == {"a" * 32: {"id": 2, "text": "Blue"}}
