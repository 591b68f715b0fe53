"""Texts as words: folded, without punctuation; scripts without blanks between words go character by character."""

import re
import unicodedata
from collections.abc import Iterator

import re2

from procession.kernel.folding import fold

MOST_LETTERS = 64
"""A longer word is known by its beginning."""

_ASCII = re.compile(r"[a-z0-9]+")
_RUN = re2.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*|\p{So}")
_ALONE = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Kana and ideographs: a word of several is found as those characters in a row."""


def words_of(text: str) -> list[str]:
    """The words of a text in their order."""
    if text.isascii():
        return [one[:MOST_LETTERS] for one in _ASCII.findall(text.lower())]
    return [word for word, _, _ in placed_words(text)]


def placed_words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text and where they stand in it: the first character, the one after the last."""
    if text.isascii():
        for one in _ASCII.finditer(text.lower()):
            yield one[0][:MOST_LETTERS], one.start(), one.end()
        return
    for one in _RUN.finditer(text):
        run = one.group()
        start = one.start()
        if _ALONE.search(run) is None:
            for piece in _pieces(fold(run)):
                yield piece, start, one.end()
            continue
        found = [(one, start + place, start + place + 1) for place, one in enumerate(run) if _ALONE.match(one)]
        found += [(part, start + place, start + place + len(part)) for part, place in _between(run)]
        for part, first, last in sorted(found, key=lambda placed: placed[1]):
            for piece in _pieces(fold(part)):
                yield piece, first, last


def _between(run: str) -> Iterator[tuple[str, int]]:
    """What stands between characters that are words by themselves."""
    at = 0
    for one in _ALONE.finditer(run):
        if one.start() > at:
            yield run[at : one.start()], at
        at = one.end()
    if at < len(run):
        yield run[at:], at


def stands_alone(word: str) -> bool:
    """Whether the word is one character of a script without blanks."""
    return len(word) == 1 and _ALONE.match(word) is not None


def _pieces(folded: str) -> Iterator[str]:
    """What is left of a run when its case and marks are gone: letters and digits, or one symbol."""
    piece = ""
    for one in folded:
        if one.isalnum():
            piece += one
            continue
        if piece:
            yield piece[:MOST_LETTERS]
            piece = ""
        if unicodedata.category(one) == "So":
            yield one
    if piece:
        yield piece[:MOST_LETTERS]
