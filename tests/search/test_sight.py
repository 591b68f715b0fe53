"""Who finds what, what is refused, what people type to break it (SRCH-02; spec 20 §27.2, 40 §3.2, §6.5, §14, §16.2)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from procession.accounts.tokens import create_token
from procession.kernel.unit import Unit
from tests.search.test_search import EVERYTHING, ask, done, found, index
from tests.support.files import upload
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_oneoff, make_template
from tests.support.server import Caller, Running


def test_only_what_one_sees(server: Running, team: Team) -> None:
    """Administrators find all of it; members what they take part in; light members, guests, strangers: their part."""
    owner, standard, light = team.owner, team.standard, team.light
    template = make_template(owner, {"title": "Sphinx task"}, {"title": "Griffin task"}, title="Sphinx template")
    process = launch(owner, template, name="Sphinx run", groups=[], users=[])
    first, second = process.tasks
    done(owner("POST", f"/O/tasks/{first}/comment", {"content": "sphinx said"}))
    done(owner("PUT", process.path(1), {"top_secret": True, "summary": "<p>Phoenix</p>"}))
    done(owner("POST", f"/O/tasks/{second}/comment", {"content": "the phoenix riddle"}))
    oneoff = make_oneoff(owner, title="Sphinx errand").rsplit("/", 1)[1]
    file = upload(owner, "sphinx.png", subject_type="Run", subject_id=process.id).data["id"]
    loose = upload(standard, "sphinx-loose.png").data["id"]
    index(server)
    everything = found(owner, "sphinx")
    assert everything.keys() == {"blueprint", "process", "task", "step", "comment", "file"}
    assert (set(everything["task"]), set(everything["file"])) == ({first, oneoff}, {file, loose})
    assert found(owner, "phoenix").keys() == {"task", "comment"}, "its process does not tell what a secret task says"
    assert found(owner, "griffin", "process") == {}
    assert found(standard, "sphinx") == {"file": [loose]}
    assert found(light, "sphinx") == {}
    assert ask(team.guest, "sphinx").status == 403
    assert found(team.stranger, "sphinx") == {}
    assert ask(team.stranger, "sphinx").status == 200
    foreign = team.stranger("GET", f"/organizations/{owner.organization}/search?search=sphinx")
    assert foreign.status == 403
    # who gets a task sees the process with what is open in it, and not the secret task
    done(owner("PUT", process.path(0), {"owners": {"users": [owner.user_id, standard.user_id, light.user_id]}}))
    part = {"process": [process.id], "task": [first]}
    assert {kind: ids for kind, ids in found(standard, "sphinx").items() if kind in part} == part
    assert found(light, "sphinx").keys() == {"process", "task", "comment", "file"}
    assert (found(standard, "phoenix"), found(light, "griffin", "task")) == ({}, {})
    done(owner("PUT", process.path(1), {"owners": {"users": [light.user_id]}}))
    assert found(light, "phoenix").keys() == {"task", "comment"}
    # rights on the template
    rights = {"checklist_read": {"everyone": False, "users": [standard.user_id], "groups": []}}
    done(owner("PUT", f"/O/checklists/{template.id}/permissions", rights))
    assert found(standard, "sphinx", "blueprint,step,capture").keys() == {"blueprint", "step"}
    assert found(light, "sphinx", "blueprint,step,capture") == {}
    # people: a light member finds the guests on tasks he sees, and no others
    assert found(standard, team.guest.email.split("@")[0], "guest") == {"guest": [team.guest.user_id]}
    assert found(light, team.guest.email.split("@")[0], "guest") == {}
    done(owner("PUT", process.path(0), {"owners": {"users": [light.user_id], "guests": [team.guest.email]}}))
    assert found(light, team.guest.email.split("@")[0], "guest") == {"guest": [team.guest.user_id]}
    # what is hidden or gone
    done(owner("DELETE", f"/O/tasks/{oneoff}"))
    index(server)
    assert oneoff not in found(owner, "sphinx", "task")["task"]


def test_tokens_find_what_they_may_read(server: Running, owner: Caller) -> None:
    """A token for tasks finds tasks; the other types are there and empty (40 §6.5)."""
    template = make_template(owner, {"title": "Heron"}, title="Heron")
    process = launch(owner, template, name="Heron")
    index(server)

    def work(session: Any) -> str:
        unit = Unit(session, owner.organization, server.clock.now())
        return create_token(unit, server.secrets, account_id=owner.user_id, name="narrow", expires_at=None,
                            issuer=server.base, scopes=("mcp.tasks.read",))[1]  # fmt: skip

    headers = {"Authorization": f"Bearer {server.database.command_now(work)}"}
    answer = owner("GET", "/O/search?search=heron&on=task,process,blueprint,folder", headers=headers)
    counts = {kind: page["meta"]["pagination"]["total"] for kind, page in answer.body.items()}
    assert counts == {"task": 1, "process": 0, "blueprint": 0, "folder": 0}
    assert answer.body["task"]["data"][0]["run_id"] == process.id


def test_what_is_refused(owner: Caller) -> None:
    """422 names everything that is wrong; pages and orders are lenient (00 PAG-02, SRT-02)."""
    condition = "filter[type]=field&filter[field]={}&filter[operation]={}&filter[value]={}"
    wrong: Sequence[tuple[str, str, str]] = [
        ("", "search", "required"),
        ("search=", "search", "required"),
        ("search=%20%09", "search", "required"),
        (f"search={'a' * 501}", "search", "500"),
        ("search=a&on=task,nonsense", "on", "blueprint, process, task, snippet, capture, step"),
        ("search=a&tags=perhaps", "tags", "true or false"),
        ("search=a&archived=perhaps", "archived", "true or false"),
        ("search=a&filter=title", "filter", "starter, title"),
        (f"on=process&{condition.format('colour', '=', 'x')}", "filter", "date, description, starter, title"),
        (f"on=task&{condition.format('date', '=', '2026-01-01')}", "filter", "starter, title"),
        (f"on=snippet&{condition.format('title', '=', 'x')}", "filter", "none"),
        (f"on=process&{condition.format('title', '~', 'x')}", "filter", "<"),
        (f"on=process&{condition.format('starter', '=', 'x')}", "filter", "member"),
        (f"on=process&{condition.format('date', '=', 'x')}", "filter", "date"),
        ("on=process&filter[field]=title", "filter", "value"),
        ("on=process&filter[0][type]=boolean&filter[0][value]=AND", "filter", "condition"),
        ("on=process&filter[0][type]=boolean&filter[0][value]=NOT&filter[1][field]=title", "filter", "AND or OR"),
        ("on=process&filter[1]=x", "filter", "structured"),
        ("on=process&" + "&".join(f"filter[{n}][field]=title&filter[{n}][value]=x" for n in range(21)), "filter", "20"),
        (f"on=process&filter{'[0]' * 7}[field]=title&filter{'[0]' * 7}[value]=x", "filter", "deep"),
    ]
    for query, field, text in wrong:
        errors = owner("GET", f"/O/search?{query}").errors
        assert list(errors) == [field], (query, errors)
        assert text in errors[field][0], (query, errors)
    both = owner("GET", "/O/search?on=nonsense&tags=perhaps").errors
    assert set(both) == {"on", "tags", "search"}
    for query in (f"search={'a' * 500}", "search=a&per_page=1000&page=-3&sort=colour", "search=a&on=run,template,USER"):
        assert owner("GET", f"/O/search?{query}").status == 200, query
    assert set(ask(owner, "a", on="run,template,USER").body) == {"process", "blueprint", "member"}
    assert set(ask(owner, "a").body) == {"blueprint", "process", "task", "snippet"}
    assert ask(owner, "a", per_page=1000).body["task"]["meta"]["pagination"]["per_page"] == 100


NAMES = (
    '50% & "müller" #7', "a NEAR(b c)", "title:secret OR x", "O'Brien -- DROP TABLE", "back\\slash", "日本語テスト文書",
    "🚀 rocket 🦄", "ｆｕｌｌ", "Ωμέγα", "naïve café", "русский текст", "สวัสดีครับ", "한국어 문서", "the of and",
    "semi;colon:*", "(paren", "^caret", "+plus -minus", "under_score", "ﬁnance ½", "e\u0301clair", "a" * 80,
)  # fmt: skip
PARTS = (
    ("本語", "日本語テスト文書"), ("🦄", "🚀 rocket 🦄"), ("full", "ｆｕｌｌ"), ("ωμεγα", "Ωμέγα"),
    ("NAIVE", "naïve café"), ("русск", "русский текст"), ("한국", "한국어 문서"), ("financ", "ﬁnance ½"),
    ("éclair", "e\u0301clair"),
    ("สวัส", "สวัสดีครับ"),
)  # fmt: skip
TRICKS = (
    '"', '""', '"unclosed', "*", "-", "()", "NEAR(", "AND OR NOT", "a AND", "title:", "{title}:a", "\\", "'", "^a",
    "a*b", "a" * 500, '"' * 500, "x " * 250, "\ufeff", "\u202e", "🚀" * 200, "a\0b", "%00", "|&!<->:*", "'a':A & b",
)  # fmt: skip


def test_search_syntax_is_text(server: Running, owner: Caller) -> None:
    """Nothing that anybody types is syntax: each finds the thing that is called so, or nothing (60 SEARCH-A3)."""
    ids = {name: make_oneoff(owner, title=name).rsplit("/", 1)[1] for name in NAMES}
    index(server)
    for name, task in ids.items():
        shown = found(owner, name, "task").get("task", [])
        assert shown[:1] == [task], name
    for text, name in PARTS:
        assert ids[name] in found(owner, text, "task").get("task", []), text
    assert found(owner, "語本", "task") == {}
    for text in TRICKS:
        answer = owner("GET", f"/O/search?search={quote(text)}&on={EVERYTHING}&tags=true")
        assert answer.status in (200, 422), (text, answer.body)
    marked = make_oneoff(
        owner, title="<script>alert(1)</script> & <em>Tapir</em>", summary="<p>&lt;b&gt;tapir&lt;/b&gt;</p>"
    )
    index(server)
    (shown,) = ask(owner, "tapir", on="task").body["task"]["data"]
    excerpts = [one["excerpt"] for one in shown["matches"]]
    assert marked.endswith(shown["id"])
    assert excerpts[0].endswith("&amp; <em>Tapir</em>")
    assert excerpts[1] == "&lt;b&gt;<em>tapir</em>&lt;/b&gt;"
    assert "<script" not in str(excerpts)


def test_bracket_filters(server: Running, team: Team) -> None:
    """Filters alone or beside words, with every operator, in groups (00 FLT-11)."""
    owner, standard = team.owner, team.standard
    template = make_template(owner, {"title": "A"}, title="Filtered", summary="Kestrel notes")
    names = ("Alpha Kestrel", "Beta Kestrel", "Gamma")
    alpha, beta, gamma = (launch(owner, template, name=name, summary="<p>Note</p>").id for name in names)
    mine = make_oneoff(standard, title="Alpha Kestrel", owners={"users": [owner.user_id]}).rsplit("/", 1)[1]
    index(server)

    def asked(*conditions: Any, on: str = "process", **more: Any) -> set[str]:
        pairs: dict[str, Any] = {}

        def add(prefix: str, one: Any) -> None:
            if isinstance(one, list):
                for number, part in enumerate(one):
                    add(f"{prefix}[{number}]", part)
                return
            pairs.update({f"{prefix}[{name}]": value for name, value in one.items()})

        add("filter", conditions[0] if len(conditions) == 1 else list(conditions))
        answer = owner("GET", f"/O/search?{urlencode({'on': on, **pairs, **more})}")
        assert answer.status == 200, answer.body
        return {one["id"] for one in answer.body[on]["data"]}

    def title(operation: str, value: str) -> Mapping[str, str]:
        return {"type": "field", "field": "title", "operation": operation, "value": value}

    either, together = {"type": "boolean", "value": "OR"}, {"type": "boolean", "value": "AND"}
    assert asked({"field": "title", "value": "ALPHA kestrel"}) == {alpha}
    assert asked(title("<>", "Gamma")) == asked(title("!=", "Gamma")) == {alpha, beta}
    assert asked(title("<", "beta kestrel")) == {alpha}
    assert asked(title("<=", "beta kestrel")) == {alpha, beta}
    assert asked(title(">", "beta kestrel")) == {gamma}
    assert asked(title(">=", "beta kestrel")) == {beta, gamma}
    assert asked([either, title("=", "Gamma"), title("=", "Alpha Kestrel")]) == {alpha, gamma}
    assert asked([together, title(">", "Alpha Kestrel"), [either, title("=", "Gamma"), title("=", "x")]]) == {gamma}
    assert asked({"field": "title", "value": "gamma"}, search="kestrel") == set()
    assert asked({"field": "title", "operation": ">", "value": "alpha kestrel"}, search="kestrel") == {beta}
    assert asked({"field": "description", "value": "note"}) == {alpha, beta, gamma}
    assert asked({"field": "description", "value": "Kestrel notes"}, on="blueprint") == {template.id}
    assert asked({"field": "starter", "value": "me"}) == {alpha, beta, gamma}
    assert asked({"field": "starter", "value": str(standard.user_id)}, on="task") == {mine}
    assert asked({"field": "starter", "operation": "!=", "value": str(owner.user_id)}, on="task") >= {mine}
    today = server.clock.now().strftime("%Y-%m-%d")
    every = {alpha, beta, gamma}
    dates = {"=": every, "<>": set(), "<": set(), ">": set(), "<=": every, ">=": every}
    assert {one: asked({"field": "date", "operation": one, "value": today}) for one in dates} == dates
    assert asked({"field": "date", "operation": "<", "value": "2999-01-01T00:00:00Z"}) == every
    usual = owner("GET", "/O/search?filter[field]=title&filter[value]=alpha%20kestrel").body
    assert {kind: len(page["data"]) for kind, page in usual.items()} == {"blueprint": 0, "process": 1, "task": 1}
