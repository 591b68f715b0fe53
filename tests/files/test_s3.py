"""Files in S3-compatible storage, behind the same port (spec 50 FILE-05), against moto's server on loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from procession.files.cleaning import remove
from procession.files.store import FileStore, StoreFailed, WrongStore, s3_place
from tests.support.files import PNG, upload
from tests.support.make import make_process
from tests.support.server import Caller, Running


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 with the bucket `files`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                assert httpx2.put(f"{address}/files").status_code == 200
                break
            except httpx2.ConnectError:
                assert process.poll() is None
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def store(s3: str, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    for name, value in {
        "AWS_ENDPOINT_URL": s3, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return FileStore("s3://files/some/prefix")


def test_up_and_down_again(
    server: Running, owner: Caller, store: FileStore, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.app.transfers, "store", store)
    process = make_process(owner)
    large = PNG + bytes(range(256)) * 40_000  # more than one part of an upload to S3
    made = {"id": ""}
    for content in (PNG, large):
        made = upload(owner, content=content, subject_type="Run", subject_id=process.id).data
        assert (made["size"], made["uploaded_to_s3"], made["content_type"]) == (len(content), True, "image/png")
        got = owner("GET", f"/O/file/{made['id']}/dl")
        assert (got.status, got.raw) == (200, content), "streamed, no redirect (FILE-03)"
        part = owner("GET", f"/O/file/{made['id']}", headers={"Range": "bytes=8-15"})
        assert (part.status, part.raw) == (206, content[8:16])
    key = f"{owner.organization}/{made['id'][-2:]}/{made['id']}"
    stored = httpx2.get(f"{s3}/files/some/prefix/{key}")
    assert stored.content == large, "under the prefix, by ids alone"
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert key in [one for batch in store.listed(soon) for one in batch]
    remove(store, {"keys": [key, key]})
    assert owner("GET", f"/O/file/{made['id']}/dl").status == 404
    refused = upload(owner, content=PNG, name="a.exe", subject_type="Run", subject_id=process.id)
    assert refused.status == 422
    left = [one for batch in store.listed(soon) for one in batch if one.startswith(owner.organization)]
    assert len(left) == 1, "nothing of a refused upload is left"


def test_a_store_that_fails_is_told_as_one(
    server: Running, owner: Caller, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.check()
    monkeypatch.setattr(server.app.transfers, "store", store)
    made = upload(owner).data
    gone = FileStore("s3://nothing-of-this-name/x")
    with pytest.raises(StoreFailed):
        gone.check()
    monkeypatch.setattr(server.app.transfers, "store", gone)
    assert upload(owner).status == 503
    monkeypatch.setattr(server.app.transfers, "store", store)
    assert owner("GET", f"/O/file/{made['id']}/dl").status == 200


@pytest.mark.parametrize(
    ("url", "place"),
    [("s3://files", ("files", "")), ("s3://my-files.example/a/b/", ("my-files.example", "a/b")), ("file:///x", None)],
)
def test_addresses(url: str, place: tuple[str, str] | None) -> None:
    assert s3_place(url) == place


@pytest.mark.parametrize("url", ["s3://", "s3://A", "s3://a", "s3://files/../x", "s3://files?x=1", "s3:///files"])
def test_addresses_that_name_no_bucket(url: str) -> None:
    with pytest.raises(WrongStore):
        s3_place(url)
