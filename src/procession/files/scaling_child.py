"""The process that makes pictures: a picture in, both sizes of it out; its one word says what for (`scaling.Job`).

Nothing of the server is imported here: no database, no settings, no keys.
"""

import sys

import msgspec

from procession.files.resizing import scaled
from procession.files.scaling import Job, Unfit
from procession.notations.bounds import REFUSED, bound


def main(words: list[str]) -> int:
    """Make them; the exit status says how it went (`notations.apart`)."""
    bound()
    try:
        made = scaled(sys.stdin.buffer.read(), msgspec.json.decode(words[0], type=Job))
    except Unfit as error:
        sys.stdout.buffer.write(f"{error.member} {error}".encode())
        return REFUSED
    sys.stdout.buffer.write(msgspec.json.encode(made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
