"""Codecs in a process of their own, with an end to the memory and the time they may take.

What people upload is read there: a document that unpacks to gigabytes, or takes a library hours, costs that process its
life and nobody else anything. Large documents are written there too, because that is work without pauses.
"""

import subprocess
import sys

import msgspec

from procession.notations.model import FormatName, Outline, Reading, SheetName, Unreadable

SECONDS = 20
"""How long a document may take by the clock; the process's own time is bounded by `bounds.CPU_SECONDS`."""
TOO_MUCH = "The document is too large or too complicated to be read."
UNWRITTEN = "The template is too large to be written in this format."
CHILD = "procession.notations.child"


def read_apart(kind: FormatName, data: bytes, name: str) -> Reading:
    """The outline in a document. Raises `Unreadable`. Blocks: call it in a thread."""
    answer = run_apart(CHILD, ["read", kind, name], data, TOO_MUCH)
    return msgspec.json.decode(answer, type=Reading)


def cells_apart(kind: SheetName, data: bytes) -> list[list[str]]:
    """The rows of a spreadsheet. Raises `Unreadable`. Blocks: call it in a thread."""
    return msgspec.json.decode(run_apart(CHILD, ["cells", kind, ""], data, TOO_MUCH), type=list[list[str]])


def write_apart(kind: FormatName, outline: Outline) -> bytes:
    """The outline as a document. Raises `Unreadable` for one that takes too long. Blocks: call it in a thread."""
    return run_apart(CHILD, ["write", kind, ""], msgspec.json.encode(outline), UNWRITTEN)


def run_apart(module: str, words: list[str], data: bytes, failed: str) -> bytes:
    """What a module of ours, run as a program with these words, makes of the data. Blocks. Raises `Unreadable`.

    Status 0: the answer; 3: it is refused, with the reason; anything else, and too late: it died of it (`failed`).
    """
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603 - a fixed program, words of ours
            [sys.executable, "-P", "-m", module, *words], input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(failed) from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == 3:
        raise Unreadable(done.stdout.decode("utf-8", "replace"))
    raise Unreadable(failed)
