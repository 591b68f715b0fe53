"""The operator's word on what the public library shows (spec 30 §18), by the program's own acts."""

from typing import Any

import msgspec
import pytest

from procession.operations import library
from procession.operations.first import Refused
from procession.operations.settings import Settings
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_template
from tests.support.server import Caller, Running


@pytest.fixture
def reviewed(server: Running, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The server's settings with review switched on, in the server as well."""
    policy = msgspec.structs.replace(server.app.performer.policy, library_review=True)
    monkeypatch.setattr(server.app.performer, "policy", policy)
    return msgspec.structs.replace(server.settings, library_review=True)


def publish(by: Caller, title: str) -> str:
    template = make_template(by, {"title": "Look"}, title=title)
    made = by("PUT", f"/O/checklists/{template.id}", {"title": title, "is_public": True})
    assert made.status == 200
    return template.id


def found(by: Caller, query: str) -> list[str]:
    return [one["id"] for one in by("GET", f"/public-library/checklists?per_page=100&{query}").data]


def state(by: Caller, template: str) -> Any:
    shown = by("GET", f"/O/checklists/{template}").data
    return shown["library_status"], shown["is_public"], shown["is_featured"]


def test_what_is_proposed_waits(server: Running, team: Team, reviewed: Settings) -> None:
    """Not listed, not read, not copied before it is let in; private again and it has to be let in anew."""
    owner, stranger, database = team.owner, team.stranger, server.database
    template = publish(owner, f"Waits {owner.organization}")
    assert state(owner, template) == ("waiting", True, False)
    assert found(stranger, f"q={owner.organization}") == []
    assert stranger("GET", f"/public-library/checklists/{template}").status == 404
    assert stranger("POST", "/O/checklists/import", {"library_id": template}).status == 404
    waiting = {one["id"]: one for one in library.public_templates(database, reviewed, waiting=True)}
    assert (waiting[template]["organization"], waiting[template]["state"]) == ("Acme", "waiting")

    approved = library.let_in(database, reviewed, template)
    assert (approved["state"], approved["approved_at"] is not None) == ("listed", True)
    assert library.let_in(database, reviewed, template)["approved_at"] == approved["approved_at"]
    assert template not in {one["id"] for one in library.public_templates(database, reviewed, waiting=True)}
    assert state(owner, template) == ("listed", True, False)
    assert found(stranger, f"q={owner.organization}") == [template]
    alias = owner("GET", f"/O/checklists/{template}").data["alias"]
    assert stranger("GET", f"/public-library/checklists/{alias}").status == 200
    assert stranger("POST", "/O/checklists/import", {"library_id": template}).status == 201

    title = owner("GET", f"/O/checklists/{template}").data["title"]
    for public in (False, True):
        owner("PUT", f"/O/checklists/{template}", {"title": title, "is_public": public})
    assert state(owner, template) == ("waiting", True, False)
    assert found(stranger, f"q={owner.organization}") == []


def test_what_is_sent_back(server: Running, team: Team, reviewed: Settings) -> None:
    """It is private, and whoever reads its activity knows why."""
    owner, database = team.owner, server.database
    template = publish(owner, "Sent back")
    library.let_in(database, reviewed, template)
    after = library.take_out(database, reviewed, template, "It names your customers.")
    assert (after["state"], after["approved_at"]) == ("private", None)
    assert state(owner, template) == ("private", False, False)
    feed = owner("GET", f"/O/activity-feeds?entity_type=checklist&entity_id={template}&per_page=100").data
    said = {one["description"][0] for one in feed}
    assert "Template “Sent back” was taken out of the public library: It names your customers." in said
    assert "Template “Sent back” was let into the public library" in said
    with pytest.raises(Refused):
        library.let_in(database, reviewed, template)
    with pytest.raises(Refused):
        library.take_out(database, reviewed, template, None)
    with pytest.raises(Refused):
        library.let_in(database, reviewed, UNKNOWN)


def test_what_the_library_says_of_it(server: Running, team: Team) -> None:
    """Featured, topics and industries are the operator's alone; they narrow the list; a copy starts without them."""
    owner, stranger, settings = team.owner, team.stranger, server.settings
    template = publish(owner, f"Told {owner.organization}")
    other = publish(owner, f"Told too {owner.organization}")
    body = {"title": "Told", "is_featured": True, "topic_tags": [{"title": "Finance"}]}
    assert owner("PUT", f"/O/checklists/{other}", body).data["topic_tags"] == []
    assert state(owner, other) == ("listed", True, False)

    def say(**more: Any) -> dict[str, Any]:
        said: dict[str, Any] = {"featured": None, "about": None, "trades": None, **more}
        return library.say(server.database, settings, template, **said)

    shown = say(featured=True, about=["finance", "Legal", "FINANCE"], trades=["Health care"])
    assert (shown["topics"], shown["industries"], shown["featured"]) == (["Finance", "Legal"], ["Health care"], True)
    assert template in found(stranger, "topic=finance") and template not in found(stranger, "topic=sales")
    assert template in found(stranger, "topic=sales,legal&industry=health%20care&featured=1")
    assert template not in found(stranger, "topic=legal&industry=media")
    assert found(stranger, "topic=Health%20care") == [], "an industry is no topic"
    assert found(stranger, "topic=nothing") == []
    assert other not in found(stranger, "topic=finance") + found(stranger, "featured=1")
    read = stranger("GET", f"/public-library/checklists/{template}").data
    assert [one["title"] for one in read["topic_tags"]] == ["Finance", "Legal"]
    kept = owner("GET", f"/O/checklists/{template}").data
    assert ([one["title"] for one in kept["industry_tags"]], kept["is_featured"]) == (["Health care"], True)
    assert template in found(stranger, f"topic={kept['topic_tags'][0]['id']}")
    copied = owner("POST", f"/O/checklists/{template}/clone", {}).data
    assert (copied["topic_tags"], copied["industry_tags"], copied["is_featured"]) == ([], [], False)
    assert say(featured=False, about=[])["topics"] == []
    assert found(stranger, "topic=finance&q=Told") == []
    for wrong in ({"about": ["Nonsense"]}, {"trades": ["Finance"]}):
        with pytest.raises(Refused, match="There are: "):
            say(**wrong)


def test_a_draft_that_was_never_published_is_not_listed(owner: Caller) -> None:
    template = publish(owner, f"Draft {owner.organization}")
    assert found(owner, f"q={owner.organization}") == [template]
    title = f"Draft {owner.organization}"
    owner("PUT", f"/O/checklists/{template}", {"title": title, "dual_version_enabled": True})
    assert found(owner, f"q={owner.organization}") == []
    owner("PUT", f"/O/checklists/{template}/publish")
    assert found(owner, f"q={owner.organization}") == [template]


def test_capabilities_tell_whether_there_is_a_review(owner: Caller, reviewed: Settings) -> None:
    assert reviewed.policy.library_review
    assert owner("GET", "/x/capabilities").data["features"]["library_review"] is True
