"""Conditions: every operation on every type (spec 31 §4), as tables."""

from datetime import timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.dates import zone
from procession.engine.model import Column, Field, FieldKind, Option, Owners, TemplateDocument
from procession.engine.rule import Condition, FieldOperation, Logic, Operation, StepOperation
from procession.engine.rules.book import compile_rules
from procession.engine.rules.conditions import FIELD_OPERATIONS, STEP_OPERATIONS, asking, find, holds
from procession.engine.rules.state import Finding, RuleTask
from procession.engine.rules.statements import read_number, read_statement
from procession.engine.rules.values import SHOWN_ITEMS, SHOWN_LENGTH, read_value
from tests.engine.rules.world import START, World, ask, field, on, rule, show, step

ALL: tuple[FieldOperation, ...] = get_args(FieldOperation)
KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
BERLIN = "Europe/Berlin"
OPTIONS = (Option(1, "Red"), Option(2, "Dark Blue"), Option(3, "10"))
COLUMNS = (Column(1, "Item"), Column(2, "Price"))


def kickoff_field(kind: FieldKind, **more: Any) -> Field:
    shape: dict[str, Any] = {"columns": COLUMNS} if kind == "table" else {}
    if kind in ("radio", "dropdown", "multiselect"):
        shape = {"options": OPTIONS}
    return field("K_x", kind, **(shape | more))


def decide(one: Field, operation: Operation, value: Any, statement: Any = None, column: str | None = None) -> bool:
    """Whether a condition on the kick-off field `one`, answered with `value`, holds in Berlin."""
    condition = Condition(
        id="c", kind="kickoff", subject=one.id, operation=operation, statement=statement, column=column
    )
    document = TemplateDocument(title="T", kind="procedure", kickoff=(one,), rules=(rule("R", [condition], []),))
    book = compile_rules(document)
    return find(book.rules[0], asking(book, {}, {one.id: value}, START, BERLIN))[0].met


def chosen(*texts: str) -> list[dict[str, Any]]:
    return [{"id": one.id, "text": one.text, "selected": one.text in texts} for one in OPTIONS]


FILES = [{"id": "f1", "filename": "Contract.pdf"}, {"filename": "photo.JPG", "url": "u"}]
TABLE = [["Desk", "Lamp"], ["1,200", "40"]]
PICKED = {"users": [12], "guests": ["kim@client.io"], "groups": ["aa11"]}
DAY = "2026-05-21T00:00:00.000Z"
TIME = "2026-05-21T22:30:00.000Z"  # 22 May 00:30 in Berlin

