"""Readable keys of templates, steps and fields, frozen at creation (spec 30 §1.2, 00 ID-07)."""

import re
import secrets
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from procession.engine.model import TemplateDocument
from procession.kernel.folding import fold
from procession.kernel.ids import new_id

SLUG_LIMIT = 200
_OTHERS = re.compile(r"[^a-z0-9]+")
_VARIABLE = re.compile(r"\{\{.*?\}\}")
_TAIL = 6


def slug(text: str, otherwise: str) -> str:
    """`text` in a-z, 0-9 and dashes; `otherwise` when nothing of it is left."""
    plain = _OTHERS.sub("-", fold(_VARIABLE.sub(" ", text))).strip("-")
    return plain[:SLUG_LIMIT].rstrip("-") or otherwise


def template_alias(title: str, template_id: str) -> str:
    """`client-onboarding-9f31ab`: the slug and the end of the id."""
    return f"{slug(title, 'template')}-{template_id[-_TAIL:]}"


def free_alias(title: str, is_taken: Callable[[str], bool]) -> tuple[str, str]:
    """A new template's id and an alias that nobody has: another id when the alias made from it is taken."""
    while True:
        template_id = new_id()
        alias = template_alias(title, template_id)
        if not is_taken(alias):
            return template_id, alias


def part_alias(text: str, otherwise: str, taken: set[str]) -> str:
    """`client-name-4821`, unlike every alias in `taken`, to which it is added. After many misses more digits."""
    stem = slug(text, otherwise)
    for attempt in range(100):
        digits = 4 + attempt // 20
        alias = f"{stem}-{secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1)}"
        if alias not in taken:
            break
    else:
        alias = f"{stem}-{secrets.token_hex(8)}"
    taken.add(alias)
    return alias


def kept_alias(alias: object, text: str, otherwise: str, taken: set[str]) -> str:
    """The alias an import brings when it is free, so that variables survive (spec 30 §3.11 rule 5); else a new one."""
    if isinstance(alias, str) and re.fullmatch(r"[\w-]{1,300}", alias) and alias.casefold() not in taken:
        taken.add(alias.casefold())
        return alias
    return part_alias(text, otherwise, taken)


def aliases_in(document: TemplateDocument) -> set[str]:
    """Every alias of the template's parts, case folded: steps and fields share one namespace."""
    found = {field.alias.casefold() for field in document.kickoff}
    for step in document.steps:
        found.add(step.alias.casefold())
        found.update(field.alias.casefold() for field in step.fields)
    return found


def is_free(alias: str, document: TemplateDocument, besides: AbstractSet[str] = frozenset()) -> bool:
    """Whether no part of the template has the alias, those in `besides` aside."""
    return alias.casefold() not in aliases_in(document) - {one.casefold() for one in besides}
