"""The tests' own requests: what they get is what httpx2 gets, over connections that are kept and shared."""

import gzip
import socket
import threading
from typing import Any

import httpx2
import pytest

from tests.support.lines import LARGEST, Lines
from tests.support.server import Caller, Running

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKS = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"


class Peer:
    """A server that gives each connection the next of these answers, one per request, and then ends it."""

    def __init__(self, *connections: list[bytes]) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listening.getsockname()[1]}/before"
        self.asked: list[bytes] = []
        self.thread = threading.Thread(target=self._serve, args=(connections,), daemon=True)
        self.thread.start()

    def _serve(self, connections: tuple[list[bytes], ...]) -> None:
        for answers in connections:
            line, _ = self.listening.accept()
            with line:
                for answer in answers:
                    self.asked.append(line.recv(65_536))
                    line.sendall(answer)
        self.listening.close()


def test_connections_are_kept_and_a_closed_one_is_noticed() -> None:
    peer = Peer([ANSWER, CHUNKS], [ANSWER])
    lines = Lines(peer.base)
    first, second = lines.ask("GET", "/a?b=%20c", {"x-y": "z"}, b""), lines.ask("POST", "/b", {}, b"{}")
    assert first is not None and (first.status, first.body) == (200, b"ok")
    assert second is not None and (second.status, second.body) == (201, b"ok")
    assert httpx2.Headers(second.headers).get_list("x-a") == ["1", "2"]
    while not lines.ended():
        pass
    third = lines.ask("PUT", "/c", {}, b"")
    assert third is not None and third.body == b"ok"
    peer.thread.join(10)
    lines.close()
    host = peer.base.split("/")[2].encode()
    assert peer.asked == [
        b"GET /before/a?b=%20c HTTP/1.1\r\nHost: " + host + b"\r\nx-y: z\r\n\r\n",
        b"POST /before/b HTTP/1.1\r\nHost: " + host + b"\r\ncontent-length: 2\r\n\r\n{}",
        b"PUT /before/c HTTP/1.1\r\nHost: " + host + b"\r\ncontent-length: 0\r\n\r\n",
    ]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"])
def test_half_an_answer_is_none(answer: bytes) -> None:
    peer = Peer([answer])
    with pytest.raises(httpx2.RemoteProtocolError):
        Lines(peer.base).ask("GET", "/", {}, b"")
    peer.thread.join(10)
    with pytest.raises(httpx2.ConnectError):
        Lines(peer.base).ask("GET", "/", {}, b"")


def test_a_server_that_is_silent_is_not_waited_for_forever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        lines = Lines(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.05)
        with pytest.raises(httpx2.ReadTimeout):
            lines.ask("GET", "/", {}, b"")


@pytest.mark.parametrize(
    ("method", "address", "headers", "body"),
    [
        ("HEAD", "/", {}, b""),
        ("GET", "//a", {}, b""),
        ("GET", "/a/../b", {}, b""),
        ("GET", "/ä", {}, b""),
        ("GET", "/a b", {}, b""),
        ("GET", "/%zz", {}, b""),
        ("GET", "a", {}, b""),
        ("GET", "/", {"content-length": "7"}, b""),
        ("GET", "/", {"x": "ä"}, b""),
        ("GET", "/", {"x": "a\r\nb: c"}, b""),
        ("GET", "/", {"x y": "a"}, b""),
        ("POST", "/", {}, b"x" * (LARGEST + 1)),
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_httpx2(
    method: str, address: str, headers: dict[str, str], body: bytes
) -> None:
    assert Lines("http://127.0.0.1:1").ask(method, address, headers, body) is None


def test_both_ways_answer_the_same(sqlite_server: Running) -> None:
    owner = sqlite_server.organization("Ünïcode")
    assert owner("POST", "/O/tags", {"title": "Größe\u2028𝄞", "color": "#112233"}).status == 201
    for address in ("/me", "/O/tags", "/O/nothing", "/O/tags?page=x", "/O/users?q=a%20b"):
        path = address.replace("/O/", f"/organizations/{owner.organization}/")
        light, whole = owner("GET", address), owner.http.get(path)
        assert (light.status, told(light.body)) == (whole.status_code, told(whole.json())), address
        assert {*light.headers} == {*whole.headers} - {"content-encoding"}, address


def told(body: Any) -> Any:
    return {name: value for name, value in body.items() if name != "request_id"} if isinstance(body, dict) else body


def test_long_answers_are_compressed_for_those_who_read_that(sqlite_server: Running, owner_here: Caller) -> None:
    """Callers do not ask for it, so that nothing is packed only to be unpacked."""
    for number in range(12):
        assert owner_here("POST", "/O/tags", {"title": f"Tag {number}", "color": "#112233"}).status == 201
    path = f"/organizations/{owner_here.organization}/tags"
    plain = owner_here("GET", path)
    assert "content-encoding" not in plain.headers and len(plain.raw) > 1024
    with owner_here.http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip" and len(raw) < len(plain.raw)
    assert gzip.decompress(raw) == plain.raw


@pytest.fixture
def owner_here(sqlite_server: Running) -> Caller:
    return sqlite_server.organization()
