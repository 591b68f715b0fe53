"""The colours of an organization: one is chosen, the others are chosen too or follow from it (spec 41 §5.1)."""

import colorsys
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import Problem

SWATCHES: Mapping[str, str] = {
    "red": "#c62828", "pink": "#ad1457", "purple": "#6a1b9a", "violet": "#4527a0", "indigo": "#283593",
    "blue": "#1f6feb", "sky": "#0277bd", "teal": "#00695c", "green": "#2e7d32", "olive": "#558b2f",
    "amber": "#ff8f00", "orange": "#d84315", "brown": "#4e342e", "slate": "#37474f",
}  # fmt: skip
"""The fourteen colours that have names."""

USUAL = "#1f6feb"
"""The product's own colour."""
NAMES = ("bg_color", "text_color", "alternate_color", "bright_shade", "dark_shade")
ENOUGH = 4.5
"""The contrast that generated texts have at least (WCAG 2.2 AA)."""
POOR = 3.0
"""A chosen colour below this is kept with a warning."""
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")


class Colours(msgspec.Struct, frozen=True):
    """Five colours, as `#rrggbb`."""

    bg_color: str
    text_color: str
    alternate_color: str
    bright_shade: str
    dark_shade: str


def read_colours(sent: Mapping[str, Any], stored: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The colours that are chosen from now on. Absent stays, null goes back to what is generated.

    Another `bg_color` forgets what was chosen for the former one, unless it is sent along.
    """
    chosen = dict(stored)
    read: dict[str, str | None] = {}
    for name in NAMES:
        if name not in sent:
            continue
        value = sent[name]
        colour = None if value is None or value == "" else read_colour(value)
        if colour is None and value not in (None, ""):
            problems.append(Problem((name,), f"The {name.replace('_', ' ')} must be a colour, such as #1f6feb."))
        read[name] = colour
    if read.get("bg_color") is not None and read["bg_color"] != stored.get("bg_color"):
        chosen = {}
    chosen.update({name: colour for name, colour in read.items() if colour is not None})
    return {name: colour for name, colour in chosen.items() if name not in read or read[name] is not None}


def read_colour(value: Any) -> str | None:
    """`#rgb`, `#rrggbb` or the name of a swatch, as `#rrggbb`; None for anything else."""
    if not isinstance(value, str):
        return None
    word = value.strip().lower()
    if word in SWATCHES:
        return SWATCHES[word]
    if not _HEX.fullmatch(word):
        return None
    return word if len(word) == 7 else "#" + "".join(one * 2 for one in word[1:])


def colours(chosen: Mapping[str, str]) -> Colours:
    """Every colour: those that were chosen, the others from the first."""
    base = chosen.get("bg_color", USUAL)
    made = {
        "bg_color": base,
        "text_color": readable_on(base),
        "alternate_color": _lit(base, 0.72),
        "bright_shade": _mixed(base, "#ffffff", 0.9),
        "dark_shade": _mixed(base, "#000000", 0.55),
    }
    return Colours(**{**made, **{name: chosen[name] for name in NAMES if name in chosen}})


def poor(chosen: Mapping[str, str]) -> bool:
    """Whether a text colour that was chosen can hardly be read on its ground."""
    shown = colours(chosen)
    return "text_color" in chosen and contrast(shown.text_color, shown.bg_color) < POOR


def readable_on(ground: str) -> str:
    """White where it gives enough contrast, else black: one of the two always does."""
    return "#ffffff" if contrast("#ffffff", ground) >= ENOUGH else "#000000"


def contrast(one: str, other: str) -> float:
    """1 to 21 (WCAG 2.2, contrast ratio)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in _parts(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _written(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(one * 255):02x}" for one in parts)


def _mixed(colour: str, other: str, share: float) -> str:
    red, green, blue = (a * (1 - share) + b * share for a, b in zip(_parts(colour), _parts(other), strict=True))
    return _written((red, green, blue))


def _lit(colour: str, factor: float) -> str:
    hue, light, saturation = colorsys.rgb_to_hls(*_parts(colour))
    return _written(colorsys.hls_to_rgb(hue, light * factor, saturation))
