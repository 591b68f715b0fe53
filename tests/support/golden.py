"""Stored answers: what the wire looks like, in full, so that every change of it shows as a difference of a file.

`make golden` (`PROCESSION_GOLDEN=write`) writes them anew; whoever does reads the difference.
"""

import os
import re
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import msgspec

from tests.support.server import Answer

FOLDER = Path(__file__).parents[1] / "api" / "golden"
WRITE = os.environ.get("PROCESSION_GOLDEN") == "write"
HEX = re.compile(r"[0-9a-f]{32}")
STAMP = re.compile(r"[0-9]{19}")
TAIL = re.compile(r"-([0-9]{4,6}|[0-9a-f]{6})$")
PEOPLE = frozenset(
    {
        "user_id", "owner_id", "created_by", "last_updated_by", "started_by", "starter_id", "completer_id", "actor_id",
        "author_id",
        "prerun_completed_by", "members", "users", "collaborators", "assignees", "invited_by", "disabled_by", "owners",
    }
)  # fmt: skip
"""Members that are ids of people, or hold them."""

NAME = re.compile(r"(-[0-9a-f]+|[0-9]+)$")
"""What makes a user name one of its kind."""

COUNTED = frozenset({"id", "folder_object_id", "actor_id", "user_id"})
"""Members that are numbers the database gives."""


SEEN = frozenset({"last_accessed", "last_accessed_at"})
"""Traces of use, which the server writes in moments of its own."""


class Normal:
    """Makes an answer the same on every run: what differs from run to run is numbered in the order it is met."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.ids: dict[str, str] = {}

    def __call__(self, value: Any, key: str = "", inside: Any = None) -> Any:
        if key in SEEN:
            return "<seen>"
        if isinstance(value, dict):
            return {self.text(name): self(one, name, value) for name, one in value.items()}
        if isinstance(value, list):
            return [self(one, key, inside) for one in value]
        if isinstance(value, str):
            shown = self.text(value)
            return TAIL.sub("-<some>", shown) if key == "alias" else NAME.sub("", shown) if key == "username" else shown
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value, key, inside)
        return value

    def number(self, value: int, key: str, inside: Any) -> Any:
        """Ids of people by who they are, others that the database gives have none; options keep theirs."""
        around = inside if isinstance(inside, Mapping) else {}
        person = key in PEOPLE or (key == "id" and "email" in around and "link" not in around)
        if person and str(value) in self.known:
            return f"<{self.known[str(value)]}>"
        own = bool({"text", "label"} & around.keys()) and "organization_id" not in around
        return "<number>" if key in COUNTED and not own else value

    def text(self, value: str) -> str:
        for secret, name in self.known.items():
            if not secret.isdigit():
                value = value.replace(secret, name)
        value = HEX.sub(lambda found: self.ids.setdefault(found[0], f"<id {len(self.ids) + 1}>"), value)
        return STAMP.sub("<stamp>", value)


def check(name: str, answer: Answer, known: Mapping[str, str]) -> None:
    """Compare status and body with the stored ones, or store them."""
    shown = {"status": answer.status, "body": Normal(known)(answer.body)}
    text = msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n"
    path = FOLDER / f"{name}.json"
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path} is not there: make golden"
    stored = path.read_text(encoding="utf-8").splitlines()
    difference = list(unified_diff(stored, text.splitlines(), "stored", "answered", lineterm="", n=1))
    assert not difference, "\n".join([f"{name} answers otherwise; if that is meant: make golden", *difference])
