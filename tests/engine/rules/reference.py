"""Part 31 once more, slow and obvious: no index, no memory but a log of what happened, which is read again each time.

Written from the text of the specification alone; the generated tests play the same history to it and to the engine.
It knows the types of field and the units of time that those histories use, on the clock of UTC.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from procession.engine.model import Owners, TemplateDocument
from procession.engine.rule import Action, Condition, Rule

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(days=7),
}
OPEN = ("not-started", "active", "in-progress")
Task = dict[str, Any]


class Reference:
    def __init__(
        self,
        document: TemplateDocument,
        tasks: dict[str, Task],
        start: datetime,
        *,
        members: set[int],
        groups: Mapping[str, Owners],
        guests: Mapping[str, str],
        fallback: list[int],
        office: bool,
    ) -> None:
        self.document, self.tasks, self.start = document, tasks, start
        self.members, self.groups, self.guests, self.fallback, self.office = members, groups, guests, fallback, office
        self.answers: dict[str, Any] = {}
        self.log: list[dict[str, Any]] = []
        self.now = start
        self.looked_at: list[str] = []
        self.fired: list[tuple[str, str, str | None]] = []
        self.called: list[tuple[str, str | None]] = []
        self.taken: list[str] = []
        self.stopped = False
        self.event: tuple[str, str | None] = ("launched", None)

    # -- §6: events and passes

    def happen(self, verb: str, step: str | None, fields: tuple[str, ...] = ()) -> None:
        self.looked_at, self.fired, self.called, self.taken, self.stopped = [], [], [], [], False
        self.event = (verb, step)
        if verb == "launched":
            for one in self.document.steps:
                task = self.tasks[one.id]
                shown = any(a.verb == "show" and a.target == one.id for r in self.active() for a in r.actions)
                if (one.hidden_by_default or shown) and task["status"] != "auto-skipped":
                    task.update(hidden_from=task["status"], status="auto-skipped", visibility_source="default")
        if verb == "submitted":
            self.log.append({"what": "submitted", "fields": fields})
        if verb == "reopened":
            self.log.append({"what": "reopened", "step": step})
            self.queue: list[tuple[str, str | None, int]] = []
            self.depth = 1
            self.take_back(step)
            self.queue.insert(0, (verb, step, 1))
        else:
            self.queue = [(verb, step, 1)]
        passes = 0
        while self.queue:
            verb, step, self.depth = self.queue.pop(0)
            passes += 1
            if self.depth > 10 or passes > 100:
                self.stopped = True
                return
            self.event = (verb, step)
            for rule in self.active():
                if self.is_candidate(rule) and rule.actions and self.armed(rule):
                    self.looked_at.append(rule.id)
                    if self.true(rule):
                        self.fire(rule)

    def active(self) -> list[Rule]:
        return [rule for rule in self.document.rules if rule.active]

    def owner(self, field_id: str) -> str | None:
        return next((s.id for s in self.document.steps for f in s.fields if f.id == field_id), None)

    def named(self, condition: Condition) -> str | None:
        return condition.subject if condition.kind == "step" else self.owner(condition.subject)

    def is_candidate(self, rule: Rule) -> bool:
        verb, step = self.event
        if verb == "launched":
            return any(c.kind == "kickoff" or c.operation == "not_assigned" for c in rule.conditions)
        if verb == "submitted":
            return any(c.kind == "kickoff" for c in rule.conditions)
        return any(self.named(c) == step for c in rule.conditions)

    def armed(self, rule: Rule) -> bool:
        """§6.4: it never fired, or something has happened since that arms it."""
        places = [n for n, one in enumerate(self.log) if one["what"] == "fired" and one["rule"] == rule.id]
        if not places:
            return True
        watched = [c.subject for c in rule.conditions if c.operation == "deadline_overdue"]
        if watched:
            dues = self.log[places[-1]]["dues"]
            return any(self.tasks[s]["deadline"] not in (None, dues.get(s)) for s in watched if s in self.tasks)
        for one in self.log[places[-1] :]:
            if one["what"] == "reopened" and any(self.named(c) == one["step"] for c in rule.conditions):
                return True
            if one["what"] == "submitted" and any(
                c.kind == "kickoff" and c.subject in one["fields"] for c in rule.conditions
            ):
                return True
        return False

    def fire(self, rule: Rule) -> None:
        self.fired.append((rule.id, *self.event))
        entry: dict[str, Any] = {"what": "fired", "rule": rule.id, "dues": {}}
        self.log.append(entry)
        for action in rule.actions:
            self.act(rule, action)
        entry["dues"] = {s: task["deadline"] for s, task in self.tasks.items()}

    # -- §4: conditions

    def true(self, rule: Rule) -> bool:
        result = False
        for number, condition in enumerate(rule.conditions):
            one = self.step_holds(condition) if condition.kind == "step" else self.field_holds(condition)
            if number == 0:
                result = one
            elif condition.logic == "and":
                result = result and one
            else:
                result = result or one
        return result

    def step_holds(self, condition: Condition) -> bool:
        task = self.tasks.get(condition.subject)
        if task is None:
            return False
        done, kind, approved = task["status"] == "completed", task["kind"], task["approved"]
        operation = condition.operation
        if operation == "reopened":
            return task["status"] in OPEN and task["reopened_at"] is not None
        if operation == "not_assigned":
            return task["status"] in OPEN and not (task["members"] or task["guests"] or task["groups"])
        if operation == "deadline_overdue":
            due = task["deadline"]
            return task["status"] in OPEN and due is not None and due < self.now and not task["projected"]
        if operation == "expired":
            return done and kind == "expiring" and approved is False
        wanted = {
            "completed": not (kind == "expiring" and approved is False),
            "approved": kind == "approval" and approved is True,
            "rejected": kind == "approval" and approved is False,
            "acknowledged": kind == "expiring" and approved is True,
        }
        return done and wanted[operation] and self.in_time(condition.statement, task["completed_at"], task["deadline"])

    def in_time(self, clause: Any, t: datetime, d: datetime | None) -> bool:
        day = timedelta(hours=24)
        if clause == "on-time":
            return d is None or t <= d
        if clause == "early_24":
            return d is not None and t <= d - day
        if clause == "late_24":
            return d is not None and t >= d + day
        if clause == "early":
            return d is not None and t < d
        if clause == "late":
            return d is not None and t > d
        return True

    def field_holds(self, condition: Condition) -> bool:
        if condition.kind == "field":
            owner = self.owner(condition.subject)
            task = self.tasks.get(owner or "")
            if task is None or (task["completed_at"] is None and task["reopened_at"] is None):
                return False
            if self.event == ("reopened", owner):
                return False
            fields = [f for s in self.document.steps for f in s.fields]
        else:
            fields = list(self.document.kickoff)
        field = next((f for f in fields if f.id == condition.subject), None)
        if field is None:
            return False
        answer = self.answers.get(condition.subject)
        if field.kind == "multiselect":
            values = [one["text"].strip().lower() for one in answer or [] if one["selected"]]
        elif field.kind == "assignees_form":
            values = [str(one) for bucket in (answer or {}).values() for one in bucket]
        else:
            values = [answer.strip().lower()] if answer and answer.strip() else []
        statement = condition.statement
        wanted = str(statement or "").strip().lower()
        operation = condition.operation
        if operation in ("is_empty", "is_not_empty"):
            return (not values) == (operation == "is_empty")
        if operation in ("equals", "not_equals"):
            return (wanted in values) == (operation == "equals")
        if operation in ("contains", "not_contains"):
            return any(wanted in one for one in values) == (operation == "contains")
        if operation == "equals_any":
            return any(one.strip().lower() in values for one in wanted.split(",") if one.strip())
        if field.kind == "multiselect" or not values:
            return False
        try:
            one, other = float(values[0]), float(wanted)
        except ValueError:
            return False
        if operation == "greater_than":
            return one > other
        if operation == "less_than":
            return one < other
        if operation == "greater_or_equal":
            return one >= other
        return one <= other

    # -- §5: actions

    def act(self, rule: Rule, action: Action) -> None:
        if action.verb == "emit_webhook":
            self.called.append((rule.id, self.event[1]))
            return
        task = self.tasks.get(action.target or "")
        if task is None:
            return
        if action.verb == "reopen":
            if task["status"] == "completed" and self.event != ("completed", action.target):
                self.reopen(task)
                self.emit("reopened", task["step"])
                self.log.append({"what": "reopened", "step": task["step"]})
                self.take_back(task["step"])
            return
        if task["status"] == "completed":
            return
        if action.verb in ("show", "hide"):
            self.see(rule, task, action.verb == "show")
        elif action.verb == "deadline":
            self.date(rule, task, action)
        else:
            self.assign(rule, task, action)

    def emit(self, verb: str, step: str) -> None:
        self.queue.append((verb, step, self.depth + 1))

    def reopen(self, task: Task) -> None:
        task.update(status="in-progress", completed_at=None, completed_by=None, approved=None, marks=[])
        task["reopened_at"] = self.now

    def changed(self, rule: Rule, task: Task, aspect: str, before: Any, after: Any) -> None:
        cause = self.event[1] if rule.reverse_on_reopen and self.event[0] == "completed" else None
        entry = {"what": "changed", "rule": rule.id, "step": task["step"], "aspect": aspect, "cause": cause}
        self.log.append(entry | {"before": before, "after": after, "undone": False})

    def see(self, rule: Rule, task: Task, visible: bool) -> None:
        hidden = task["status"] == "auto-skipped"
        if task["visibility_source"] == "manual" or hidden != visible:
            return
        self.turn(task, visible)
        self.changed(rule, task, "visibility", not visible, visible)

    def turn(self, task: Task, visible: bool) -> None:
        if visible:
            task.update(status=task["hidden_from"], hidden_from=None, visibility_source="rule")
        else:
            task.update(hidden_from=task["status"], status="auto-skipped", visibility_source="rule")

    def date(self, rule: Rule, task: Task, action: Action) -> None:
        shift, source = action.shift, action.source
        assert shift is not None
        anchor: datetime | None
        if source is None and shift.anchor == "start_run":
            anchor = self.start
        elif source is None and shift.anchor == "now":
            anchor = self.now
        elif source is None or source.id == task["step"]:
            anchor = task["deadline"] or self.now
        elif source.kind == "step":
            anchor = self.tasks[source.id]["deadline"] if source.id in self.tasks else None
        else:
            answer = self.answers.get(source.id)
            anchor = datetime.fromisoformat(answer[:10] + "T00:00:00+00:00") if answer else None
        if anchor is None:
            return
        span = shift.value * UNITS[shift.unit]
        due = self.working(anchor + span if shift.option == "from" else anchor - span)
        before = (task["deadline"], task["by_hand"], task["projected"])
        if before == (due, True, False):
            return
        task.update(deadline=due, by_hand=True, projected=False)
        self.changed(rule, task, "deadline", before, due)
        if before[0] != due:
            self.follow(task["step"], None)

    def working(self, moment: datetime) -> datetime:
        """§5.3: forward to the next opening, in an office that is open from 9 to 17 on weekdays."""
        moment = moment.replace(microsecond=0)
        while self.office:
            opens = moment.replace(hour=9, minute=0, second=0)
            closes = moment.replace(hour=17, minute=0, second=0)
            if moment.weekday() < 5 and opens <= moment <= closes:
                break
            if moment.weekday() < 5 and moment < opens:
                return opens
            moment = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        return moment

    def follow(self, step: str, completed_at: datetime | None) -> None:
        """20 §5.6: what hangs on a step's deadline, or on its completion, and what hangs on that."""
        for task in self.tasks.values():
            rule = task["rule"]
            if rule is None or rule.step != step or task["by_hand"] or task["status"] == "completed":
                continue
            if rule.option == "prior_to" and completed_at is not None:
                continue  # 30 §8.3: it follows the due date, not the completion
            before = task["deadline"]
            self.by_formula(task, completed_at)
            if task["deadline"] != before:
                self.follow(task["step"], None)

    def by_formula(self, task: Task, completed_at: datetime | None) -> None:
        rule = task["rule"]
        span = rule.value * UNITS[rule.unit]
        due = self.tasks[rule.step]["deadline"]
        if rule.option == "prior_to":
            if due is not None:
                task.update(deadline=self.working(due - span), projected=False)
        elif completed_at is not None:
            task.update(deadline=self.working(completed_at + span), projected=False)
        elif task["projected"] and due is not None:
            task.update(deadline=self.working(due + span))

    # -- §5.1: people

    def assign(self, rule: Rule, task: Task, action: Action) -> None:
        named = action.assignees
        wanted: list[list[Any]] = [list(named.members), list(named.guests), list(named.groups)]
        picked: list[list[Any]] = [[], [], []]
        if action.source is not None:
            answer = self.answers.get(action.source.id)
            if isinstance(answer, dict):
                picked = [list(answer["users"]), list(answer["guests"]), list(answer["groups"])]
        present: list[list[Any]] = [list(task["members"]), list(task["guests"]), list(task["groups"])]
        if action.verb == "clear_assignees":
            self.give(rule, task, [[], [], []])
            return
        if action.verb == "unassign":
            gone = picked if any(picked) else wanted
            if any(gone):
                self.give(rule, task, [[x for x in a if x not in b] for a, b in zip(present, gone, strict=True)])
            return
        people = self.who_may(task, picked)
        if not any(people):
            people = self.who_may(task, wanted)
        if not any(people):
            return
        result = present if action.verb == "assign" else [[], [], []]
        for bucket, names in enumerate(people):
            for one in names:
                grown = [list(x) for x in result]
                if one not in grown[bucket]:
                    grown[bucket].append(one)
                room = task["cap"] == 0 or self.count(task, grown) <= task["cap"]
                if room or self.count(task, grown) == self.count(task, result):
                    result = grown
        if any(result):
            self.give(rule, task, result)

    def who_may(self, task: Task, named: list[list[Any]]) -> list[list[Any]]:
        return [
            [one for one in named[0] if one in self.members],
            [one for one in named[1] if task["guests_allowed"]],
            [one for one in named[2] if one in self.groups],
        ]

    def count(self, task: Task, owners: list[list[Any]]) -> int:
        return len(self.people(owners, task["co"]))

    def people(self, owners: list[list[Any]], co: int | None) -> set[Any]:
        inside = [self.groups[one] for one in owners[2] if one in self.groups]
        found = {one for one in owners[0] if one != co} | set(owners[1])
        for one in inside:
            found |= set(one.members) | set(one.guests)
        return found

    def joined(self, task: Task, owners: list[list[Any]]) -> tuple[list[list[Any]], int | None]:
        """20 §6.3: no guests alone."""
        others = self.people(owners, task["co"])
        has_guest = any(isinstance(one, str) for one in others)
        has_member = any(isinstance(one, int) for one in others)
        if not has_guest or has_member:
            return owners, None
        if owners[0]:
            return owners, task["co"]
        return [[self.fallback[0]], owners[1], owners[2]], self.fallback[0]

    def give(self, rule: Rule | None, task: Task, owners: list[list[Any]]) -> bool:
        present = [task["members"], task["guests"], task["groups"]]
        owners, co = self.joined(task, owners)
        if [set(one) for one in owners] == [set(one) for one in present]:
            return False
        added = [[x for x in a if x not in b] for a, b in zip(owners, present, strict=True)]
        task.update(members=owners[0], guests=owners[1], groups=owners[2], co=co)
        required = {self.guests.get(one, one) if isinstance(one, str) else f"u{one}" for one in self.people(owners, co)}
        task["marks"] = [mark for mark in task["marks"] if mark.principal in required]
        if rule is not None:
            self.changed(rule, task, "owners", added, [set(one) for one in owners])
        if not any(owners):
            self.emit("unassigned", task["step"])
        marked = {mark.principal for mark in task["marks"]}
        waits = task["everyone"] and task["kind"] in ("task", "approval") and task["status"] in OPEN
        if waits and required and required <= marked:
            self.complete(task)
        return True

    def complete(self, task: Task) -> None:
        last = max(enumerate(task["marks"]), key=lambda pair: (pair[1].at, pair[0]))[1]
        approved = all(mark.approved for mark in task["marks"]) if task["kind"] == "approval" else None
        task.update(status="completed", completed_at=self.now, completed_by=last.principal, approved=approved)
        self.follow(task["step"], self.now)
        self.emit("completed", task["step"])

    # -- §6.4: taking back

    def take_back(self, step: str | None) -> None:
        told: list[str] = []
        entries = [one for one in self.log if one["what"] == "changed"]
        for entry in reversed(entries):
            if entry["cause"] != step or entry["undone"] or entry["cause"] is None:
                continue
            same = [one for one in entries if (one["step"], one["aspect"]) == (entry["step"], entry["aspect"])]
            later = same[[one is entry for one in same].index(True) + 1 :]
            if any(one["cause"] is None for one in later):
                entry["undone"] = True  # what came to stay covers it for good
                continue
            stands = all(one["undone"] for one in later)
            entry["undone"] = True
            told.append(entry["rule"])
            task = self.tasks.get(entry["step"])
            if stands and task is not None and task["status"] != "completed":
                self.undo(task, entry)
        self.taken += list(dict.fromkeys(told))

    def undo(self, task: Task, entry: dict[str, Any]) -> None:
        if entry["aspect"] == "visibility":
            visible = task["status"] != "auto-skipped"
            if visible == entry["after"] and task["visibility_source"] != "manual":
                self.turn(task, not visible)
        elif entry["aspect"] == "deadline":
            if task["deadline"] == entry["after"] and task["by_hand"]:
                now = task["deadline"]
                task["deadline"], task["by_hand"], task["projected"] = entry["before"]
                if not task["by_hand"] and task["rule"] is not None and task["rule"].step in self.tasks:
                    self.by_formula(task, self.tasks[task["rule"].step]["completed_at"])
                if task["deadline"] != now:
                    self.follow(task["step"], None)
        else:
            owners = [task["members"], task["guests"], task["groups"]]
            if [set(one) for one in owners] == entry["after"]:
                self.give(
                    None, task, [[x for x in a if x not in b] for a, b in zip(owners, entry["before"], strict=True)]
                )
