"""The style sheet of an organization's texts: cleaned when it is saved, bound to the texts when it is served (41 §5.3).

What could carry data away, run something or leave the box of the text is taken out: imports, addresses elsewhere,
`expression`, `behavior`, fixed places, anything that could end a style element. Removes, never refuses.
"""

import re
from functools import lru_cache
from typing import Any

import tinycss2

CONTAINER = ".procession-content"
"""The element that pages put around texts of the organization: no selector reaches outside it."""

GROUPS = frozenset({"media", "supports", "layer", "container"})
"""At-rules with rules inside."""
FRAMES = frozenset({"keyframes", "-webkit-keyframes"})
FUNCTIONS = frozenset({"expression", "image-set", "-webkit-image-set", "src", "image", "element", "-moz-element"})
"""Functions that run, or take addresses as plain texts."""
PROPERTIES = frozenset({"behavior", "-moz-binding"})
PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
DEEPEST = 8
"""How deep blocks may nest."""


def clean_css(text: str) -> tuple[str, list[str]]:
    """The style sheet without what may not stay, and the names of what went, each once. Cleaning again changes nothing.

    A text with nothing wrong in it is kept to the letter.
    """
    gone: dict[str, None] = {}
    written = _rules(tinycss2.parse_stylesheet(text), "", gone)
    return (written.strip(), list(gone)) if gone else (text, [])


@lru_cache(maxsize=256)
def scoped_css(text: str) -> str:
    """The cleaned style sheet as pages load it: every selector begins inside the container."""
    return _rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), CONTAINER, {})


def _rules(nodes: list[Any], scope: str, gone: dict[str, None], depth: int = 0, *, frames: bool = False) -> str:
    written = [_rule(node, scope, gone, depth, frames=frames) for node in nodes]
    return "".join(written)


def _rule(node: Any, scope: str, gone: dict[str, None], depth: int, *, frames: bool) -> str:
    if node.type in ("whitespace", "comment"):
        return _kept(node.serialize(), gone)
    if node.type == "qualified-rule":
        selector = tinycss2.serialize(node.prelude).strip()
        if "</" in selector or any(one.type in ("error", "url", "bad-url") for one in node.prelude):
            gone["selector"] = None
            return ""
        if selector == "" or any(_strays(part) for part in _parts(node.prelude)):
            gone["selector"] = None
            return ""
        shown = selector if frames or not scope else _scoped(node.prelude, scope)
        return f"{shown} {{{_declarations(node.content, gone)}}}\n"
    if node.type == "at-rule":
        return _at_rule(node, scope, gone, depth)
    gone["unreadable"] = None
    return ""


def _at_rule(node: Any, scope: str, gone: dict[str, None], depth: int) -> str:
    name = node.lower_at_keyword
    head = tinycss2.serialize(node.prelude)
    known = name in GROUPS or name in FRAMES or name == "font-face"
    if node.content is None or not known or depth >= DEEPEST or "</" in head or _wrong(node.prelude) is not None:
        gone[f"@{name[:40]}"] = None
        return ""
    if name == "font-face":
        return f"@font-face {{{_declarations(node.content, gone)}}}\n"
    inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
    return f"@{name}{head.rstrip()} {{{_rules(inside, scope, gone, depth + 1, frames=name in FRAMES)}}}\n"


def _scoped(prelude: list[Any], scope: str) -> str:
    """Each selector of the list, below the container."""
    return ", ".join(f"{scope} {tinycss2.serialize(part).strip()}" for part in _parts(prelude))


def _parts(prelude: list[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _strays(part: list[Any]) -> bool:
    """Whether a selector is empty, or begins with `+` or `~`: below the container that would be its neighbour."""
    first = next((one for one in part if one.type not in ("whitespace", "comment")), None)
    return first is None or (first.type == "literal" and first.value in ("+", "~", "||", "|"))


def _declarations(content: list[Any], gone: dict[str, None]) -> str:
    written = []
    for one in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if one.type != "declaration":
            gone["nested rule" if one.type in ("qualified-rule", "at-rule") else "unreadable"] = None
            continue
        wrong = _wrong_declaration(one)
        if wrong is not None:
            gone[wrong] = None
            continue
        written.append(one.serialize())
    return "; ".join(written)


def _wrong_declaration(one: Any) -> str | None:
    name = one.lower_name
    if name in PROPERTIES:
        return str(name)
    if name == "position" and any(part.type == "ident" and part.lower_value == "fixed" for part in one.value):
        return "position: fixed"
    if "</" in one.serialize():
        return "</"
    if name.startswith("--") and any(part.type == "ident" and part.lower_value == "fixed" for part in one.value):
        return "position: fixed"  # `position: var(--x)` would be it by a detour
    return _wrong(one.value)


def _wrong(tokens: list[Any]) -> str | None:
    """What among these may not stay, looking into brackets and functions."""
    for token in tokens:
        if token.type in ("url", "bad-url", "error"):
            if token.type != "url" or not _at_home(token.value):
                return "url()"
        elif token.type == "function":
            if token.lower_name == "url":
                if not all(_at_home(one.value) for one in token.arguments if one.type == "string"):
                    return "url()"
            elif token.lower_name in FUNCTIONS:
                return f"{token.lower_name}()"
            if (found := _wrong(token.arguments)) is not None:
                return found
        elif token.type in ("() block", "[] block", "{} block") and (found := _wrong(token.content)) is not None:
            return found
    return None


def _at_home(address: str) -> bool:
    """A picture inside the sheet itself, or a path of this server."""
    if PICTURE.fullmatch(address.strip()):
        return True
    return re.fullmatch(r"/(?![/\\])[^\\\s:]*", address) is not None


def _kept(text: str, gone: dict[str, None]) -> str:
    if "</" in text:
        gone["</"] = None
        return ""
    return text
