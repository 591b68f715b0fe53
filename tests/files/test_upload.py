"""Uploads: four paths, every part of the form, limits at their edge, hostile forms (spec 20 §20.3, SEED-116)."""

import hashlib
from typing import Any

import pytest

from procession.files.store import StoreFailed
from procession.server.uploads import MOST_PARTS, MOST_TEXT, Rules
from tests.support.files import PATHS, PNG, fetch, stored, upload
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, make_oneoff, make_process, make_template
from tests.support.server import Caller, Running


@pytest.fixture
def small(server: Running) -> object:
    """A limit of 1 MiB, for the time of the test."""
    usual, server.app.transfers.rules = server.app.transfers.rules, Rules(limit=1024 * 1024)
    yield
    server.app.transfers.rules = usual


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("part", ["name", "file"])
def test_every_path_and_name_of_the_part(server: Running, owner: Caller, path: str, part: str) -> None:
    answer = upload(owner, "Offer.PNG", path=path, part=part)
    assert answer.status == 200
    file = answer.data
    assert (file["filename"], file["version"], file["source"], file["size"]) == ("Offer.PNG", 1, "local", len(PNG))
    assert (file["content_type"], file["sha256"]) == ("image/png", hashlib.sha256(PNG).hexdigest())
    assert (file["subject"], file["uploaded_to_s3"], file["archived_at"]) == (None, True, None)
    assert file["uploaded_by"] == owner.user_id
    link = f"organizations/{owner.organization}/file/{file['id']}/dl"
    assert (file["url"], file["full_url"]) == (link, f"{server.base}/{link}")
    assert [one.read_bytes() for one in stored(server, owner)] == [PNG]
    assert [one[:2] for one in events_of(server, owner, file["id"])] == [("file.uploaded", "uploaded")]


def test_links_keep_the_prefix_of_the_request(server: Running, owner: Caller) -> None:
    file = upload(owner, path=f"/api/organizations/{owner.organization}/files").data
    assert file["full_url"] == f"{server.base}/api/{file['url']}"


def test_to_a_field_of_a_process(owner: Caller) -> None:
    process = make_process(owner)
    template, field = process.template, process.field("Papers")
    whole: dict[str, Any] = {"step_id": template.steps[0], "checklist_id": template.id}
    kinds: list[tuple[str, dict[str, Any]]] = [("Run", {}), ("process", whole), ("RUN", {"step_id": ""})]
    file: dict[str, Any] = {}
    for kind, more in kinds:
        file = upload(owner, subject_type=kind, subject_id=process.id, uploaded_from=field, **more).data
        assert file["subject"] == {"id": process.id, "type": "Run"}
        assert (file["uploaded_from"], file["step_id"]) == (field, template.steps[0])
    assert file["version"] == 3, "the third of that name there (50 FILE-01)"
    other = upload(owner, "other.png", subject_type="Run", subject_id=process.id, uploaded_from=field).data
    assert other["version"] == 1
    elsewhere = upload(owner, subject_type="Run", subject_id=process.id).data
    assert (elsewhere["uploaded_from"], elsewhere["version"], elsewhere["step_id"]) == ("task", 1, None)


def test_to_a_task_and_to_a_template(owner: Caller) -> None:
    task = make_oneoff(owner)
    task_id = task.rsplit("/", 1)[1]
    file = upload(owner, subject_type="task", subject_id=task_id, step_id=UNKNOWN, checklist_id=UNKNOWN).data
    assert (file["subject"], file["uploaded_from"]) == ({"id": task_id, "type": "Task"}, "task")
    template = make_template(owner, kickoff=[{"label": "Quote", "field_type": "file"}])
    file = upload(owner, subject_type="Checklist", subject_id=template.id).data
    assert (file["subject"], file["uploaded_from"]) == ({"id": template.id, "type": "Checklist"}, "ko_field")
    shown = owner("GET", f"/O/checklists/{template.id}?with=assets").data["assets"]["data"]
    assert [one["id"] for one in shown] == [file["id"]]
    logo = upload(owner, subject_type="Organization", subject_id=owner.organization).data
    assert logo["subject"] == {"id": owner.organization, "type": "Organization"}