# kind, more of the field, value, operation, statement, holds
TABLE_OF_OPERATIONS: list[tuple[FieldKind, dict[str, Any], Any, FieldOperation, Any, bool]] = [
    # §4.4 rule 2: trimmed, without case
    ("text", {}, "  Acme Ltd ", "equals", "acme ltd", True),
    ("text", {}, "Acme", "equals", "Acme Ltd", False),
    ("text", {}, "STRASSE", "equals", "straße", True),
    ("text", {}, "Acme", "not_equals", "acme", False),
    ("text", {}, "Acme", "not_equals", "other", True),
    # rule 4
    ("text", {}, "Acme Ltd", "contains", " LTD ", True),
    ("text", {}, "Acme Ltd", "contains", "inc", False),
    ("text", {}, "Acme Ltd", "contains", "", True),
    ("text", {}, "Acme Ltd", "contains", None, True),
    ("text", {}, "Acme Ltd", "not_contains", "inc", True),
    ("text", {}, "Acme Ltd", "not_contains", "", False),
    # rule 5
    ("text", {}, "b", "equals_any", "a, B ,c", True),
    ("text", {}, "b", "equals_any", '["a","B"]', True),
    ("text", {}, "1", "equals_any", "[1, 2, null]", True),
    ("text", {}, "a,b", "equals_any", ("a,b", "c"), True),
    ("text", {}, "a,b", "equals_any", "a,b", False),
    ("text", {}, "[a", "equals_any", "[a,b", True),
    ("text", {}, '{"a":1}', "equals_any", '{"a":1}', True),
    ("text", {}, "x", "equals_any", ("a", "b"), False),
    ("text", {}, "x", "equals_any", ",,", False),
    ("text", {}, "x", "equals_any", (), False),
    ("text", {}, "x", "equals", ("y", "X"), True),
    # rule 6
    ("text", {"prefix": "$"}, "$ 50,000.50", "greater_than", "50000", True),
    ("text", {"prefix": "$"}, "50000.5", "equals", "$50000.5", False),
    ("text", {"prefix": "$"}, "-$5", "less_than", "$-4.5", True),
    ("text", {"prefix": "$"}, "5", "greater_or_equal", "$5.00", True),
    ("text", {"suffix": "kg"}, "1 000 KG", "greater_than", "999", True),
    ("text", {"suffix": "kg"}, "1'000kg", "less_or_equal", "1,000", True),
    ("text", {}, "10", "greater_than", "9", True),
    ("text", {}, "10", "greater_than", "10", False),
    ("text", {}, "10", "greater_or_equal", "10", True),
    ("text", {}, "10", "less_than", "10", False),
    ("text", {}, "10", "less_or_equal", "10", True),
    ("text", {}, "1e3", "greater_than", "999", True),
    ("text", {}, "+.5", "less_than", "1.", True),
    ("text", {}, "1,5", "greater_than", "1", False),
    ("text", {}, "12,34", "less_than", "99999", False),
    ("text", {}, "ten", "greater_than", "1", False),
    ("text", {}, "10", "greater_than", "one", False),
    ("text", {}, ".", "less_than", "5", False),
    ("text", {}, "e5", "less_than", "5", False),
    ("text", {}, "10 20", "greater_than", "1000", True),  # a blank may part thousands
    ("email", {}, "Ann@Client.io", "equals", "ann@client.io", True),
    ("email", {}, "ann@client.io", "contains", "@client", True),
    # rule 1: rich text without its tags
    ("textarea", {"rich": True}, "<p>Total: <b>40</b></p>", "equals", "total: 40", True),
    ("textarea", {"rich": True}, "<p>Total</p>", "contains", "<p>", False),
    ("textarea", {"rich": True}, "<p>&nbsp;</p>", "is_empty", None, True),
    ("textarea", {}, "<p>Total</p>", "contains", "<p>", True),
    ("radio", {}, "Dark Blue", "equals", "dark blue", True),
    ("radio", {}, "Dark Blue", "contains", "blue", True),
    ("radio", {}, "10", "greater_than", "9.5", True),
    ("dropdown", {}, {"id": 2, "text": "Dark Blue"}, "equals", "dark blue", True),
    ("dropdown", {}, {"id": 2}, "equals", "dark blue", True),
    ("dropdown", {}, {"id": 9}, "is_empty", None, True),
    ("dropdown", {}, {"id": 3, "text": "10"}, "less_than", "11", True),
    ("dropdown", {}, {"id": 1, "text": "Red"}, "equals_any", ("green", "red"), True),
    # rule 3: a list equals what one of its elements equals
    ("multiselect", {}, chosen("Red", "10"), "equals", "red", True),
    ("multiselect", {}, chosen("Red", "10"), "equals", "dark blue", False),
    ("multiselect", {}, chosen("Red", "10"), "not_equals", "red", False),
    ("multiselect", {}, chosen("Red", "10"), "not_equals", "dark blue", True),
    ("multiselect", {}, chosen("Dark Blue"), "contains", "blue", True),
    ("multiselect", {}, chosen("Dark Blue"), "not_contains", "red", True),
    ("multiselect", {}, chosen("Dark Blue"), "equals_any", "red,dark blue", True),
    ("multiselect", {}, chosen("Dark Blue", "10"), "equals_any", "red,dark blue", True),
    ("multiselect", {}, chosen("10"), "greater_than", "9", False),
    ("multiselect", {}, chosen(), "is_empty", None, True),
    ("file", {}, FILES, "contains", ".jpg", True),
    ("file", {}, FILES, "not_contains", "invoice", True),
    ("file", {}, FILES, "contains", "", True),
    ("file", {}, FILES, "equals", "contract.pdf", False),
    ("table", {}, TABLE, "contains", "lamp", True),
    ("table", {}, TABLE, "not_contains", "chair", True),
    ("table", {}, [["", " "], [None]], "is_empty", None, True),
    ("table", {}, TABLE, "is_not_empty", None, True),
    ("assignees_form", {}, PICKED, "contains", "12", True),
    ("assignees_form", {}, PICKED, "contains", "1", False),
    ("assignees_form", {}, PICKED, "contains", "@client.io", True),
    ("assignees_form", {}, PICKED, "contains", "", True),
    ("assignees_form", {}, PICKED, "equals", "AA11", True),
    ("assignees_form", {}, PICKED, "equals", "kim@client.io", True),
    ("assignees_form", {}, PICKED, "not_equals", "99", False),
    ("assignees_form", {}, PICKED, "is_not_empty", None, True),
    ("assignees_form", {}, {"users": ["x", 12]}, "equals", "12", True),
    # dates: by day where the statement is a day, else by minute, on the organization's clock
    ("date", {}, DAY, "equals", "2026-05-21", True),
    ("date", {}, DAY, "not_equals", "2026-05-22", True),
    ("date", {}, DAY, "contains", "2026-05", True),
    ("date", {}, DAY, "contains", "00:00", False),
    ("date", {}, DAY, "greater_than", "2026-05-20", True),
    ("date", {}, DAY, "greater_than", "2026-05-21", False),
    ("date", {}, DAY, "greater_or_equal", "2026-05-21", True),
    ("date", {}, DAY, "less_than", "2026-05-22", True),
    ("date", {}, DAY, "less_than", "2026-05-21 00:01", True),
    ("date", {}, DAY, "less_or_equal", "2026-05-20T22:00:00Z", True),  # midnight of the 21st in Berlin
    ("date", {}, DAY, "less_than", "2026-05-20T22:00:00Z", False),
    ("date", {}, DAY, "greater_than", "soon", False),
    ("date", {}, DAY, "equals", "soon", False),
    ("date", {"collect_time": True}, TIME, "equals", "2026-05-22", True),
    ("date", {"collect_time": True}, TIME, "equals", "2026-05-22 00:30", True),
    ("date", {"collect_time": True}, TIME, "equals", "2026-05-21T22:30:59.5Z", True),
    ("date", {"collect_time": True}, TIME, "equals", "2026-05-22T00:30:00+0200", True),
    ("date", {"collect_time": True}, TIME, "contains", "22 00:3", True),
    ("date", {"collect_time": True}, TIME, "greater_than", "2026-05-22", False),
    ("date", {"collect_time": True}, TIME, "greater_than", "2026-05-22 00:29", True),
    ("date", {"collect_time": True}, TIME, "less_than", "2026-05-22T00:31", True),
    ("date", {"collect_time": True}, "9999-12-31T23:59:00.000Z", "greater_than", "2026-05-22", True),
    ("date", {}, 7, "is_empty", None, True),
    ("date", {}, "soon", "is_empty", None, True),
    ("date", {"collect_time": True}, "soon", "is_empty", None, True),
]


