"""Files: upload, metadata, download, archive, delete (spec 20 §20)."""

from collections.abc import Mapping
from typing import Any

from procession.api.downloads import download
from procession.api.endpoint import Call, Reply, operation
from procession.api.file_words import shown
from procession.api.past import MADE, read_past, telling
from procession.api.reading import Shape, choice, raw, text
from procession.engine.attachments import files_answer
from procession.engine.model import Problem
from procession.files.keeping import file_event, keep, require_room
from procession.files.model import PLACE_LIMIT, File, Incoming, Link
from procession.kernel.unit import Unit
from procession.wire.file import Asset
from procession.work import access, uploading
from procession.work.file_access import file_to_see
from procession.work.removing_files import archive_file, delete_file
from procession.work.uploading import Destination

O = "/organizations/{org}"  # noqa: E741 - as the specification abbreviates it
SUBJECTS = {
    "Run": "process",
    "Process": "process",
    "Task": "task",
    "Checklist": "template",
    "Blueprint": "template",
    "Template": "template",
    "Organization": "organization",
    "Thread": "thread",
}
SOURCES = {one: one for one in ("local", "url", "google_drive", "dropbox", "onedrive", "box")}
ID = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}
UPLOAD = Shape(
    "uploadAssetInput",
    {
        "name": raw({"type": "string", "format": "binary", "description": "The file. `file` is understood too."}),
        "subject_type": choice(SUBJECTS),
        "subject_id": raw(ID),
        "uploaded_from": text(PLACE_LIMIT, description="A field's id, ko_field, comment, task, or free text."),
        "source": choice(SOURCES),
        "url": text(2048, description="Instead of a file, for every source but local."),
        "filename": text(255),
        "step_id": raw(ID),
        "checklist_id": raw(ID),
        "system": text(PLACE_LIMIT),
        **telling(*MADE),
    },
)
NO_NAME = "The name field is required."
NOT_ALLOWED = "The file type is not allowed."
EMPTY = "The file is empty."


@operation("POST", f"{O}/assets", id="uploadAsset", acts=("file.upload",), body=UPLOAD, answer=Asset, tag="Files",
           uploads=True, also=(("POST", f"{O}/file"), ("POST", f"{O}/files"), ("POST", f"{O}/upload")))  # fmt: skip
def upload_asset(call: Call) -> Reply:
    """Upload a file. It is attached to nothing until an answer names it."""
    problems: list[Problem] = []
    body = _body(call, problems)
    kind = body.get("subject_type")
    if kind is None and "subject_id" in body:
        problems.append(Problem(("subject_type",), "The subject type field is required."))
    if kind is not None and "subject_id" not in body:
        problems.append(Problem(("subject_id",), "The subject id field is required."))
        kind = None
    to = Destination(
        kind=kind,
        id=body.get("subject_id"),
        uploaded_from=body.get("uploaded_from"),
        step_id=body.get("step_id"),
        template_id=body.get("checklist_id"),
    )
    return _keep(call, to, body, problems)


@operation("POST", f"{O}/runs/{{run}}/tasks/{{task}}/files", id="uploadTaskFile", acts=("file.upload", "task.answer"),
           body=UPLOAD, answer=Asset, tag="Files", uploads=True)  # fmt: skip
