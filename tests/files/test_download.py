"""Downloads: bytes as they are, ranges, preconditions, names, and nothing that runs (spec 20 §20.4, 00 §4)."""

import os

import httpx2
import pytest

from tests.support.files import PNG, fetch, stored, upload
from tests.support.make import UNKNOWN, events_of
from tests.support.server import NO_TLS, Caller, Running

SIZE = len(PNG)


@pytest.fixture
def file(owner: Caller) -> str:
    made: str = upload(owner).data["id"]
    return made


@pytest.mark.parametrize("path", ["/O/file/{}/dl", "/O/download-files/{}", "/api/O/file/{}/dl"])
def test_download(server: Running, owner: Caller, file: str, path: str) -> None:
    answer = fetch(owner, path.format(file), Accept="application/json", Accept_Encoding="gzip, br")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-disposition"] == 'attachment; filename="offer.png"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers
    assert answer.headers["x-request-id"]
    told = [one[:2] for one in events_of(server, owner, file)]
    assert told == [("file.uploaded", "uploaded"), ("file.downloaded", "emitted")]


def test_only_whole_downloads_are_told(server: Running, owner: Caller, file: str) -> None:
    path = f"/O/file/{file}/dl"
    tag = fetch(owner, path, "HEAD").headers["etag"]
    fetch(owner, path, If_None_Match=tag)
    fetch(owner, path, Range="bytes=5-")
    fetch(owner, f"/O/file/{file}")
    assert len(events_of(server, owner, file)) == 1


def test_inline(owner: Caller, file: str) -> None:
    answer = fetch(owner, f"/O/file/{file}")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="offer.png"'


@pytest.mark.parametrize(
    ("name", "content", "kind", "how"),
    [
        ("a.png", b"<html><script>alert(1)</script>", "text/html; charset=utf-8", "attachment"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/svg+xml", "attachment"),
        ("a.xml", b"<?xml version='1.0'?><a/>", "application/xml", "attachment"),
        ("a.gif", b"GIF89a=1;/*<script>alert(1)</script>*/", "image/gif", "inline"),
        ("a.txt", b"words", "text/plain; charset=utf-8", "inline"),
        ("a.pdf", b"%PDF-1.7\n", "application/pdf", "inline"),
        ("a.mp4", b"\0\0\0\x18ftypmp42", "video/mp4", "inline"),
    ],
)
def test_nothing_that_runs_is_shown(owner: Caller, name: str, content: bytes, kind: str, how: str) -> None:
    """Polyglots and wrong types: the type is that of the bytes, no browser guesses, markup is never shown."""
    made = upload(owner, name, content).data
    answer = fetch(owner, f"/O/file/{made['id']}")
    assert answer.content == content
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith(f"{how}; ")
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "script" not in policy
    assert ("sandbox" in policy) == (kind not in ("application/pdf", "video/mp4"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.txt", 'filename="plain.txt"'),
        ("Grüße.txt", "filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"),
        ('a".txt', "filename=\"a_.txt\"; filename*=UTF-8''a%22.txt"),
        ("100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("日本.txt", "filename=\"__.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
    ],
)
def test_names_are_written_so_that_every_client_reads_them(owner: Caller, name: str, shown: str) -> None:
    """RFC 6266; the form is written by hand, because clients quote names in forms in different ways."""
    quoted = name.replace('"', '\\"')
    body = (f'--b\r\nContent-Disposition: form-data; name="name"; filename="{quoted}"\r\n\r\nx\r\n--b--\r\n').encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    made = owner("POST", "/O/assets", raw=body, headers=headers).data
    assert made["filename"] == name
    assert fetch(owner, f"/O/file/{made['id']}/dl").headers["content-disposition"] == f"attachment; {shown}"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, SIZE),
        ("bytes=10-19", 10, 20),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        (f"bytes=5-{SIZE * 9}", 5, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        ("Bytes = 1 - 2", 1, 3),
    ],
)
def test_ranges(owner: Caller, file: str, asked: str, start: int, end: int) -> None:
    answer = fetch(owner, f"/O/file/{file}/dl", Range=asked)
    assert (answer.status_code, answer.content) == (206, PNG[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=99999999-99999999", "bytes=-0"])
def test_ranges_behind_the_end(owner: Caller, file: str, asked: str) -> None:
    answer = fetch(owner, f"/O/file/{file}/dl", Range=asked)
    assert answer.status_code == 416
    assert answer.json()["code"] == "RANGE_NOT_SATISFIABLE"
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b", ""])
def test_what_is_no_range_gives_the_whole(owner: Caller, file: str, asked: str) -> None:
    answer = fetch(owner, f"/O/file/{file}/dl", Range=asked)
    assert (answer.status_code, answer.content) == (200, PNG)


def test_preconditions(owner: Caller, file: str) -> None:
    path = f"/O/file/{file}"
    tag = fetch(owner, path).headers["etag"]
    for value in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        unchanged = fetch(owner, path, If_None_Match=value)
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    assert fetch(owner, path, If_None_Match='"x"').status_code == 200
    assert fetch(owner, path, Range="bytes=0-1", If_Range=tag).status_code == 206
    assert fetch(owner, path, Range="bytes=0-1", If_Range='"x"').status_code == 200


@pytest.mark.parametrize("path", ["/O/file/{}", "/O/file/{}/dl", "/O/download-files/{}", "/O/assets/{}"])
def test_head_is_get_without_the_body(owner: Caller, file: str, path: str) -> None:
    shown, head = (fetch(owner, path.format(file), method) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    own = ("date", "x-request-id")
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in shown.headers.items() if k not in own
    }
    part = fetch(owner, path.format(file), "HEAD", Range="bytes=0-3")
    assert part.headers["content-length"] == ("4" if part.status_code == 206 else shown.headers["content-length"])


@pytest.mark.parametrize("path", ["/O/file/{}", "/O/file/{}/dl", "/O/download-files/{}", "/O/assets/{}"])
@pytest.mark.parametrize("file_id", [UNKNOWN, "x", "..%2f..%2fsecret.key", "%00"])
def test_unknown_files_are_answered_in_json(owner: Caller, path: str, file_id: str) -> None:
    answer = fetch(owner, path.format(file_id))
    assert answer.status_code == 404
    assert answer.json()["code"] in ("RESOURCE_NOT_FOUND", "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_bytes_that_are_not_there_any_more(server: Running, owner: Caller, file: str, harm: str) -> None:
    [path] = stored(server, owner)
    if harm == "gone":
        path.unlink()
    else:
        os.truncate(path, 10)
    for method in ("GET", "HEAD"):
        answer = fetch(owner, f"/O/file/{file}/dl", method)
        assert answer.status_code == 404
    assert fetch(owner, f"/O/assets/{file}").status_code == 200


def test_metadata(owner: Caller, file: str) -> None:
    shown = owner("GET", f"/O/assets/{file.upper()}")
    assert shown.data["id"] == file
    again = owner("GET", f"/O/assets/{file}", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status == 304


def test_a_download_without_a_token_is_refused(server: Running, owner: Caller, file: str) -> None:
    answer = httpx2.get(f"{server.base}/organizations/{owner.organization}/file/{file}/dl", verify=NO_TLS)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
