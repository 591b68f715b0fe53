"""What conditions compare with: a statement read once, when the rules are compiled (spec 31 §4.4)."""

import re
from datetime import date, datetime
from decimal import Decimal

import msgspec

from procession.engine.dates import parse_moment
from procession.engine.model import Field
from procession.engine.scalars import parse_json, scalar_text

# Commas part thousands only where they stand in threes: "1,5" is a decimal in half of the world, and no number here.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:[,'\u2019][0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,3})?")
_SEPARATORS = re.compile(r"[,'\u2019]")
_BLANKS = re.compile(r"\s+")
_ZONED = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})", re.IGNORECASE)


class Moment(msgspec.Struct, frozen=True):
    """A date as it was written: a day, or a time of the clock at hand, or (`zoned`) an instant in UTC."""

    written: date | datetime
    zoned: bool = False

    @property
    def timed(self) -> bool:
        return isinstance(self.written, datetime)


class Statement(msgspec.Struct, frozen=True):
    """A statement as comparisons need it. Texts are trimmed and case-folded.

    `texts`: what one of which has to fit, at least one. `items`: the same for `equals_any`, where a text is a list.
    """

    texts: tuple[str, ...]
    items: tuple[str, ...]
    number: Decimal | None = None
    moment: Moment | None = None


def folded(text: str) -> str:
    """A text as it is compared: without outer blanks, without case."""
    return text.strip().casefold()


def read_statement(statement: str | tuple[str, ...] | None, field: Field | None) -> Statement:
    """The statement of a condition on `field` (None: on a step, or on a field that does not exist any more)."""
    texts = (statement or "",) if not isinstance(statement, tuple) else statement or ("",)
    items = texts if isinstance(statement, tuple) else _items(texts[0])
    if field is None:
        return Statement((), ())
    return Statement(
        texts=tuple(folded(text) for text in texts),
        items=tuple(item for text in items if (item := folded(text))),
        number=read_number(folded(texts[0]), field),
        moment=read_written(texts[0].strip()) if field.kind == "date" else None,
    )


def read_number(text: str, field: Field) -> Decimal | None:
    """The number a case-folded text names, without thousands separators, blanks and the field's affixes; else None."""
    text = _bare(text)
    # The sign may stand before the prefix as well as after it.
    sign = text[:1] if text[:1] in ("+", "-") else ""
    text = text[len(sign) :].removeprefix(_bare(field.prefix or "")).removesuffix(_bare(field.suffix or ""))
    text = sign + text
    if _NUMBER.fullmatch(text) is None or not any(digit.isdecimal() for digit in text.partition("e")[0]):
        return None
    return Decimal(_SEPARATORS.sub("", text))


def read_written(text: str) -> Moment | None:
    """The moment a text names, in the forms of spec 20 §5.1 without phrases; None when it is none."""
    moment = parse_moment(text)
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        return Moment(moment)
    zoned = _ZONED.fullmatch(text[16:].lstrip(":.0123456789")) is not None
    return Moment(moment, zoned=True) if zoned else Moment(moment.replace(tzinfo=None))


def _bare(text: str) -> str:
    return _BLANKS.sub("", text).casefold()


def _items(text: str) -> tuple[str, ...]:
    """The items of a list written as one text: as JSON, or parted by commas."""
    if text.lstrip().startswith("["):
        try:
            value = parse_json(text)
        except ValueError:
            value = None
        if isinstance(value, list):
            return tuple(item for one in value if (item := scalar_text(one)) is not None)
    return tuple(text.split(","))
