"""Every public method of the SDK is called by a test of this folder, or is on the list of those that wait (20 §28)."""

import ast
import inspect
from collections.abc import Mapping
from pathlib import Path

import tallyfy

MANAGERS = (
    "users", "tasks", "templates", "form_fields", "organizations", "threads", "groups", "tags", "folders", "searches",
    "files",
)  # fmt: skip
WAITING: Mapping[str, str] = {}
"""Methods that nothing calls yet, with the reason."""


def public() -> list[tuple[str, str]]:
    """Manager and method, without what is the SDK's own."""
    client = tallyfy.TallyfySDK("token")
    found = [
        (manager, name)
        for manager in MANAGERS
        for name, _ in inspect.getmembers(getattr(client, manager), callable)
        if not name.startswith("_")
    ]
    client.session.close()
    return found


def called() -> set[str]:
    """The names of methods that tests here call, or hand on to be called."""
    here = Path(__file__)
    trees = [ast.parse(one.read_text()) for one in here.parent.glob("test_*.py") if one != here]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_every_method_of_the_sdk_is_exercised() -> None:
    methods = public()
    assert len(methods) == 129
    used = called()
    missing = sorted({f"{manager}.{name}" for manager, name in methods if name not in used and name not in WAITING})
    assert not missing, missing
    assert not used & WAITING.keys(), "what is called waits no more"
