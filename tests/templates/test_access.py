"""Who may do what with a template (spec 40 §16, 30 §4)."""

from functools import partial
from typing import Any

import msgspec
import pytest

from procession.kernel.errors import ApiError
from procession.people.model import Actor, Settings
from procession.templates.access import misc_template, rights_of, template_of_part
from procession.templates.editing import open_template, store
from procession.templates.launching import launchable, mark_launched, process_audience
from procession.templates.model import ALL, Right, Rights, Template
from procession.templates.versions import CACHE, SETTLED, VersionCache, compiled
from tests.templates.conftest import House

GROUP = "a" * 32
TEXT = "Permission denied: cannot launch process from this template."


def grant(house: House, template_id: str, rights: Rights, **more: Any) -> Template:
    def work(unit: Any) -> Template:
        opened = open_template(unit, house.admin, template_id)
        return store(unit, house.admin, opened, opened.document, [], {"rights": rights, **more})

    return house.do(work)


def opens(house: House, by: Actor, template_id: str) -> int:
    return _status(house, "get_checklist", None, by, template_id)


def edits(house: House, by: Actor, template_id: str) -> int:
    return _status(house, "update_checklist", {"title": "T", "summary": "s"}, by, template_id)


def _status(house: House, name: str, body: Any, by: Actor, template_id: str) -> int:
    try:
        house(name, body, by=by, checklist=template_id)
    except ApiError as error:
        return error.status
    return house.status


def launches(house: House, by: Actor, template_id: str) -> bool:
    try:
        house.do(lambda unit: launchable(unit, by, template_id))
    except ApiError as error:
        return (error.status, error.message) != (403, TEXT)
    return True


def test_the_worked_examples(house: House) -> None:
    """40 §16.5."""
    owner, creator, nine = house.member(), house.member(), house.member()
    ten, eleven = house.member(groups=(GROUP,)), house.member("light", groups=(GROUP,))
    thirteen, fourteen = house.member(), house.member("light")
    template = house.template("T", by=creator)
    assert nine.account_id is not None
    rights = Rights(edit=Right(members=(nine.account_id,)), launch=Right(groups=(GROUP,)))
    grant(house, template["id"], rights, owner_id=owner.account_id)
    table: list[tuple[Actor, int, int, bool]] = [
        (house.admin, 200, 200, True),
        (owner, 200, 200, True),
        (creator, 200, 200, True),
        (nine, 200, 200, False),
        (ten, 200, 403, True),
        (eleven, 200, 403, True),
        (thirteen, 404, 404, False),
        (fourteen, 404, 404, False),
    ]
    for actor, reading, editing, launching in table:
        assert opens(house, actor, template["id"]) == reading
        assert edits(house, actor, template["id"]) == editing
        assert launches(house, actor, template["id"]) is launching
        listed = house("list_checklists", by=actor)["meta"]["pagination"]["total"]
        assert listed == (1 if reading == 200 else 0)
    said = house.refused("update_checklist", {"title": "x"}, by=eleven, checklist=template["id"])
    assert said == (403, "Light members cannot edit templates.")
    assert house.refused("delete_step", by=ten, checklist=template["id"], step="f" * 32) == (
        403,
        "You need EDIT on this template.",
    )
    grant(house, template["id"], Rights(launch=ALL))
    assert (opens(house, thirteen, template["id"]), launches(house, thirteen, template["id"])) == (200, True)
    assert (opens(house, fourteen, template["id"]), launches(house, fourteen, template["id"])) == (404, False)
    grant(house, template["id"], Rights(read=ALL))
    assert (opens(house, thirteen, template["id"]), launches(house, thirteen, template["id"])) == (200, False)
    assert opens(house, fourteen, template["id"]) == 404


def test_light_members_use_neither_edit_nor_duplicate(house: House) -> None:
    """40 §16.2 rule 3: through a group they are ignored; the list agrees."""
    light = house.member("light", groups=(GROUP,))
    template = house.template()
    group = Right(groups=(GROUP,))
    changed = grant(house, template["id"], Rights(edit=group, duplicate=group))
    assert rights_of(light, changed) == frozenset()
    assert house("list_checklists", by=light)["data"] == []
    changed = grant(house, template["id"], Rights(process_read=ALL))
    assert rights_of(light, changed) == {"process_read"}
    assert house("list_checklists", by=light)["data"] == []


def test_default_access_grants_three_rights(house: House) -> None:
    """30 §4.3, 40 §16.3."""
    reader = house.member()
    assert reader.account_id is not None
    template = house.template(users=[reader.account_id])
    changed = grant(house, template["id"], Rights(members=(reader.account_id,)))
    assert rights_of(reader, changed) == {"read", "launch", "process_read"}
    assert process_audience(changed) == (reader.principal,)


