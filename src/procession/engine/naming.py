"""What a launched process is called (spec 10 §6.4, 30 §6.1)."""

import html as entities
import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from procession.engine.richtext import strip_tags
from procession.engine.variables import Dates, Rendered, resolve, show_date, show_time

LIMIT = 550
"""Characters of a process name. A computed one is cut there; a supplied one beyond it is the caller's 422."""

_PLAIN_DATE = "mmm dd, yyyy"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_LINES = re.compile(r"[\t ]*[\r\n]+[\t ]*")
_EDGES = " \t\r\n-\u2013\u2014|\u2022\u00b7:,/"


class NameRule(msgspec.Struct, frozen=True):
    """The naming settings of a template: its title, and what it says about names."""

    title: str
    auto_naming: bool = False
    format: str | None = None
    launcher_may_change: bool = False


def process_name(
    rule: NameRule,
    supplied: str | None,
    values: Mapping[str, Rendered],
    launched_at: datetime,
    dates: Dates | None = None,
    *,
    by_completion: bool = False,
) -> str:
    """The name of a process launched at `launched_at`: the supplied one, or a computed one of 1 to 550 characters.

    `values` holds the kick-off answers by alias; `{{DATE}}` and `{{TEMPLATE_NAME}}` are added here, dates in the
    zone and pattern of `dates` (the organization's). `by_completion`: started by the completion of a task.
    """
    dates = dates or Dates()
    given = (supplied or "").strip()
    if given and (not rule.auto_naming or rule.launcher_may_change):
        return given
    local = launched_at.astimezone(dates.zone)
    name = ""
    if rule.auto_naming and rule.format:
        system = {"DATE": Rendered(show_date(local, dates.pattern)), "TEMPLATE_NAME": Rendered(rule.title)}
        name = _tidy(resolve(rule.format, {**values, **system}, html=False, drop_unknown=True))
    if not name and by_completion:
        name = f"{show_date(local, 'mmm dd')}, {show_time(local)} - {rule.title}"
    return (name or f"{rule.title} - {show_date(local, _PLAIN_DATE)}")[:LIMIT].rstrip()


def _tidy(name: str) -> str:
    """One line of plain text, without what empty variables left at its ends; inner blanks stay as they are."""
    text = entities.unescape(strip_tags(name)).translate(_INVISIBLE).replace("\u00a0", " ")
    text = _LINES.sub(" ", text).rstrip(_EDGES)
    start = text.lstrip(_EDGES)
    # A sign before a digit belongs to the number; before anything else it is what an empty variable left behind.
    signed = start[:1].isdigit() and text[: len(text) - len(start)].endswith("-")
    return f"-{start}" if signed else start
