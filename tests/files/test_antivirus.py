"""The antivirus hook, against a stub of clamd on loopback; and how much an organization may keep."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from procession.files.antivirus import WrongScanner, scanner_address
from tests.support.files import PNG, upload
from tests.support.make import make_process
from tests.support.server import Caller, Running

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.StreamRequestHandler):
    """Reads as clamd does: the command, chunks with their lengths, an empty one; then says what it found."""

    seen: list[bytes]
    says: bytes | None

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\x00"
        content = b""
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.seen.append(content)
        found = b"stream: Eicar-Signature FOUND" if EICAR in content else b"stream: OK"
        said = found if self.says is None else self.says
        if said:
            self.wfile.write(said + b"\x00")


@pytest.fixture
def clamd() -> Iterator[Any]:
    kind = type("OneClamd", (Clamd,), {"seen": [], "says": None})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        kind.address = f"clamd://127.0.0.1:{listening.server_address[1]}"  # type: ignore[attr-defined]
        yield kind
        listening.shutdown()
        thread.join()


def scanned_by(server: Running, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = msgspec.structs.replace(server.app.transfers.rules, antivirus=address)
    monkeypatch.setattr(server.app.transfers, "rules", rules)


def kept(server: Running) -> int:
    return sum(len(one) for one in server.app.files.listed(datetime(2100, 1, 1, tzinfo=UTC)))


def test_what_the_scanner_finds_is_not_kept(
    server: Running, owner: Caller, clamd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = make_process(owner)
    scanned_by(server, clamd.address, monkeypatch)
    clean = PNG + bytes(600_000)
    assert upload(owner, content=clean, subject_type="Run", subject_id=process.id).status == 200
    before = kept(server)
    found = upload(owner, name="a.txt", content=EICAR, subject_type="Run", subject_id=process.id)
    assert (found.status, found.body["code"]) == (422, "FILE_INFECTED")
    assert "name" in found.errors
    assert kept(server) == before, "nothing of it is left"
    assert clamd.seen == [clean, EICAR], "the scanner sees what is stored"
    assert upload(server.organization(), name="a.txt", content=b"fine").status == 200
    stranger = server.organization()
    answer = stranger("POST", f"/organizations/{owner.organization}/assets", form=({}, {"name": ("a.txt", EICAR)}))
    assert answer.status == 403 and len(clamd.seen) == 3, "who may not come in is not scanned"


@pytest.mark.parametrize("says", [b"", b"INSTREAM size limit exceeded. ERROR", b"stream: OK but not quite"])
def test_a_scanner_that_does_not_answer_lets_nothing_in(
    server: Running, owner: Caller, clamd: Any, says: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    clamd.says = says
    scanned_by(server, clamd.address, monkeypatch)
    before = kept(server)
    assert upload(owner, name="a.txt", content=b"fine").status == 503
    assert kept(server) == before


def test_no_scanner_there(server: Running, owner: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned_by(server, f"clamd://{tmp_path}/none", monkeypatch)
    assert upload(owner, name="a.txt", content=b"fine").status == 503


@pytest.mark.parametrize("url", ["clamd://av:3310", "clamd://av", "clamd:///run/clamd.sock", "clamd://[::1]:3310"])
def test_addresses_of_scanners(url: str) -> None:
    assert scanner_address(url) == url


@pytest.mark.parametrize("url", ["av:3310", "clamd://", "clamd:///", "http://av", "clamd://av:0", "clamd://av:x"])
def test_addresses_of_no_scanner(url: str) -> None:
    with pytest.raises(WrongScanner):
        scanner_address(url)


def test_how_much_an_organization_may_keep(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored bytes count, links do not (spec 20 §20.5); what fits exactly fits."""
    policy = msgspec.structs.replace(server.app.performer.policy, storage_quota=1000)
    monkeypatch.setattr(server.app.performer, "policy", policy)
    process = make_process(owner)
    to: Any = {"subject_type": "Run", "subject_id": process.id}
    assert upload(owner, name="a.txt", content=b"x" * 600, **to).status == 200
    assert upload(owner, name="b.txt", content=b"x" * 400, **to).status == 200
    full = upload(owner, name="c.txt", content=b"x", **to)
    assert (full.status, full.body["code"]) == (422, "STORAGE_FULL")
    link = {"source": "url", "url": "https://f.example/a.txt", "filename": "a"}
    assert owner("POST", "/O/assets", link).status == 200
    other = server.organization()
    assert upload(other, name="a.txt", content=b"x" * 1000).status == 200, "each organization has its own"