def upload_task_file(call: Call) -> Reply:
    """Upload a file to a task."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), call.path_id("run"))
    problems: list[Problem] = []
    body = _body(call, problems)
    return _keep(call, uploading.task_destination(held, body.get("uploaded_from")), body, problems)


@operation("GET", f"{O}/assets/{{file}}", id="getAsset", acts=("file.see",), answer=Asset, tag="Files")
def get_asset(call: Call) -> Reply:
    """Read what is known of a file."""
    return _asset(call, file_to_see(call.unit, call.actor, call.path["file"]))


@operation("GET", f"{O}/file/{{file}}", id="showFile", acts=("file.see",), tag="Files", statuses=(416,),
           binary="*/*")  # fmt: skip
def show_file(call: Call) -> Reply:
    """Show a file in the browser; what could run script is handed over as a download."""
    return download(call, file_to_see(call.unit, call.actor, call.path["file"]), attachment=False)


@operation("GET", f"{O}/file/{{file}}/dl", id="downloadFile", acts=("file.see",), tag="Files", statuses=(416,),
           binary="application/octet-stream", records=True,
           also=(("GET", f"{O}/download-files/{{file}}"),))  # fmt: skip
def download_file(call: Call) -> Reply:
    """Download a file; noted in the activity."""
    file = file_to_see(call.unit, call.actor, call.path["file"])
    reply = download(call, file, attachment=True)
    if call.method == "GET" and reply.download is not None and reply.download.start == 0:
        _downloaded(call.unit, file)
    return reply


@operation("DELETE", f"{O}/assets/{{file}}", id="archiveAsset", acts=("file.delete",), tag="Files")
def archive_asset(call: Call) -> Reply:
    """Archive a file: its bytes stay, nobody downloads it. The answer is empty."""
    archive_file(call.unit, call.actor, call.path["file"])
    return Reply()


@operation("DELETE", f"{O}/file/{{file}}", id="deleteFile", acts=("file.delete",), tag="Files")
def delete_asset(call: Call) -> Reply:
    """Delete a file for good; answers that name it lose it. The answer is empty."""
    delete_file(call.unit, call.actor, call.path["file"])
    return Reply()


def _body(call: Call, problems: list[Problem]) -> dict[str, Any]:
    """The members that say something: forms send what is not filled in as empty texts."""
    sent = {name: value for name, value in call.body.items() if value not in (None, "")}
    return UPLOAD.read(sent, problems)


def _keep(call: Call, to: Destination, body: Mapping[str, Any], problems: list[Problem]) -> Reply:
    incoming = _incoming(call.upload, body, problems)
    past = read_past(call, body, problems, *MADE)
    place, wrong = uploading.place_for(call.unit, call.actor, to)
    call.raise_problems([*problems, *wrong], ".".join)
    assert place is not None
    assert incoming is not None
    if isinstance(incoming, Incoming):
        require_room(call.unit, incoming.size, call.policy.storage_quota)
    file = keep(call.unit, place, incoming, body.get("system"), at=past.created_at, by=past.author)
    call.keeps_upload = incoming is call.upload
    return _asset(call, file)


def _incoming(upload: Incoming | None, body: Mapping[str, Any], problems: list[Problem]) -> Incoming | Link | None:
    """The file, or the link that stands for one; None, with a problem, for neither."""
    source = body.get("source", "local")
    if source != "local":
        return _link(source, body, problems)
    if upload is None:
        problems.append(Problem(("name",), NO_NAME))
    elif upload.size == 0:
        problems.append(Problem(("name",), EMPTY))
    elif not upload.allowed:
        problems.append(Problem(("name",), NOT_ALLOWED))
    return upload


def _link(source: Any, body: Mapping[str, Any], problems: list[Problem]) -> Link | None:
    if "url" not in body:
        if not any(one.path == ("url",) for one in problems):
            problems.append(Problem(("url",), "The url field is required."))
        return None
    name = body.get("filename", body.get("name"))
    read, wrong = files_answer("url", [{"url": body["url"], "filename": name}], {})
    if read is None:
        problems.append(Problem(("url",), wrong or "The url must be a valid URL."))
        return None
    return Link(read[0]["filename"], read[0]["url"], source)


def _asset(call: Call, file: File) -> Reply:
    return Reply(body={"data": shown(call, file)}, revision=file.revision, updated=file.uploaded_at)


def _downloaded(unit: Unit, file: File) -> None:
    """Each download is an entry of the activity (spec 20 §20.4)."""
    unit.record([file_event(file, "downloaded", "emitted", new={"filename": file.filename})])
