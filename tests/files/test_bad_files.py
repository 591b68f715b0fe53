"""What is wrong with files, wherever one may be named or sent: refused alike, nothing half stored, never a 5xx.

Beside it: forms, names, sizes and types in `test_upload`, ranges in `test_download`, bodies that break off in
`test_streaming`, spreadsheets that burst in `api/test_table_import`, cells that run in the tests of each export.
"""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files.test_upload import FILE, FORM, frame
from tests.support.files import fetch, stored, upload
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_oneoff, make_process, make_template
from tests.support.server import Answer, Caller, Running

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STRANGE = ["", " ", "x", "../../etc/passwd", "%2e%2e%2f", "0" * 31, "g" * 32, "a" * 5000, "\N{SNOWMAN}", "null", "'--"]


def told(answer: Answer) -> Any:
    """What an answer says, without what is the request's own."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return answer.status, body.get("code"), sorted(body.get("errors", {}))


def test_ids_that_name_no_file_of_ones_own(server: Running, team: Team) -> None:
    """Another organization's, another person's, deleted, archived, malformed: as if there were none (00 ID-04)."""
    owner, light = team.owner, team.light
    files = [{"label": "Papers", "field_type": "file", "required": False}]
    template = make_template(owner, {"title": "A", "captures": files}, kickoff=files)
    people = {"users": [owner.user_id, light.user_id]}
    task = make_oneoff(owner, owners=people, form_fields=files)
    field = light("GET", f"{task}?with=form_fields").data["form_fields"]["data"][0]["id"]
    assert owner("PUT", f"/O/checklists/{template.id}/permissions", {"process_launch": people}).status == 200
    deleted, archived = (upload(light).data["id"] for _ in range(2))
    assert light("DELETE", f"/O/file/{deleted}").status == light("DELETE", f"/O/assets/{archived}").status == 200
    foreign = upload(team.stranger, subject_type="Organization", subject_id=team.stranger.organization).data["id"]
    private = upload(owner).data["id"]

    def ways(file: Any) -> list[Answer]:
        named = [{"id": file}]
        return [
            light("PUT", task, {"taskdata": {field: named}}),
            light("PUT", task, {"file_id": file, "subject_type": "Task", "subject_id": task.rsplit("/", 1)[1]}),
            light("POST", f"{task}/captures", {"id": field, "value": named}),
            light("POST", f"{task}/comment", {"content": "x", "assets": [file]}),
            light("POST", f"{task}/problem", {"content": "x", "assets": named}),
            light("POST", "/O/runs", {"checklist_id": template.id, "prerun": {template.kickoff["Papers"]: named}}),
        ]

    before, wanted = len(stored(server, owner)), [told(one) for one in ways(UNKNOWN)]
    assert {one[0] for one in wanted} == {422}
    for file in (foreign, private, deleted, archived):
        assert [told(one) for one in ways(file)] == wanted, file
    for strange in (*STRANGE, 5, True, [], {"id": foreign}, {"id": {"id": foreign}}):
        assert {one.status for one in ways(strange)} <= {200, 201, 422}, strange
    for file in (foreign, private, deleted, *STRANGE[2:]):
        for path in ("/O/assets/{}", "/O/file/{}", "/O/file/{}/dl", "/O/download-files/{}"):
            assert fetch(light, path.format(file)).status_code == 404, (path, file)
        for path in ("/O/assets/{}", "/O/file/{}"):
            assert light("DELETE", path.format(file.replace("\N{SNOWMAN}", "%E2%98%83"))).status == 404, (path, file)
    assert team.stranger("GET", f"/O/assets/{foreign}").data["archived_at"] is None
    for kind in ("Run", "Task", "Checklist", "Thread", "Organization", "Step", "x"):
        for subject in (team.stranger.organization, foreign, *STRANGE[1:]):
            assert upload(light, subject_type=kind, subject_id=subject).status == 422, (kind, subject)
    assert len(stored(server, owner)) == before


@QUICK
@given(cut=st.integers(0, 120), junk=st.binary(max_size=20), head=st.binary(max_size=8), drop=st.integers(0, 9))
def test_forms_that_were_damaged_on_their_way(
    sqlite_server: Running, cut: int, junk: bytes, head: bytes, drop: int
) -> None:
    """Bytes lost, added or put in front: read as a form or refused, and every file that is kept has its row."""
    owner = _owner(sqlite_server)
    whole = frame(b'Content-Disposition: form-data; name="uploaded_from"\r\n\r\ntask', FILE)
    body = head + whole[:cut] + junk + whole[cut + drop :]
    before = len(stored(sqlite_server, owner))
    answer = owner("POST", "/O/assets", raw=body, headers=FORM)
    assert answer.status in (200, 400, 413, 415, 422), (body, answer.body)
    assert len(stored(sqlite_server, owner)) - before == (answer.status == 200)
    if answer.status == 200:
        assert fetch(owner, f"/O/file/{answer.data['id']}/dl").status_code == 200


@QUICK
@given(asked=st.text("bytes=0123456789-, \t", max_size=24) | st.text(max_size=12).filter(lambda one: one.isprintable()))
def test_any_range(sqlite_server: Running, asked: str) -> None:
    """The part that was asked for, the whole, or 416; the length is always true (RFC 9110 §14)."""
    owner = _owner(sqlite_server)
    kept = _KEPT.get("file") or _KEPT.setdefault("file", upload(owner, "a.txt", b"0123456789").data["id"])
    try:
        asked.encode("ascii")
    except UnicodeEncodeError:
        return
    answer = fetch(owner, f"/O/file/{kept}", Range=asked.strip())
    assert answer.status_code in (200, 206, 416)
    if answer.status_code == 206:
        part = answer.headers["content-range"].removeprefix("bytes ").partition("/")[0]
        start, end = map(int, part.split("-"))
        assert answer.content == b"0123456789"[start : end + 1]
    assert int(answer.headers["content-length"]) == len(answer.content)


_KEPT: dict[str, Any] = {}


def _owner(server: Running) -> Caller:
    """One organization for all examples."""
    kept: Caller = _KEPT.get("owner") or _KEPT.setdefault("owner", server.organization())
    return kept


def test_a_task_that_is_done_takes_no_files(owner: Caller) -> None:
    """20 §7.3: what is completed stays as it is; comments stay open (00 PUT-16)."""
    process = make_process(owner, {"title": "A", "captures": [{"label": "Papers", "field_type": "file"}]})
    task = f"/O/tasks/{process.tasks[0]}"
    file = upload(owner).data["id"]
    assert owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]}).status == 200
    assert owner("PUT", task, {"taskdata": {process.field("Papers"): [{"id": file}]}}).status == 422
    assert owner("PUT", task, {"file_id": file}).status == 422
    said = owner("POST", f"{task}/comment", {"content": "Late", "assets": [file]})
    assert [one["id"] for one in said.data["assets"]] == [file]
