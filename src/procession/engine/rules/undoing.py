"""Rules taken back when the task whose completion made them fire is reopened (spec 31 §6.4, `reverse_on_reopen`)."""

from collections.abc import Callable, Mapping

import msgspec

from procession.engine.rule import Verb
from procession.engine.rules.assigning import give_back, same_people
from procession.engine.rules.dating import refreshed, write_deadline
from procession.engine.rules.progress import Progress, tell
from procession.engine.rules.state import Effect, Execution, Performed, RuleTask, Undo
from procession.engine.rules.visibility import MANUAL, change_visibility


def take_back(run: Progress, step_id: str) -> None:
    """Take back what rules did because this task was completed: the last change first, each only where it still stands.

    A change stands while the task is open and nothing else has changed the same of it since: no other rule's change
    came after it, and it is as the rule left it.
    """
    undone: dict[str, list[Performed]] = {}
    effects: dict[str, list[Effect]] = {}
    outer = run.own
    for place in range(len(run.undo) - 1, -1, -1):
        undo = run.undo[place]
        if undo.cause != step_id:
            continue
        stands = all((one.step, one.aspect) != (undo.step, undo.aspect) for one in run.undo[place + 1 :])
        del run.undo[place]
        task = run.tasks.get(undo.step)
        run.own = effects.setdefault(undo.rule, [])
        performed = Performed(action="", verb=_VERBS[undo.aspect](undo), step=undo.step, reason="already")
        if stands and task is not None and task.status != "completed" and _UNDOERS[undo.aspect](run, undo, task):
            performed = msgspec.structs.replace(performed, reason=None)
        undone.setdefault(undo.rule, []).append(performed)
    run.own = outer
    for rule_id, actions in undone.items():
        name = run.book.by_id[rule_id].rule.name if rule_id in run.book.by_id else ""
        execution = Execution(event=run.wave.event, rule=rule_id, name=name, actions=tuple(actions), reversed=True)
        tell(run, execution, effects[rule_id])


def _undo_visibility(run: Progress, undo: Undo, task: RuleTask) -> bool:
    visible = task.status != "auto-skipped"
    if task.visibility_source == MANUAL or visible != undo.shown:
        return False
    change_visibility(run, undo.rule, task, not undo.shown)
    return True


def _undo_deadline(run: Progress, undo: Undo, task: RuleTask) -> bool:
    if task.deadline != undo.due or not task.dated_by_hand:
        return False
    after = msgspec.structs.replace(
        task,
        deadline=undo.due_before,
        dated_by_hand=undo.by_hand_before,
        deadline_projected=undo.projected_before,
    )
    write_deadline(run, undo.rule, task, after if undo.by_hand_before else refreshed(run, after))
    return True


def _undo_owners(run: Progress, undo: Undo, task: RuleTask) -> bool:
    if not same_people(task.owners, undo.owners):
        return False
    return give_back(run, undo.rule, task, undo.added)


_UNDOERS: Mapping[str, Callable[[Progress, Undo, RuleTask], bool]] = {
    "visibility": _undo_visibility,
    "deadline": _undo_deadline,
    "owners": _undo_owners,
}
_VERBS: Mapping[str, Callable[[Undo], Verb]] = {
    "visibility": lambda undo: "hide" if undo.shown else "show",
    "deadline": lambda _: "deadline",
    "owners": lambda _: "unassign",
}
