"""PostgreSQL: how often the calls that everything stands on go to the server and back (`Unit.ahead`)."""

from tests.support.make import launch, make_template
from tests.support.server import Running

FIELDS = [{"label": "Note", "field_type": "text", "required": False}]


def test_the_founding_calls(postgres_server: Running, sent: list[str]) -> None:
    owner = postgres_server.organization()
    keeper = postgres_server.member(owner, "standard")
    template = make_template(owner, {"title": "Check", "captures": FIELDS}, kickoff=FIELDS)
    run = launch(owner, template)
    field = run.field("Note")
    calls = {
        run.path(): (
            {"title": "Once", "owners": {"users": [keeper.user_id]}, "taskdata": {field: "one"}},
            {"title": "Twice", "owners": {"users": [owner.user_id]}, "taskdata": {field: "two"}},
        ),
        f"/O/runs/{run.id}": (
            {"name": "Once", "owner_id": keeper.user_id, "prerun": {template.kickoff["Note"]: "one"}},
            {"name": "Twice", "owner_id": owner.user_id, "prerun": {template.kickoff["Note"]: "two"}},
        ),
    }
    for path, (first, second) in calls.items():
        assert owner("PUT", path, first).status == 200
        sent.clear()
        changed = owner("PUT", path, second)
        assert changed.data["title" if "tasks" in path else "name"] == "Twice"
        # Who calls; what is held; whom it names; the version, until it is trusted; what is shown; the commit.
        assert len(sent) <= 7, (path, sent)