def test_defaults_of_a_new_template(house: House) -> None:
    """40 §16.3."""
    other = house.member()
    private = house.template("Private")
    house.settings = Settings(restrict_templates=False)
    open_ = house.template("Open")
    assert opens(house, other, private["id"]) == 404
    assert opens(house, other, open_["id"]) == 200
    assert edits(house, other, open_["id"]) == 403
    assert [one["title"] for one in house("list_checklists", by=other)["data"]] == ["Open"]


def test_who_creates(house: House) -> None:
    """30 §3.4."""
    body = {"title": "T", "type": "procedure"}
    barred = msgspec.structs.replace(house.member(), may_create_templates=False)
    assert house.refused("create_checklist", body, by=barred)[0] == 403
    assert house.refused("create_checklist", body, by=house.member("light"))[0] == 403
    made = house("create_checklist", {**body, "is_pinned": True, "is_featured": True}, by=house.member())["data"]
    assert (made["is_pinned"], made["is_featured"]) == (False, False)


def test_misc_is_made_once_hidden_and_launchable(house: House) -> None:
    """10 §11.1."""
    first = house.do(misc_template)
    assert house.do(misc_template) == first
    assert (first.title, first.kind, first.settings.adhoc_tasks, first.system) == ("MISC", "procedure", True, True)
    assert house("list_checklists", query="archived=1")["data"] == []
    assert opens(house, house.admin, first.id) == 404
    assert edits(house, house.admin, first.id) == 404
    someone = house.member()
    found = house.do(lambda unit: launchable(unit, someone, "misc"))
    assert (found.template.id, found.version.steps) == (first.id, {})
    assert not launches(house, house.member("light"), first.id)


def test_launchable_by_id_and_alias(house: House) -> None:
    """10 §6.1, §6.2."""
    template = house.template()
    by_alias = house.do(lambda unit: launchable(unit, house.admin, template["alias"]))
    assert by_alias.template.id == template["id"]
    house("archive_checklist", checklist=template["id"])
    for named in (template["id"], template["alias"], "f" * 32, "nothing"):
        with pytest.raises(ApiError) as caught:
            house.do(partial(launchable, actor=house.admin, named=named))
        assert (caught.value.status, caught.value.message) == (404, "Resource not found")


def test_parts_find_their_template(house: House) -> None:
    template = house.template()
    step = house.step(template["id"])
    field = house.field(template["id"], step["id"])
    house("delete_step", checklist=template["id"], step=step["id"])
    for part in (step["id"], field["id"]):
        assert house.do(partial(template_of_part, part_id=part)) == template["id"]
    assert house.do(lambda unit: template_of_part(unit, "f" * 32)) is None


# -- the cache --------------------------------------------------------------------------------------------------------


class Counting:
    """Counts the reads of a session."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.reads = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def fetch(self, *arguments: Any) -> Any:
        self.reads += 1
        return self.session.fetch(*arguments)


def reads(house: House, version_id: str) -> int:
    def work(unit: Any) -> int:
        unit.session = Counting(unit.session)
        compiled(unit, version_id)
        count: int = unit.session.reads
        return count

    return house.do(work)


def launched(house: House, template_id: str) -> str:
    def work(unit: Any) -> str:
        found = launchable(unit, house.admin, template_id)
        mark_launched(unit, found.template, found.version)
        return found.version_id

    return house.do(work)


def test_a_frozen_version_needs_no_query(house: House) -> None:
    version_id = launched(house, house.template()["id"])
    assert reads(house, version_id) == 2
    assert reads(house, version_id) == 1
    house.now += SETTLED
    assert reads(house, version_id) == 1
    assert reads(house, version_id) == 0


def test_what_was_undone_is_not_remembered(house: House) -> None:
    """A version marked launched, or changed, in a transaction that fails is read anew."""
    template = house.template()
    step = house.step(template["id"], "Before")

    def fails(unit: Any) -> None:
        found = launchable(unit, house.admin, template["id"])
        mark_launched(unit, found.template, found.version)
        assert compiled(unit, found.version_id).launched
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        house.do(fails)
    house.now += SETTLED * 2
    house("update_step", {"title": "After"}, checklist=template["id"], step=step["id"])
    found = house.do(lambda unit: launchable(unit, house.admin, template["id"]))
    assert found.number == 1
    assert not found.version.launched
    assert found.version.steps[step["id"]].title == "After"


def test_the_cache_is_bounded(house: House) -> None:
    cache = VersionCache(limit=10)
    version_id = launched(house, house.template()["id"])
    house.do(lambda unit: compiled(unit, version_id))
    entry = CACHE.get((house.id, version_id))
    assert entry is not None
    cache.put(("o", "1"), entry)
    cache.put(("o", "2"), entry)
    assert cache.get(("o", "1")) is None
    assert cache.get(("o", "2")) is entry
    cache.clear()
    assert cache.get(("o", "2")) is None