@pytest.mark.parametrize(("kind", "more", "value", "operation", "statement", "expected"), TABLE_OF_OPERATIONS)
def test_operations(
    kind: FieldKind, more: dict[str, Any], value: Any, operation: FieldOperation, statement: Any, expected: bool
) -> None:
    """§4.4 rules 1 to 7."""
    assert decide(kickoff_field(kind, **more), operation, value, statement) is expected


FILLED: dict[FieldKind, Any] = {
    "text": "9",
    "textarea": "9",
    "email": "a@b.io",
    "radio": "Red",
    "dropdown": {"id": 1, "text": "Red"},
    "multiselect": chosen("Red"),
    "date": DAY,
    "file": FILES,
    "table": TABLE,
    "assignees_form": PICKED,
}
EMPTY: dict[FieldKind, list[Any]] = {
    "text": [None, "", "  ", [], {}],
    "textarea": [None, "", "\n"],
    "email": [None, ""],
    "radio": [None, "", []],
    "dropdown": [None, {}, "", []],
    "multiselect": [None, [], chosen(), "Red"],
    "date": [None, ""],
    "file": [None, [], [{}], ["x"]],
    "table": [None, [], [[], []], [["", None], [" "]]],
    "assignees_form": [None, {}, {"users": [], "guests": [], "groups": []}, {"users": "x"}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_empty_values(kind: FieldKind) -> None:
    """§4.4 rules 7 and 8, 31 §12.7: the negative operations are true of nothing, the others are not."""
    for value, operation in product(EMPTY[kind], ALL):
        expected = operation in ("not_equals", "not_contains", "is_empty")
        fits = operation in FIELD_OPERATIONS[kind]
        for statement in ("Red", "", "1"):
            held = decide(kickoff_field(kind), operation, value, statement)
            assert held == (expected and fits), (value, operation, statement)


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_fit_the_type_is_false(kind: FieldKind) -> None:
    """§4.3, §3.2: also the negative ones."""
    for operation in ALL:
        if operation not in FIELD_OPERATIONS[kind]:
            assert not decide(kickoff_field(kind), operation, FILLED[kind], "zzz")
    for word in get_args(StepOperation):
        assert not decide(kickoff_field(kind), word, FILLED[kind], "any_time")


def test_the_accepted_column() -> None:
    """§4.3: what the API accepts, type by type."""
    order = {"greater_than", "less_than", "greater_or_equal", "less_or_equal"}
    assert FIELD_OPERATIONS["text"] == FIELD_OPERATIONS["radio"] == FIELD_OPERATIONS["dropdown"] == set(ALL)
    assert FIELD_OPERATIONS["multiselect"] == set(ALL) - order
    assert FIELD_OPERATIONS["date"] == set(ALL) - {"equals_any"}
    assert FIELD_OPERATIONS["table"] == FIELD_OPERATIONS["file"]
    assert FIELD_OPERATIONS["file"] == {"contains", "not_contains", "is_empty", "is_not_empty"}
    assert FIELD_OPERATIONS["assignees_form"] == {"contains", "equals", "is_empty", "is_not_empty"}


@pytest.mark.parametrize(
    ("column", "operation", "statement", "expected"),
    [
        ("Item", "contains", "desk", True),
        (" price ", "contains", "desk", False),
        ("1", "contains", "desk", True),
        ("Price", "not_contains", "desk", True),
        ("Gone", "contains", "desk", False),
        ("Gone", "not_contains", "desk", False),
        ("Gone", "is_empty", None, False),
    ],
)
def test_column_of_a_table(column: str, operation: FieldOperation, statement: Any, expected: bool) -> None:
    """§2.3; a column that does not exist any more fits nothing."""
    assert decide(kickoff_field("table"), operation, TABLE, statement, column) is expected


class TestStepFields:
    """§4.4 rules 9 and 11, 31 §12.7."""

    @pytest.mark.parametrize("operation", ["not_equals", "not_contains", "is_empty", "contains"])
    def test_count_once_their_task_has_been_completed(self, operation: FieldOperation) -> None:
        value = "x" if operation == "contains" else ""
        condition = ask("F_a", operation, "x")
        # Both steps are named, so that the rule is a candidate of either.
        rules = [rule("R", [on("S_b", "completed"), condition], [show("S_c")])]
        world = World([step("S_a", "task", field("F_a")), step("S_b"), step("S_c")], rules)
        world.launch({"F_a": value})
        world.complete("S_b")
        assert world.looked_at() == {"R": False}
        assert world.last.evaluations[0].findings[1] == Finding(condition.id, False)
        world.complete("S_a")
        assert world.fired() == ["R"]

    def test_count_again_after_a_reopening_but_not_for_it(self) -> None:
        rules = [rule("R", [ask("F_a", "equals", "x"), on("S_b", "completed")], [show("S_c")])]
        world = World([step("S_a", "task", field("F_a")), step("S_b"), step("S_c")], rules)
        world.launch()
        world.complete("S_a", answers={"F_a": "x"})
        world.reopen("S_a")
        assert [one.met for one in world.last.evaluations[0].findings] == [False, False]
        world.complete("S_b")
        assert world.fired() == ["R"]

    def test_of_a_hidden_task(self) -> None:
        """Rule 11: they count if the task was completed before it was hidden."""
        rules = [rule("R", [ask("F_a", "is_empty"), on("S_b", "completed")], [show("S_c")])]
        for before in (True, False):
            world = World([step("S_a", "task", field("F_a")), step("S_b"), step("S_c")], rules)
            world.launch()
            if before:
                world.complete("S_a")
                world.reopen("S_a")
            world.by_hand("S_a", visible=False)
            world.complete("S_b")
            assert world.fired() == (["R"] if before else [])

    def test_kickoff_fields_count_from_the_launch(self) -> None:
        """Rule 10."""
        rules = [rule("R", [ask("K_a", "not_equals", "x")], [show("S_a")])]
        world = World([step("S_a")], rules, [field("K_a")])
        world.launch()
        assert world.fired() == ["R"]

    @pytest.mark.parametrize(
        "condition", [ask("K_gone", "is_empty"), ask("F_gone", "is_empty"), ask("K_s", "is_empty")]
    )
    def test_what_does_not_exist_is_false(self, condition: Condition) -> None:
        rules = [rule("R", [ask("K_a", "is_empty"), condition], [show("S_a")])]
        world = World([step("S_a", "task", field("K_s"))], rules, [field("K_a")])
        world.launch()
        assert world.looked_at() == {"R": False}

    def test_a_field_of_a_step_that_was_left_out_is_false(self) -> None:
        rules = [rule("R", [on("S_b", "completed"), ask("F_a", "is_empty")], [show("S_b")])]
        world = World([step("S_a", "task", field("F_a")), step("S_b")], rules)
        tasks = {"S_b": world["S_b"]}
        book = world.book
        assert [one.met for one in find(book.rules[0], asking(book, tasks, {}, START, "UTC"))] == [False, False]


def task(**members: Any) -> RuleTask:
    return RuleTask(id="t", step_id="S_a", **members)


DONE: dict[str, Any] = {"status": "completed", "completed_at": START}
AGAIN: dict[str, Any] = {"status": "in-progress", "reopened_at": START}
EARLIER = START - timedelta(hours=1)

STATES: list[tuple[RuleTask, set[str]]] = [
    (task(owners=Owners((1,))), set()),
    (task(), {"not_assigned"}),
    (task(status="active", owners=Owners(guests=("a@b.io",))), set()),
    (task(owners=Owners(groups=("g1",))), set()),
    (task(**DONE), {"completed"}),
    (task(**DONE, kind="approval", approved=True), {"completed", "approved"}),
    (task(**DONE, kind="approval", approved=False), {"completed", "rejected"}),
    (task(**DONE, kind="approval"), {"completed"}),  # closed by a job, without a decision
    (task(**DONE, kind="expiring", approved=True), {"completed", "acknowledged"}),
    (task(**DONE, kind="expiring", approved=False), {"expired"}),
    (task(**DONE, kind="expiring_email", approved=False), {"completed"}),
    (task(**DONE, kind="email"), {"completed"}),
    (task(**DONE, reopened_at=EARLIER), {"completed"}),
    (task(**AGAIN, owners=Owners((1,))), {"reopened"}),
    (task(status="auto-skipped", hidden_from="in-progress", reopened_at=START), set()),
    (task(status="auto-skipped", deadline=EARLIER), set()),
    (task(deadline=EARLIER, owners=Owners((1,))), {"deadline_overdue"}),
    (task(deadline=START, owners=Owners((1,))), set()),
    (task(deadline=EARLIER, deadline_projected=True, owners=Owners((1,))), set()),
    (task(**DONE, deadline=EARLIER), {"completed"}),
]


@pytest.mark.parametrize(("one", "true"), STATES)
def test_step_operations(one: RuleTask, true: set[str]) -> None:
    """§4.1: the truth of each operation in each state. A hidden task satisfies none."""
    for word in get_args(StepOperation):
        assert met(on("S_a", word), one) == (word in true), word


def met(condition: Condition, one: RuleTask | None) -> bool:
    document = TemplateDocument(title="T", kind="procedure", steps=(step("S_a"),), rules=(rule("R", [condition], []),))
    book = compile_rules(document)
    tasks = {"S_a": one} if one is not None else {}
    return find(book.rules[0], asking(book, tasks, {}, START, "UTC"))[0].met


def test_a_step_without_task_satisfies_nothing() -> None:
    assert not any(met(on("S_a", word), None) for word in get_args(StepOperation))
    assert not met(Condition(id="c", kind="step", subject="S_a", operation="is_empty"), task(**DONE))


def test_kinds_of_step_operations() -> None:
    assert STEP_OPERATIONS["approved"] == STEP_OPERATIONS["rejected"] == frozenset({"approval"})
    assert STEP_OPERATIONS["expired"] == STEP_OPERATIONS["acknowledged"] == frozenset({"expiring"})
    assert STEP_OPERATIONS["completed"] is STEP_OPERATIONS["not_assigned"] is None


HOURS = [None, -25, -24, -23, -1, 0, 1, 23, 24, 25]
CLAUSES: dict[str | None, list[Any]] = {
    "any_time": HOURS,
    None: HOURS,
    "whatever": HOURS,
    "on-time": [None, -25, -24, -23, -1, 0],
    "early_24": [-25, -24],
    "late_24": [24, 25],
    "early": [-25, -24, -23, -1],
    "late": [1, 23, 24, 25],
}


@pytest.mark.parametrize("clause", list(CLAUSES))
@pytest.mark.parametrize("word", ["completed", "approved", "rejected", "acknowledged", "expired"])
def test_time_clauses(clause: str | None, word: StepOperation) -> None:
    """§4.2: hours after (before: negative) the due date; None: there is none. Other operations ignore the clause."""
    kind: Any = "approval" if word in ("approved", "rejected") else "expiring" if word != "completed" else "task"
    approved = {"completed": None, "rejected": False, "expired": False}.get(word, True)
    for hours in HOURS:
        deadline = None if hours is None else START - timedelta(hours=hours)
        one = task(**DONE, kind=kind, approved=approved, deadline=deadline)
        expected = word == "expired" or hours in CLAUSES[clause]
        assert met(on("S_a", word, clause), one) == expected, hours


@pytest.mark.parametrize("truth", list(product((True, False), repeat=3)))
def test_left_fold_of_three(truth: tuple[bool, bool, bool]) -> None:
    """§4.5, 31 §12.6: all eight combinations, whatever the first one's logic says."""
    a, b, c = truth
    for ignored in ("and", "or"):
        assert fold(truth, (ignored, "and", "or")) == ((a and b) or c)
        assert fold(truth, (ignored, "or", "and")) == ((a or b) and c)
        assert fold(truth, (ignored, "and", "and")) == (a and b and c)
        assert fold(truth, (ignored, "or", "or")) == (a or b or c)


@pytest.mark.parametrize("truth", list(product((True, False), repeat=4)))
def test_left_fold_of_four(truth: tuple[bool, bool, bool, bool]) -> None:
    a, b, c, d = truth
    assert fold(truth, ("and", "and", "or", "and")) == (((a and b) or c) and d)


def fold(truth: tuple[bool, ...], logic: tuple[str, ...]) -> bool:
    conditions = [on("S", "completed", logic=one) for one in logic]  # type: ignore[arg-type]
    found = [Finding(one.id, met) for one, met in zip(conditions, truth, strict=True)]
    return holds(rule("R", conditions, []), found)


def test_no_condition_never_holds() -> None:
    assert not holds(rule("R", [], []), [])


def test_every_condition_is_evaluated_and_recorded() -> None:
    """§4.5: also when the result is fixed; values in short."""
    logic: Logic = "or"
    conditions = [
        ask("K_a", "is_not_empty"),
        ask("K_a", "equals", "no", logic),
        ask("K_b", "is_not_empty", None, logic),
        on("S_a", "completed", logic=logic),
    ]
    many = [["x" * 500, *map(str, range(50))], []]
    world = World(
        [step("S_a")], [rule("R", conditions, [show("S_b")])], [field("K_a"), field("K_b", "table", columns=COLUMNS)]
    )
    world.launch({"K_a": "x" * 500, "K_b": many})
    shown = "x" * SHOWN_LENGTH + "…"
    findings = world.last.evaluations[0].findings
    assert [one.met for one in findings] == [True, False, True, False]
    assert findings[0].value == shown
    assert findings[2].value == (shown, *map(str, range(SHOWN_ITEMS - 1)))
    assert findings[3].value == "open"


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (task(), "open"),
        (task(**AGAIN), "reopened"),
        (task(status="auto-skipped"), "hidden"),
        (task(**DONE), "completed"),
        (task(**DONE, kind="approval", approved=False), "rejected"),
    ],
)
def test_the_state_of_a_task_in_a_record(one: RuleTask, word: str) -> None:
    condition = on("S_a", "completed")
    document = TemplateDocument(title="T", kind="procedure", rules=(rule("R", [condition], []),))
    book = compile_rules(document)
    assert find(book.rules[0], asking(book, {"S_a": one}, {}, START, "UTC"))[0].value == word


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "text", "selected", "users", "guests", "groups", "filename", "value", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    kind=st.sampled_from(KINDS),
    value=JSON,
    statement=st.none() | st.text(max_size=12) | st.lists(st.text(max_size=5), max_size=3).map(tuple),
    flags=st.tuples(st.booleans(), st.booleans()),
    column=st.sampled_from([None, "Item", "2", "Gone"]),
)
def test_no_answer_and_no_statement_is_an_error(
    kind: FieldKind, value: Any, statement: Any, flags: tuple[bool, bool], column: str | None
) -> None:
    """§6.7: bad data never blocks anything; and a negation is the opposite wherever both fit."""
    one = kickoff_field(kind, collect_time=flags[0], rich=flags[1], prefix="$", suffix="kg")
    held = {word: decide(one, word, value, statement, column) for word in ALL}
    lost = column == "Gone" and kind == "table"
    for word, negated in (("equals", "not_equals"), ("contains", "not_contains"), ("is_empty", "is_not_empty")):
        if {word, negated} <= FIELD_OPERATIONS[kind] and not lost:
            assert held[word] != held[negated]  # type: ignore[index]
        elif lost:
            assert not held[word]  # type: ignore[index]
            assert not held[negated]  # type: ignore[index]


def test_numbers_of_any_size() -> None:
    assert read_number("9" * 5000, field("K")) is not None
    assert read_number("1e999", field("K")) is not None
    assert read_number("1e9999", field("K")) is None


def test_a_value_is_read_once() -> None:
    one = field("K_x", "table", columns=COLUMNS)
    conditions = [ask("K_x", "contains", "a"), ask("K_x", "contains", "b"), ask("K_x", "contains", "b", column="Item")]
    book = compile_rules(
        TemplateDocument(title="T", kind="procedure", kickoff=(one,), rules=(rule("R", conditions, []),))
    )
    asked = asking(book, {}, {"K_x": TABLE}, START, "UTC")
    find(book.rules[0], asked)
    assert set(asked.values) == {("K_x", None), ("K_x", "Item")}


def test_texts_of_a_date_at_the_end_of_the_calendar() -> None:
    value = read_value(field("K", "date", collect_time=True), "9999-12-31T23:59:00.000Z", None, zone("+14:00"))
    assert value is not None
    assert value.texts == ("9999-12-31 23:59",)
    assert read_statement("9999-12-31", field("K", "date")).moment is not None
