"""Tags (spec 30 §16), on both databases."""

import msgspec
import pytest

from procession.kernel.ids import new_id
from procession.kernel.seals import UNSEALED
from procession.labels import reading, tags
from procession.labels.model import PALETTE, Change, Subject, SubjectKind, Tag, TagSearch, TagUse
from tests.labels.conftest import NOW, Organization


def make(organization: Organization, *titles: str, automatic: bool = False) -> list[Tag]:
    return [organization.do(lambda u, t=title: tags.create_tag(u, title=t, automatic=automatic)) for title in titles]  # type: ignore[misc]


def subject(kind: SubjectKind = "process") -> Subject:
    return Subject(kind, new_id())


def titles(organization: Organization, search: TagSearch, skip: int = 0, count: int = 100) -> tuple[list[str], int]:
    found, total = organization.ask(lambda u: tags.list_tags(u, search, skip, count))
    return [tag.title for tag in found], total


def kinds(organization: Organization) -> list[tuple[str, str | None]]:
    events = organization.ask(lambda u: u.all(UNSEALED, after=0, count=100))
    return [(event.kind, event.field) for event in events]


def test_a_tag_has_a_colour_and_is_found_by_id_and_title(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    assert tag.color in PALETTE
    assert tags.color_of("FINANCE") == tag.color
    assert organization.ask(lambda u: tags.find_tag(u, tag.id)) == tag
    assert organization.ask(lambda u: tags.tag_titled(u, "fINANCE")) == tag
    assert organization.ask(lambda u: tags.find_tag(u, new_id())) is None
    assert organization.do(lambda u: tags.tag_for_update(u, tag.id)) == tag


def test_a_title_is_taken_once_whatever_its_case(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    (problem,) = organization.do(lambda u: tags.check_title(u, "FINANCE"))
    assert (problem.path, problem.text) == (("title",), "The title has already been taken.")
    assert organization.do(lambda u: tags.check_title(u, "FINANCE", besides=tag)) == []
    assert organization.do(lambda u: tags.check_title(u, "Finances")) == []


def test_another_organization_sees_nothing(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    other = Organization(organization.database)
    assert other.ask(lambda u: tags.find_tag(u, tag.id)) is None
    assert other.do(lambda u: reading.unknown_tags(u, [tag.id])) == [0]
    assert other.do(lambda u: tags.delete_tag(u, tag.id)) is None
    assert organization.ask(lambda u: tags.find_tag(u, tag.id)) == tag


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (TagSearch(), ["Ärger", "b_c", "Zebra"]),
        (TagSearch(order=(("title", True),)), ["Zebra", "b_c", "Ärger"]),
        (TagSearch(order=(("created_at", False),)), ["Zebra", "Ärger", "b_c"]),
        (TagSearch(order=(("color", False), ("created_at", True))), None),
        (TagSearch(order=(("shoe size", True),)), ["Zebra", "Ärger", "b_c"]),
        (TagSearch(text="ARG"), ["Ärger"]),
        (TagSearch(text="_"), ["b_c"]),
        (TagSearch(text="%"), []),
        (TagSearch(automatic=(True,)), ["from: x"]),
        (TagSearch(automatic=(True, False)), ["Ärger", "b_c", "from: x", "Zebra"]),
    ],
)
def test_tags_are_searched_and_sorted(organization: Organization, search: TagSearch, found: list[str] | None) -> None:
    make(organization, "Zebra", "Ärger", "b_c")
    make(organization, "from: x", automatic=True)
    shown, total = titles(organization, search)
    assert shown == found or found is None
    assert total == len(shown)


def test_a_tag_is_found_by_its_id_and_in_pages(organization: Organization) -> None:
    made = make(organization, "a", "b", "c")
    assert titles(organization, TagSearch(text=made[1].id.upper())) == (["b"], 1)
    assert titles(organization, TagSearch(), skip=1, count=1) == (["b"], 3)


def test_an_update_changes_what_differs_and_says_so(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    changed = organization.do(lambda u: tags.update_tag(u, tag, title="Money", color=tag.color))
    assert (changed.title, changed.revision) == ("Money", 2)
    assert organization.ask(lambda u: tags.tag_titled(u, "money")) == changed
    assert organization.do(lambda u: tags.update_tag(u, changed, title="Money")) is changed
    recoloured = organization.do(lambda u: tags.update_tag(u, changed, color="#000000"))
    assert organization.ask(lambda u: tags.find_tag(u, tag.id)) == recoloured
    assert kinds(organization) == [("tag.created", None), ("tag.updated", "title"), ("tag.updated", "color")]


def test_a_deletion_takes_every_use_along(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    task = subject("task")
    organization.do(lambda u: tags.attach_tag(u, task, tag.id))
    assert organization.do(lambda u: tags.delete_tag(u, tag.id)) == tag
    assert organization.do(lambda u: tags.delete_tag(u, tag.id)) is None
    assert organization.ask(lambda u: reading.tags_of(u, "task", [task.id])) == {task.id: []}


def test_unknown_ids_are_named_by_their_place(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    ids = [tag.id, "x", new_id(), tag.id.upper(), 7, None]
    assert organization.do(lambda u: reading.unknown_tags(u, ids)) == [1, 2, 4, 5]
    assert organization.do(lambda u: reading.unknown_tags(u, ["x"])) == [0]
    assert organization.do(lambda u: reading.unknown_tags(u, [])) == []


def test_a_replacement_keeps_what_stays(organization: Organization) -> None:
    """spec 00 PUT-03; 10 §8: the integer id of an association lives as long as the association."""
    a, b, c = make(organization, "a", "b", "c")
    process = subject()
    first = organization.do(lambda u: tags.set_tags(u, process, [a.id, b.id, a.id.upper()]))
    assert first == Change((a.id, b.id), ())
    kept = {use.tag_id: use for use in uses(organization, process)}
    second = organization.do(lambda u: tags.set_tags(u, process, [c.id, b.id]))
    assert second == Change((c.id,), (a.id,))
    now = {use.tag_id: use for use in uses(organization, process)}
    assert now.keys() == {b.id, c.id}
    assert now[b.id] == kept[b.id]
    assert not organization.do(lambda u: tags.set_tags(u, process, [b.id, c.id]))
    assert organization.do(lambda u: tags.add_tags(u, process, [c.id, a.id])) == Change((a.id,))
    assert organization.ask(lambda u: reading.tag_ids_of(u, "process", [process.id])) == {
        process.id: [b.id, c.id, a.id]
    }
    assert organization.do(lambda u: tags.set_tags(u, process, [])).removed == (b.id, c.id, a.id)
    assert uses(organization, process) == []


def uses(organization: Organization, one: Subject) -> list[TagUse]:
    return organization.ask(lambda u: reading.tags_of(u, one.kind, [one.id]))[one.id]


def test_attaching_twice_gives_the_same_association(organization: Organization) -> None:
    """spec 30 §16.3, §16.4; 00 §14."""
    (tag,) = make(organization, "Finance")
    template = subject("template")
    use, fresh = organization.do(lambda u: tags.attach_tag(u, template, tag.id))
    again, anew = organization.do(lambda u: tags.attach_tag(u, template, tag.id.upper()))
    assert (fresh, anew, again) == (True, False, use)
    assert (use.tag_id, use.title, use.color, use.subject_kind) == (tag.id, "Finance", tag.color, "template")
    assert use.created_at > NOW
    assert organization.ask(lambda u: tags.find_use(u, use.id)) == use
    organization.do(lambda u: tags.detach_tag(u, use))
    assert organization.ask(lambda u: tags.find_use(u, use.id)) is None
    later, _ = organization.do(lambda u: tags.attach_tag(u, template, tag.id))
    assert later.id > use.id, "an integer id is never given again"


def test_the_same_id_of_two_kinds_is_two_subjects(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    task = subject("task")
    organization.do(lambda u: tags.attach_tag(u, task, tag.id))
    assert uses(organization, msgspec.structs.replace(task, kind="step")) == []


def test_subjects_of_a_page_are_read_together(organization: Organization) -> None:
    a, b = make(organization, "a", "b")
    one, two, three = subject(), subject(), subject()
    organization.do(lambda u: (tags.set_tags(u, one, [a.id, b.id]), tags.set_tags(u, two, [b.id])))
    found = organization.ask(lambda u: reading.tags_of(u, "process", [two.id, one.id, three.id]))
    assert {key: [use.title for use in value] for key, value in found.items()} == {
        two.id: ["b"],
        one.id: ["a", "b"],
        three.id: [],
    }
    assert organization.ask(lambda u: reading.tags_of(u, "process", [])) == {}
    assert organization.ask(lambda u: reading.tag_ids_of(u, "process", [])) == {}
    assert organization.ask(lambda u: reading.tags_by_id(u, [a.id, new_id(), a.id])) == {a.id: a}
    assert organization.ask(lambda u: reading.tags_by_id(u, [])) == {}


def test_automatic_tags_go_with_their_last_process(organization: Organization) -> None:
    """spec 30 §6.2, §16.1."""
    long = "Onboard a customer from the very north"
    tag = organization.do(lambda u: tags.automatic_tag(u, long))
    assert (tag.title, tag.automatic) == (long[:30], True)
    assert organization.do(lambda u: tags.automatic_tag(u, long)) == tag
    (plain,) = make(organization, "plain")
    one, two = subject(), subject()
    for process in (one, two):
        organization.do(lambda u, p=process: tags.set_tags(u, p, [tag.id, plain.id]))  # type: ignore[misc]
    for process, left in ((one, tag), (two, None)):
        present = uses(organization, process)
        dropped = organization.do(lambda u, p=process, t=present: tags.drop_automatic(u, p, t))  # type: ignore[misc]
        assert dropped == (tag.id,)
        assert organization.ask(lambda u: tags.find_tag(u, tag.id)) == left
        assert [use.tag_id for use in uses(organization, process)] == [plain.id]
    assert organization.do(lambda u: tags.drop_automatic(u, one, uses(organization, one))) == ()


def test_what_is_deleted_for_good_leaves_no_uses(organization: Organization) -> None:
    (tag,) = make(organization, "Finance")
    one, two = subject(), subject()
    organization.do(lambda u: (tags.set_tags(u, one, [tag.id]), tags.set_tags(u, two, [tag.id])))
    organization.do(lambda u: tags.forget_tags(u, "process", [one.id]))
    organization.do(lambda u: tags.forget_tags(u, "process", []))
    assert uses(organization, one) == []
    assert len(uses(organization, two)) == 1
