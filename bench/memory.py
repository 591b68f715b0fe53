"""Resident memory of the serving process: at rest, under load, while a large file comes in. The embedded database."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.targets import HOST, Procession
from bench.wrk import shoot
from tests.faults.server import PATIENCE

MEBIBYTE = 2**20
UPLOAD = 100
"""MiB of the file."""
CONNECTIONS = 64
BOUNDARY = "a-boundary-that-no-file-holds"


def memory(folder: Path, seconds: int) -> list[dict[str, Any]]:
    """The moments with their limits, in MiB. `seconds`: half of how long the load lasts."""
    target = Procession("SQLite", folder, processes=50, launch_steps=0)
    try:
        target.start()
        target.running.stop()
        target.running.start()
        rows = [{"moment": "started, idle", "mebibytes": resident(target), "limit": 110.0}]
        shoot(target, "update", target.data["update"], CONNECTIONS, 2 * seconds)
        rows.append(
            {"moment": f"peak with {CONNECTIONS} connections writing", "mebibytes": peak(target), "limit": 180.0}
        )
        rest = resident(target)
        forget_peak(target)
        upload(target)
        grown = peak(target) - rest
        rows.append({"moment": f"peak above rest while {UPLOAD} MiB are uploaded", "mebibytes": grown, "limit": 64.0})
    finally:
        target.stop()
    for row in rows:
        row |= {"requests": 0, "refused": 0, "broken": 0}
    return rows


def status(target: Procession, name: str) -> float:
    for line in Path(f"/proc/{target.pids()[0]}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{name} is not told")


def resident(target: Procession) -> float:
    return status(target, "VmRSS")


def peak(target: Procession) -> float:
    return status(target, "VmHWM")


def forget_peak(target: Procession) -> None:
    Path(f"/proc/{target.pids()[0]}/clear_refs").write_text("5")


def parts() -> Iterator[bytes]:
    """A form with one file, a mebibyte at a time."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"; filename="large.txt"\r\n\r\n'
    yield head.encode()
    for _ in range(UPLOAD):
        yield b"x" * MEBIBYTE
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def upload(target: Procession) -> None:
    """Send a file as large as may be. Raises `RuntimeError` when it is refused."""
    person = target.content.starter
    size = sum(len(part) for part in parts())
    connection = http.client.HTTPConnection(HOST, target.running.port, timeout=PATIENCE)
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(size),
    }
    connection.request("POST", f"/organizations/{person.organization}/assets", parts(), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status not in (200, 201):
        raise RuntimeError(f"the upload was refused: {answer.status} {text[:300]!r}")
