"""Rights as data (spec 40 §15.2, 20 §27.1, 10 §4.2)."""

from typing import get_args

import pytest

from procession.kernel.errors import Forbidden
from procession.people.model import Actor, Role, Settings
from procession.people.permissions import ACTS, NO, RELATIONS, STANDING, YES, Rights, allows, cell, require


def actor(role: Role, **more: object) -> Actor:
    plain: dict[str, object] = {
        "principal": "u1", "principals": ("u1",), "role": role, "account_id": 1, "email": "a@example.com",
        "first_name": "A", "last_name": "B", "settings": Settings(),
    }  # fmt: skip
    return Actor(**{**plain, **more})  # type: ignore[arg-type]


def test_every_cell_is_yes_no_or_a_relation_that_is_explained() -> None:
    for act, rights in ACTS.items():
        for role in get_args(Role):
            assert cell(actor(role), act) in {YES, NO, *RELATIONS}, (act, role)
        assert "." in act
        assert rights.admin != NO or rights.application == YES, act


def test_every_relation_is_used() -> None:
    used = {getattr(rights, role) for rights in ACTS.values() for role in get_args(Role)}
    assert set(RELATIONS) <= used
    assert set(STANDING) <= set(RELATIONS)


def test_a_missing_cell_does_not_build() -> None:
    with pytest.raises(TypeError):
        Rights("yes", "yes", "yes")  # type: ignore[call-arg]


def test_an_act_nobody_wrote_down_is_an_error() -> None:
    with pytest.raises(KeyError):
        require(actor("admin"), "task.explode")


@pytest.mark.parametrize(
    ("role", "act", "relations", "allowed"),
    [
        ("admin", "task.delete", (), True),
        ("standard", "task.edit", (), False),
        ("standard", "task.edit", {"visible"}, True),
        ("light", "task.edit", {"visible", "own"}, False),
        ("light", "task.answer", {"own"}, True),
        ("guest", "task.answer", {"own"}, True),
        ("guest", "task.reopen", {"own"}, False),
        ("light", "task.create_oneoff", (), False),
        ("light", "task.create_oneoff", {"for_self"}, True),
        ("standard", "task.archive", {"starter_or_own"}, True),
        ("light", "process.launch_empty", (), False),
        ("light", "process.rename", {"participant"}, False),
        ("light", "process.notes", {"editor"}, True),
        ("standard", "process.delete", {"editor"}, False),
        ("standard", "template.create", (), True),
        ("light", "template.edit", {"grant"}, False),
        ("light", "process.launch", {"grant"}, True),
        ("standard", "tag.manage", (), False),
        ("light", "folder.manage", (), False),
        ("light", "member.list", (), True),
        ("guest", "member.list", (), False),
        ("standard", "member.open", (), False),
        ("standard", "member.open", {"oneself"}, True),
        ("light", "token.own", (), False),
    ],
)
def test_the_matrix(role: Role, act: str, relations: set[str], allowed: bool) -> None:
    assert allows(actor(role), act, relations) is allowed


def test_switches_of_the_organization_and_the_member() -> None:
    closed = Settings(members_manage_groups=False, members_invite=False)
    assert allows(actor("standard"), "group.manage")
    assert not allows(actor("standard", settings=closed), "group.manage")
    assert allows(actor("admin", settings=closed), "group.manage")
    assert not allows(actor("light"), "group.manage")
    assert not allows(actor("standard", settings=closed), "member.invite")
    assert not allows(actor("standard", may_create_templates=False), "template.create")
    assert not allows(actor("standard", may_archive_processes=False), "process.archive")


def test_refusals_say_what_the_specification_says() -> None:
    """Spec 40 §15.3."""
    with pytest.raises(Forbidden, match=r"^Administrators only\.$"):
        require(actor("standard"), "organization.change")
    with pytest.raises(Forbidden, match=r"^Your role does not allow this\.$") as caught:
        require(actor("light", settings=Settings(stored={"light_role_error_snippet": "ab"})), "group.manage")
    assert caught.value.details == {"upgrade": "standard", "snippet": "ab"}
    with pytest.raises(Forbidden, match="my text"):
        require(actor("guest"), "group.see", message="my text")
