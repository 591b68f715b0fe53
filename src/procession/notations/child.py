"""The process that `apart` starts, with `read|write|cells FORMAT NAME`: document in, answer out.

Nothing of the server is imported here: no database, no settings, no keys.
"""

import sys

import msgspec

from procession.notations import codecs
from procession.notations.bounds import REFUSED, bound
from procession.notations.model import Outline, Unreadable


def main(words: list[str]) -> int:
    """Do one job; the exit status says how it went (`apart`)."""
    bound()
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
