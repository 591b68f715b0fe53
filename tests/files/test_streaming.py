"""The server as operators run it: memory does not grow with the size of a file, half a body leaves nothing."""

import contextlib
import hashlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.server import HOST, Person, Server

MIB = 1024 * 1024
SIZE = 64 * MIB
GROWTH = 16 * MIB
"""What a transfer may add to the peak: buffers and threads, a quarter of the file."""
PIECE = bytes(range(256)) * 256
HEAD = b'--xyz\r\nContent-Disposition: form-data; name="name"; filename="big.zip"\r\n\r\n'
TAIL = b"\r\n--xyz--\r\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Person]]:
    server = Server(tmp_path_factory.mktemp("streaming"))
    person = server.initialize("Acme")
    server.start()
    yield server, person
    server.stop()


def peak(server: Server) -> int:
    """The most memory the server has held since its peak was last forgotten, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def forget_peak(server: Server) -> int:
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    return peak(server)


def begin(server: Server, person: Person, length: int) -> http.client.HTTPConnection:
    """The request up to its body."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    connection.putrequest("POST", f"/organizations/{person.organization}/assets")
    connection.putheader("Authorization", f"Bearer {person.token}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=xyz")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    return connection


def stored(server: Server, person: Person) -> list[Path]:
    return [one for one in (server.folder / "files" / person.organization).rglob("*") if one.is_file()]


@contextlib.contextmanager
def get(server: Server, person: Person, path: str) -> Iterator[http.client.HTTPResponse]:
    headers = {"Authorization": f"Bearer {person.token}", "Accept-Encoding": "gzip"}
    with contextlib.closing(http.client.HTTPConnection(HOST, server.port, timeout=60)) as connection:
        connection.request("GET", f"/organizations/{person.organization}/{path}", headers=headers)
        yield connection.getresponse()


def test_memory_does_not_grow_with_the_file(place: tuple[Server, Person]) -> None:
    server, person = place
    send(server, person, [b"warm"])
    before = forget_peak(server)
    digest = hashlib.sha256()
    pieces = [PIECE] * (SIZE // len(PIECE))
    for piece in pieces:
        digest.update(piece)
    file = send(server, person, pieces)
    assert (file["size"], file["sha256"]) == (SIZE, digest.hexdigest())
    assert peak(server) - before < GROWTH
    before = forget_peak(server)
    received = hashlib.sha256()
    with get(server, person, f"file/{file['id']}/dl") as answer:
        assert (answer.status, answer.getheader("content-length")) == (200, str(SIZE))
        while piece := answer.read(MIB):
            received.update(piece)
    assert received.hexdigest() == digest.hexdigest()
    assert peak(server) - before < GROWTH


@pytest.mark.long
def test_a_gibibyte_goes_through_64_mebibytes(tmp_path: Path) -> None:
    """The limit raised to more than that; what is above idle is buffers, whatever the size."""
    server = Server(tmp_path / "large")
    person = server.initialize("Acme")
    (server.folder / "procession.toml").write_text('upload_limit = "2048"')
    server.start()
    try:
        send(server, person, [b"warm"])
        before = forget_peak(server)
        large = send(server, person, [PIECE] * (1024 * MIB // len(PIECE)))
        assert large["size"] == 1024 * MIB
        grown = peak(server) - before
        assert grown < 64 * MIB, f"{grown / MIB:.0f} MiB"
    finally:
        server.stop()


def send(server: Server, person: Person, pieces: list[bytes]) -> dict[str, object]:
    connection = begin(server, person, len(HEAD) + sum(map(len, pieces)) + len(TAIL))
    connection.send(HEAD)
    for piece in pieces:
        connection.send(piece)
    connection.send(TAIL)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, body
    made: dict[str, object] = body["data"]
    return made


def test_half_a_body_leaves_nothing(place: tuple[Server, Person]) -> None:
    server, person = place
    before = stored(server, person)
    connection = begin(server, person, 8 * MIB)
    connection.send(HEAD + PIECE * 40)
    deadline = time.monotonic() + 20
    while len(stored(server, person)) == len(before):  # it has begun to write
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    while stored(server, person) != before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_too_large_is_told_before_it_is_sent(place: tuple[Server, Person]) -> None:
    server, person = place
    before = stored(server, person)
    connection = begin(server, person, 1024 * MIB)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "FILE_TOO_LARGE")
    connection.close()
    stranger = Person(0, "nothing", person.organization)
    connection = begin(server, stranger, 1024 * MIB)
    assert connection.getresponse().status == 401
    connection.close()
    assert stored(server, person) == before


def test_downloads_are_sent_as_they_are(place: tuple[Server, Person]) -> None:
    """Spec 00 §4: identity encoding, although the same bytes in JSON would be compressed."""
    server, person = place
    file = send(server, person, [b"the same words again. " * 10_000])
    with get(server, person, f"file/{file['id']}/dl") as answer:
        length = len(answer.read())
        assert (answer.getheader("content-encoding"), answer.getheader("content-length")) == (None, str(length))
    with get(server, person, f"assets/{file['id']}") as answer:
        assert answer.getheader("content-encoding") is None, "too short to compress"
