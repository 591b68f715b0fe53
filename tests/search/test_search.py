"""Universal search over HTTP, on both databases (spec 50 §6, 10 §23): what is found, by whom, in which order."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from procession.kernel.sql import Query, organization
from procession.kernel.tables import events
from procession.kernel.unit import Unit
from procession.people.organizations import add_member
from procession.search import queries
from procession.search.following import Follower, note_everything
from procession.search.index import put
from procession.search.tables import search_changes, search_documents, search_terms
from tests.support.files import upload
from tests.support.make import Process, Template, launch, make_oneoff, make_template
from tests.support.server import Answer, Caller, Running

DOCUMENTS = Query(sa.select(search_documents.c.id).where(organization(search_documents)), int)
MARKS = Query(
    sa.select(search_changes.c.kind, search_changes.c.subject_id).where(organization(search_changes)),
    lambda kind, subject: (kind, subject),
)
WORDS = Query(sa.select(search_terms.c.word).where(organization(search_terms)), str)
TOLD = Query(
    sa.select(events.c.kind, events.c.shown)
    .where(organization(events), events.c.subject_kind == "member", events.c.subject_id == sa.bindparam("subject"))
    .order_by(events.c.id),
    lambda kind, shown: (kind, shown),
)
EVERYTHING = "blueprint,process,task,snippet,capture,step,comment,file,member,guest,group,folder,tag"
pytestmark = pytest.mark.usefixtures("own_work")


def index(server: Running) -> None:
    """The worker has done what waits."""
    Follower(server.database, server.clock).index_all()


def done(answer: Answer) -> None:
    assert answer.status < 300, answer.body


def ask(caller: Caller, text: str | None, **parameters: Any) -> Answer:
    given = {"search": text, **parameters} if text is not None else parameters
    return caller("GET", f"/O/search?{urlencode(given)}")


def found(caller: Caller, text: str, on: str = EVERYTHING, **parameters: Any) -> Mapping[str, list[Any]]:
    """What was found: the ids by type, without the types that have nothing."""
    answer = ask(caller, text, on=on, **parameters)
    assert answer.status == 200, answer.body
    assert set(answer.body) == set(on.split(","))
    for page in answer.body.values():
        assert page["meta"]["pagination"]["count"] == len(page["data"])
    return {kind: [one["id"] for one in page["data"]] for kind, page in answer.body.items() if page["data"]}


def hit(caller: Caller, text: str, on: str, **parameters: Any) -> dict[str, Any]:
    answer = ask(caller, text, on=on, **parameters)
    (one,) = answer.body[on]["data"]
    shown: dict[str, Any] = one
    return shown


NOTE = {"label": "Zeppelinfield", "field_type": "text", "guidance": "<p>Yarrowguide</p>"}
MUELLER = "<p>the <b>Müller-Lüdenscheidt</b> dossier</p>"
DAY = {"label": "When", "field_type": "date", "collect_time": False}


class World:
    """One of everything that has a text, each with a word of its own."""

    def __init__(self, server: Running, owner: Caller) -> None:
        self.owner = owner
        steps = (
            {
                "title": "Mandrake letter",
                "summary": "<p>the <b>Müller-Lüdenscheidt</b> dossier</p>",
                "captures": [NOTE],
            },
            {"title": "Second", "captures": [DAY]},
        )
        self.template: Template = make_template(
            owner, *steps, title="Quokka onboarding", summary="Vexillology notes", guidance="<i>Wombatguide</i>",
            kickoff=[{"label": "Kumquat", "field_type": "text"}],
        )  # fmt: skip
        self.process: Process = launch(owner, self.template, name="Run for Globex", summary="<p>Pangolin summary</p>")
        kumquat = self.template.kickoff["Kumquat"]
        done(owner("PUT", f"/O/runs/{self.process.id}", {"prerun": {kumquat: "Narwhal"}}))
        done(owner("PUT", self.process.path(), {"taskdata": {self.process.field("Zeppelinfield"): "Xylophone answer"}}))
        path = f"/O/tasks/{self.process.tasks[1]}"
        self.comment = owner("POST", f"{path}/comment", {"content": "<p>an Obsidian remark</p>"}).data["id"]
        done(owner("POST", f"/O/runs/{self.process.id}/comment", {"content": "Basilisk on the process"}))
        self.oneoff = make_oneoff(owner, title="Ferment the hops", summary="<p>Gherkin</p>").rsplit("/", 1)[1]
        self.snippet = owner("POST", "/O/text-templates", {"title": "Imprint", "content": "<p>Saffron lane</p>"}).data[
            "id"
        ]
        self.tag = owner("POST", "/O/tags", {"title": "Tangerine"}).data["id"]
        for kind, one in (("Run", self.process.id), ("Checklist", self.template.id)):
            body = {"subject_id": one, "subject_type": kind, "tag_id": self.tag, "tag_type": "private"}
            done(owner("POST", "/O/checklists/tags", body))
        done(owner("PUT", f"/O/tasks/{self.oneoff}", {"tags": [self.tag]}))
        self.above = owner("POST", "/O/folders", {"name": "Animals", "folder_type": "run"}).data["id"]
        inside = {"name": "Hedgehogs", "folder_type": "run", "parent_id": self.above}
        self.folder = owner("POST", "/O/folders", inside).data["id"]
        body = {"subject_id": self.process.id, "subject_type": "Run", "folder_id": self.folder}
        done(owner("POST", "/O/folders/add-object", body))
        people = {"name": "Lighthouse keepers", "description": "", "members": [owner.user_id]}
        self.group = owner("POST", "/O/groups", people).data["id"]
        self.file = upload(owner, "Ocelot.png", subject_type="Run", subject_id=self.process.id).data["id"]
        index(server)


@pytest.fixture
def world(server: Running, owner: Caller) -> World:
    return World(server, owner)


def test_what_is_searched(server: Running, world: World) -> None:
    """Every text of the table in 50 §6 finds what it belongs to, and nothing else (10 §23)."""
    template, process, owner = world.template, world.process, world.owner
    first, second = process.tasks
    step = template.steps[0]
    all_four = {"blueprint": [template.id], "process": [process.id], "task": [first], "step": [step]}
    guest = server.guest(owner, "cassowary@outside.example")
    index(server)
    cases: Sequence[tuple[str, Mapping[str, Any]]] = [
        ("quokka", {"blueprint": [template.id]}),
        ("Vexillology", {"blueprint": [template.id]}),
        ("wombatguide", {"blueprint": [template.id]}),
        ("kumquat", {"blueprint": [template.id], "capture": [template.kickoff["Kumquat"]]}),
        ("mandrake", all_four),
        ("dossier", all_four),
        ("zeppelinfield", {"capture": [template.fields["Zeppelinfield"]]}),
        ("yarrowguide", {"capture": [template.fields["Zeppelinfield"]]}),
        ("globex", {"process": [process.id]}),
        ("pangolin", {"process": [process.id]}),
        ("narwhal", {"process": [process.id]}),
        ("xylophone", {"process": [process.id]}),
        ("obsidian", {"process": [process.id], "task": [second], "comment": [world.comment]}),
        ("ferment gherkin", {"task": [world.oneoff]}),
        ("saffron", {"snippet": [world.snippet]}),
        ("imprint", {"snippet": [world.snippet]}),
        ("tangerine", {"tag": [world.tag]}),
        ("hedgehogs", {"folder": [world.folder]}),
        ("lighthouse", {"group": [world.group]}),
        ("ocelot", {"file": [world.file]}),
        ("cassowary", {"guest": [guest.user_id]}),
        ("olive owner", {"member": [owner.user_id]}),
        # in several texts of one thing; in every spelling; a phrase; the beginning of the last word; one letter wrong
        ("basilisk globex letter", {"process": [process.id]}),
        ("mueller ludenscheid", all_four),
        ("MULLER", all_four),
        ('"müller lüdenscheidt"', all_four),
        ('"lüdenscheidt müller"', {}),
        ("run for globe", {"process": [process.id]}),
        ("glob run", {}),
        ("saffrom lane", {"snippet": [world.snippet]}),
        ("safron lane", {"snippet": [world.snippet]}),
        ("safrfon lane", {"snippet": [world.snippet]}),
        ("safffronn lane", {}),
        ("lanterns saffron", {}),
        # ids and numbers, whole
        (process.id, {"process": [process.id]}),
        (process.id[:31], {}),
    ]  # fmt: skip
    for text, expected in cases:
        assert found(owner, text) == expected, text


def test_members_of_a_hit(world: World) -> None:
    """What clients read of each type (50 §6, SRCH-01, SRCH-05)."""
    owner, process, template = world.owner, world.process, world.template
    one = hit(owner, "globex", "process")
    assert one["matches"] == [{"field": "name", "excerpt": "Run for <em>Globex</em>"}]
    assert (one["id"], one["name"], one["title"], one["status"]) == (
        process.id,
        "Run for Globex",
        one["name"],
        "active",
    )
    assert [(folder["id"], folder["name"]) for folder in one["folders"]] == [(world.folder, "Hedgehogs")]
    assert [folder["name"] for folder in one["folder_path"]] == ["Animals", "Hedgehogs"]
    assert (one["type"], one["checklist_id"]) == ("procedure", template.id)
    assert (one["checklist_title"], one["organization_id"]) == ("Quokka onboarding", owner.organization)
    assert {"increment_id", "due_date", "due_date_passed", "due_soon", "created_at"} <= one.keys()
    assert found(owner, str(one["increment_id"]), "process")["process"] == [process.id]
    task = hit(owner, "mandrake", "task", owners_format="ids")
    assert (task["run_id"], task["process_name"], task["checklist_id"]) == (process.id, "Run for Globex", template.id)
    assert (task["step_id"], task["position"], task["is_oneoff_task"]) == (template.steps[0], 1, False)
    assert task["owners"]["users"] == [owner.user_id]
    assert {"status", "status_label", "deadline", "starter_id", "created_at", "increment_id", "name"} <= task.keys()
    assert hit(owner, "gherkin", "task")["run_id"] is None
    blueprint = hit(owner, "quokka", "blueprint")
    assert (blueprint["title"], blueprint["name"], blueprint["steps_count"]) == (*["Quokka onboarding"] * 2, 2)
    members = {"status", "type", "icon", "is_public", "is_featured", "organization_id", "starred", "last_updated"}
    assert members <= blueprint.keys()
    assert hit(owner, "saffron", "snippet")["content"] == "<p>Saffron lane</p>"
    assert hit(owner, "mandrake", "step")["checklist_id"] == template.id
    capture = hit(owner, "zeppelinfield", "capture")
    assert (capture["label"], capture["field_type"], capture["step_id"]) == ("Zeppelinfield", "text", template.steps[0])
    assert hit(owner, "kumquat", "capture")["step_id"] is None
    comment = hit(owner, "obsidian", "comment")
    assert (comment["task_id"], comment["run_id"]) == (process.tasks[1], process.id)


def test_tags_archived_and_order(server: Running, world: World) -> None:
    """`tags` finds by their names and shows them; archived processes are found and say so; equal titles come first."""
    owner, process = world.owner, world.process
    usual = "blueprint,process,task,snippet"
    tagged = {"blueprint": [world.template.id], "process": [process.id], "task": [world.oneoff]}
    assert found(owner, "tangerine", usual) == {}
    assert found(owner, "tangerine", usual, tags="true") == tagged
    assert [one["title"] for one in hit(owner, "globex tangerine", "process", tags="true")["tags"]] == ["Tangerine"]
    assert "tags" not in hit(owner, "globex", "process")
    done(owner("PUT", f"/O/tags/{world.tag}", {"title": "Clementine"}))
    index(server)
    index(server)
    assert found(owner, "tangerine", usual, tags="true") == {}
    assert found(owner, "clementine", usual, tags="true") == tagged
    owner("DELETE", f"/O/tags/{world.tag}")
    index(server)
    assert found(owner, "clementine", EVERYTHING, tags="true") == {}
    # order: the equal title, then where the title has it, then what was active last
    others = [launch(owner, world.template, name=name).id for name in ("globex", "Globex again", "Globex once more")]
    index(server)
    assert found(owner, "Globex", "process")["process"] == [others[0], others[2], others[1], process.id]
    assert found(owner, "Globex", "process", sort="title")["process"] == [others[0], others[1], others[2], process.id]
    assert found(owner, "Globex", "process", sort="created_at")["process"] == [process.id, *others]
    assert found(owner, "Globex", "process", sort="-created_at")["process"] == [*others[::-1], process.id]
    done(owner("PUT", f"/O/runs/{process.id}", {"summary": "Pangolin, active last"}))
    index(server)
    assert found(owner, "Globex", "process", sort="recent")["process"] == [process.id, *others[::-1]]
    page = ask(owner, "globex", on="process", per_page=3, page=2).body["process"]
    assert (page["meta"]["pagination"]["total"], page["meta"]["pagination"]["total_pages"]) == (4, 2)
    assert [one["id"] for one in page["data"]] == [others[1]]
    beyond = ask(owner, "globex", on="process", per_page=3, page=9).body["process"]
    assert (beyond["data"], beyond["meta"]["pagination"]["total"]) == ([], 4)
    owner("DELETE", f"/O/runs/{process.id}")
    assert hit(owner, "pangolin", "process")["status"] == "archived"
    assert found(owner, "pangolin", "process", archived="false") == {}
    assert found(owner, "Globex", "process", archived="only") == {"process": [process.id]}
    assert found(owner, "mandrake", "task", archived="only") == {"task": [process.tasks[0]]}
    owner("DELETE", f"/O/checklists/{world.template.id}")
    assert found(owner, "quokka") == {}
    assert found(owner, "quokka", "blueprint", archived="true") == {"blueprint": [world.template.id]}
    # deleted for good: nothing is left, neither to be found nor in the list of words
    assert owner("DELETE", f"/O/runs/{process.id}/delete").status < 300
    index(server)
    assert found(owner, "pangolin", archived="true") == {}
    unit = server.database.read_now
    left = set(unit(lambda session: Unit(session, owner.organization, server.clock.now()).all(WORDS)))
    assert "globex" in left
    assert left & {"pangolin", "xylophone", "obsidian", "basilisk"} == set()


def test_the_index_is_made_anew(server: Running, world: World) -> None:
    """From the tables alone, whatever became of it; what is gone goes, what fails stands in nobody's way."""
    owner = world.owner

    def spoil(session: Any) -> None:
        mine = Unit(session, owner.organization, server.clock.now())
        documents = mine.all(DOCUMENTS)
        put(mine, [], documents)  # no word is left
        nobody = {"kind": "member", "subject_id": "9" * 25}
        mine.write_many(queries.ADD_CHANGE, [nobody, {"kind": "nothing", "subject_id": "x"}])
        note_everything(mine)

    server.database.command_now(spoil)
    assert found(owner, "globex") == {}
    index(server)
    for text, kinds in (
        ("globex", {"process"}),
        ("obsidian", {"process", "task", "comment"}),
        ("saffron", {"snippet"}),
    ):
        assert found(owner, text).keys() == kinds
    assert found(owner, "lighthouse").keys() == {"group"}