def test_the_route_of_importers(owner: Caller) -> None:
    process = make_process(owner)
    file = upload(owner, part="file", path=f"{process.path()}/files").data
    assert file["subject"] == {"id": process.id, "type": "Run"}
    assert [one["id"] for one in owner("GET", f"{process.path()}?with=assets").data["assets"]["data"]] == [file["id"]]
    assert upload(owner, path=f"/O/runs/{process.id}/tasks/{UNKNOWN}/files").status == 404


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        ({"subject_type": "Planet", "subject_id": UNKNOWN}, "subject_type"),
        ({"subject_type": "Run"}, "subject_id"),
        ({"subject_id": UNKNOWN}, "subject_type"),
        ({"subject_type": "Run", "subject_id": UNKNOWN}, "subject_id"),
        ({"subject_type": "Task", "subject_id": "x"}, "subject_id"),
        ({"subject_type": "Checklist", "subject_id": UNKNOWN}, "subject_id"),
        ({"subject_type": "Organization", "subject_id": UNKNOWN}, "subject_id"),
        ({"subject_type": "Thread", "subject_id": UNKNOWN}, "subject_id"),
        ({"uploaded_from": "x" * 101}, "uploaded_from"),
        ({"source": "floppy"}, "source"),
        ({"system": "x" * 101}, "system"),
        ({"uploaded_from": "a\0b"}, "uploaded_from"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_stored(
    server: Running, owner: Caller, texts: dict[str, Any], path: str
) -> None:
    answer = upload(owner, **texts)
    assert list(answer.errors) == [path]
    assert stored(server, owner) == []


def test_ids_that_do_not_agree(server: Running, owner: Caller) -> None:
    process, other = make_process(owner), make_process(owner)
    field = process.field("Papers")
    run: dict[str, Any] = {"subject_type": "Run", "subject_id": process.id, "uploaded_from": field}
    assert list(upload(owner, **run, checklist_id=other.template.id).errors) == ["checklist_id"]
    for step in (other.template.steps[0], process.template.steps[1], "x"):
        assert list(upload(owner, **run, step_id=step).errors) == ["step_id"]
    task: dict[str, Any] = {
        "subject_type": "Checklist",
        "subject_id": process.template.id,
        "checklist_id": other.template.id,
    }
    assert list(upload(owner, **task).errors) == ["checklist_id"]
    assert stored(server, owner) == []
    owner("DELETE", f"/O/runs/{process.id}")
    assert upload(owner, **run).body["code"] == "RUN_ARCHIVED"


@pytest.mark.parametrize("name", ["setup.exe", "page.html", "shell.php", "README", ".htaccess", "a.pdf.js", "a.pdf "])
def test_endings_that_are_not_allowed(server: Running, owner: Caller, name: str) -> None:
    if name == "a.pdf ":
        assert upload(owner, name).data["filename"] == "a.pdf"
        return
    assert upload(owner, name).errors == {"name": ["The file type is not allowed."]}
    assert stored(server, owner) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../../etc/passwd.txt", "passwd.txt"), ("..\\x.txt", "x.txt"), ("/root/.ssh/id.txt", "id.txt")],
)
def test_names_never_become_paths(server: Running, owner: Caller, sent: str, kept: str) -> None:
    file = upload(owner, sent).data
    assert file["filename"] == kept
    [path] = stored(server, owner)
    assert path.name == file["id"]
    assert path.resolve() == path


def test_a_symbolic_link_in_the_way_is_not_followed_by_a_name(server: Running, owner: Caller) -> None:
    """Where bytes lie follows from ids: a name that is the name of a link somewhere leads nowhere."""
    outside = server.settings.data_dir / "outside.txt"
    outside.write_text("secret")
    (server.settings.data_dir / "files" / "link.txt").symlink_to(outside)
    file = upload(owner, "link.txt").data
    assert [one.name for one in stored(server, owner)] == [file["id"]]
    assert outside.read_text() == "secret"
    (server.settings.data_dir / "files" / "link.txt").unlink()


def test_no_file_and_an_empty_file(server: Running, owner: Caller) -> None:
    assert owner("POST", "/O/assets", form=({"a": "b"}, {"x": ("y.txt", b"z")})).errors == {
        "name": ["The name field is required."]
    }
    assert owner("POST", "/O/assets", {}).errors == {"name": ["The name field is required."]}
    assert upload(owner, "a.txt", b"").errors == {"name": ["The file is empty."]}
    assert stored(server, owner) == []


def test_links_instead_of_files(server: Running, owner: Caller) -> None:
    link = "https://drive.example/d/offer.pdf?x=1"
    made = owner("POST", "/O/assets", {"source": "google-drive", "url": link, "system": "Drive"}).data
    assert (made["source"], made["filename"], made["url"], made["full_url"]) == (
        "google_drive",
        "offer.pdf",
        link,
        link,
    )
    assert (made["uploaded_to_s3"], made["size"], made["system"]) == (False, None, "Drive")
    assert owner("GET", f"/O/file/{made['id']}/dl").status == 404, "never a redirect"
    with_file = upload(owner, source="url", url=link, filename="Offer").data
    assert (with_file["filename"], with_file["size"]) == ("Offer", None)
    assert stored(server, owner) == [], "only the link is kept"
    assert list(owner("POST", "/O/assets", {"source": "url"}).errors) == ["url"]
    for wrong in ("javascript:alert(1)", "data:text/html,x", "x" * 2049):
        assert list(owner("POST", "/O/assets", {"source": "url", "url": wrong}).errors) == ["url"]


