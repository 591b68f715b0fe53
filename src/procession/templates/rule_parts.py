"""What is left of the rules of a template when a step or field they name goes (spec 30 §9.3, §3.11 rule 2)."""

import msgspec

from procession.engine.rule import Rule, Source

Rules = tuple[Rule, ...]


def without_parts(rules: Rules, gone: frozenset[str]) -> tuple[Rules, list[Rule]]:
    """The rules without the conditions and actions that name one of `gone`, and those that lost any, as they were.

    A rule that is left without conditions or without actions does nothing: it goes.
    """
    kept: list[Rule] = []
    touched: list[Rule] = []
    for rule in rules:
        left = msgspec.structs.replace(
            rule,
            conditions=tuple(one for one in rule.conditions if one.subject not in gone),
            actions=tuple(one for one in rule.actions if one.target not in gone and not _from(one.source, gone)),
        )
        if left == rule:
            kept.append(rule)
            continue
        touched.append(rule)
        if left.conditions and left.actions:
            kept.append(left)
    return tuple(kept), touched


def _from(source: Source | None, gone: frozenset[str]) -> bool:
    return source is not None and source.id in gone