def test_only_texts_leave_marks(server: Running, owner: Caller) -> None:
    """What changes no indexed text leaves nothing to do; what does, one mark for each thing."""
    template = make_template(owner, {"title": "Draft", "captures": [NOTE, DAY]})
    process = launch(owner, template)
    task = process.tasks[0]

    def marks() -> set[tuple[str, str]]:
        def read(session: Any) -> set[tuple[str, str]]:
            return set(Unit(session, owner.organization, server.clock.now()).all(MARKS))

        return server.database.read_now(read)

    assert ("whole", process.id) in marks()
    assert ("task", task) not in marks(), "the process is indexed with its tasks"
    Follower(server.database, server.clock).follow()
    index(server)
    for body in ({"deadline": "2031-01-01"}, {"owners": {"users": [owner.user_id]}}, {"max_assignable": 3},
                 {"taskdata": {process.field("When"): "2031-01-01"}}):  # fmt: skip
        done(owner("PUT", process.path(), body))
        index(server)
    done(owner("POST", "/O/completed-tasks", {"task_id": task}))
    assert marks() == set()
    done(owner("DELETE", f"/O/completed-tasks/{task}"))
    assert marks() == set()
    alias = owner("GET", f"/O/checklists/{template.id}/steps/{template.steps[0]}/captures").data[0]["alias"]
    done(owner("PUT", process.path(), {"title": f"Meet {{{{{alias}}}}}"}))
    assert marks() == {("task", task), ("process", process.id)}
    index(server)
    done(owner("PUT", process.path(), {"taskdata": {process.field("Zeppelinfield"): "Umbrella"}}))
    assert marks() == {("process", process.id)}
    index(server)
    assert found(owner, "meet umbrella", "process,task") == {"process": [process.id], "task": [task]}


def test_a_new_name_is_found_in_each_organization(server: Running, owner: Caller) -> None:
    """50 SRCH-06: whoever calls himself otherwise is found so wherever he is a member, and no longer as before."""
    mate = server.member(owner, "standard", "Zebulon")
    other = server.organization("Elsewhere")
    server.database.command_now(
        lambda session: add_member(Unit(session, other.organization, server.clock.now()), mate.user_id, "light")
    )
    index(server)
    assert found(other, "zebulon", "member") == {"member": [mate.user_id]}
    done(mate("PUT", "/O/me", {"first_name": "Quillon", "last_name": "Member", "timezone": "UTC"}))
    index(server)
    for caller in (owner, other):
        assert found(caller, "quillon", "member") == {"member": [mate.user_id]}
    theirs = server.database.read_now(
        lambda session: Unit(session, other.organization, server.clock.now()).all(TOLD, subject=str(mate.user_id))
    )
    assert theirs[-1] == ("member.known_as", False)
