"""The process that `apart` starts, with `read|write|cells FORMAT NAME`: document in, answer out.

Nothing of the server is imported here: no database, no settings, no keys.
"""

import sys

import msgspec

from procession.notations import codecs
from procession.notations.model import Outline, Unreadable

try:
    import resource
except ImportError:  # Windows has no such limits; the clock of the parent stands
    resource = None  # type: ignore[assignment]

CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space; a usual document takes 150 MiB of it, libraries included."""
REFUSED = 3


def main(words: list[str]) -> int:
    """Do one job; the exit status says how it went (`apart`)."""
    _limit()
    what, kind, name = words
    data = sys.stdin.buffer.read()
    try:
        if what == "cells":
            answer = msgspec.json.encode(codecs.cells(kind, data))  # type: ignore[arg-type]
        elif what == "read":
            answer = msgspec.json.encode(codecs.read(kind, data, name))  # type: ignore[arg-type]
        else:
            answer = codecs.write(kind, msgspec.json.decode(data, type=Outline))  # type: ignore[arg-type]
    except Unreadable as error:
        sys.stdout.buffer.write(str(error).encode("utf-8", "replace"))
        return REFUSED
    sys.stdout.buffer.write(answer)
    return 0


def _limit() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