def test_the_size_at_its_edge(server: Running, owner: Caller, small: None) -> None:
    limit = 1024 * 1024
    assert upload(owner, "a.txt", b"x" * limit).data["size"] == limit
    for size in (limit + 1, limit * 3):  # one over: told while reading; far over: told by its length
        answer = upload(owner, "b.txt", b"x" * size)
        assert (answer.status, answer.body["code"]) == (413, "FILE_TOO_LARGE")
        assert list(answer.body["errors"]) == ["name"]
    assert len(stored(server, owner)) == 1


def frame(*parts: bytes, boundary: bytes = b"xyz", end: bytes = b"--xyz--\r\n") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + end


FILE = b'Content-Disposition: form-data; name="name"; filename="a.txt"\r\n\r\nhello'
FORM = {"Content-Type": "multipart/form-data; boundary=xyz"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (frame(FILE), FORM, 200),
        (frame(FILE, FILE), FORM, 200),  # a second file is not taken
        (frame(FILE, end=b""), FORM, 400),
        (frame(FILE)[:-9], FORM, 400),
        (b"nonsense", FORM, 400),
        (b"", FORM, 400),
        (frame(FILE), {"Content-Type": "multipart/form-data"}, 400),
        (frame(FILE), {"Content-Type": "multipart/form-data; boundary=" + "b" * 300}, 400),
        (frame(FILE), {"Content-Type": "multipart/mixed; boundary=xyz"}, 415),
        (frame(b"Bad header\r\n\r\nx"), FORM, 400),
        (frame(b'Content-Disposition: form-data; name="a"\r\n\r\n\xff\xfe', FILE), FORM, 400),
        (frame(*[b'Content-Disposition: form-data; name="a"\r\n\r\nx'] * (MOST_PARTS + 1)), FORM, 400),
        (frame(b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"x" * (MOST_TEXT + 1)), FORM, 413),
        (frame(FILE, b'Content-Disposition: form-data; name="subject_type"\r\n\r\nRun'), FORM, 422),
        (frame(FILE, b"X-Long: " + b"x" * 100_000 + b"\r\n\r\nx"), FORM, 400),
    ],
)
def test_forms_as_they_should_not_be(
    server: Running, owner: Caller, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = owner("POST", "/O/assets", raw=body, headers=headers)
    assert answer.status == status, answer.body
    assert len(stored(server, owner)) == (1 if status == 200 else 0)


def test_other_routes_take_no_forms(owner: Caller) -> None:
    assert owner("POST", "/O/tags", raw=frame(FILE), headers=FORM).status == 415


def test_idempotency_key(server: Running, owner: Caller) -> None:
    """Spec 00 §15.2: the fingerprint of a form is that of its parts."""
    key = {"Idempotency-Key": "upload-1"}
    first = upload(owner, headers=key)
    again = upload(owner, headers=key)
    assert (again.status, again.data["id"]) == (200, first.data["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert upload(owner, content=PNG + b"x", headers=key).body["code"] == "IDEMPOTENCY_MISMATCH"
    assert len(stored(server, owner)) == 1
    assert upload(owner).data["id"] != first.data["id"], "without a key every call stores a new one"


def test_who_is_not_let_in_leaves_nothing(server: Running, team: Team) -> None:
    path = f"/organizations/{team.owner.organization}/assets"
    assert upload(team.stranger, path=path).status in (401, 403, 404)
    refused = team.owner.http.post(path, files={"name": ("a.txt", b"x")}, headers={"Authorization": "Bearer nothing"})
    assert refused.status_code == 401
    assert upload(team.guest).status == 403, "a guest uploads to tasks"
    assert stored(server, team.owner) == []


def test_the_type_is_told_from_what_is_stored(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ends of it (20 §20.3: the declared type is not trusted); what cannot be read again is not kept."""
    late = b"words " * 40_000 + b"<script>alert(1)</script>"
    made = upload(owner, "late.txt", late).data
    assert (made["content_type"], made["size"]) == ("text/html", len(late))
    shown = fetch(owner, f"/O/file/{made['id']}")
    assert shown.headers["content-disposition"].startswith("attachment; ")
    assert len(stored(server, owner)) == 1

    async def fails(*_: Any) -> Any:
        raise StoreFailed("gone")

    monkeypatch.setattr(server.app.transfers.store, "ends", fails)
    assert (upload(owner).status, len(stored(server, owner))) == (503, 1)
