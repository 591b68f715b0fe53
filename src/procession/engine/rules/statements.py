"""What conditions compare with: a statement read once, when the rules are compiled (spec 31 §4.4)."""

import msgspec


class Statement(msgspec.Struct, frozen=True):
    """A statement as comparisons need it: trimmed and case-folded, whole and as single items."""

    text: str
    items: tuple[str, ...]


def read_statement(statement: str | tuple[str, ...] | None) -> Statement:
    """The statement of a condition, of any operation."""
    texts = (statement or "",) if not isinstance(statement, tuple) else statement
    return Statement(texts[0] if texts else "", texts)
