"""The wheel, installed into an empty environment, is the whole program: no checkout, no development packages."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.server import NO_TLS

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"
NEEDED = {"procession/operations/migrations/env.py", "procession/operations/migrations/versions/0001_first.py"}


def run(*command: str | Path, **more: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False, **more
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed program. Its packages come from the registry or from uv's cache."""
    if not UV.exists():
        pytest.skip("uv is missing")
    folder = tmp_path_factory.mktemp("wheel")
    run(UV, "build", "--wheel", "--out-dir", folder / "dist", "--no-build-logs", ROOT)
    (wheel,) = (folder / "dist").glob("*.whl")
    listed = run(sys.executable, "-m", "zipfile", "-l", wheel)
    assert all(one in listed for one in NEEDED)
    assert "tests/" not in listed
    run(UV, "venv", "--python", sys.executable, folder / "env")
    run(UV, "pip", "install", "--python", folder / "env" / "bin" / "python", wheel)
    return folder / "env" / "bin" / "procession"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}


@contextlib.contextmanager
def serving(program: Path, home: dict[str, str], folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([str(program), "serve", "--port", str(port)], env=home, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx2.TransportError):
                if httpx2.get(f"{base}/health/ready", verify=NO_TLS).status_code == 200:
                    break
            time.sleep(0.1)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.long
def test_the_wheel_is_the_whole_program(program: Path, home: dict[str, str], tmp_path: Path) -> None:
    assert run(program, "--version", env=home, cwd=tmp_path).startswith("procession, version")
    first = json.loads(run(program, "demo", "--json", env=home, cwd=tmp_path))
    assert (tmp_path / ".local/share/procession/procession.db").is_file(), "no checkout: data are kept below the home"
    with serving(program, home, tmp_path) as base:
        token = {"Authorization": f"Bearer {first['access_token']}"}
        answer = httpx2.get(f"{base}/organizations/{first['organization_id']}/runs", headers=token, verify=NO_TLS)
        assert answer.json()["meta"]["pagination"]["total"] > 50
        report = json.loads(run(program, "doctor", "--json", env=home, cwd=tmp_path))
        assert report["status"] != "error", report
        run(program, "backup", tmp_path / "b.tar.gz", env=home, cwd=tmp_path)
    other = home | {"PROCESSION_DATA_DIR": str(tmp_path / "other")}
    run(program, "restore", tmp_path / "b.tar.gz", env=other, cwd=tmp_path)
    assert json.loads(run(program, "token", "list", "--json", env=other, cwd=tmp_path))["data"]
