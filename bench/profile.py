"""Where the time of an update goes: py-spy over the server under load, added up by room (`docs/performance.md`).

python bench/profile.py [--seconds N] [--postgres] [--page]

A sample belongs to the innermost frame of Procession on its stack, named by its room, and below `kernel` by file; time
in the driver and in SQLite itself is told apart from time in our own lines. Threads that wait are not counted.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # found however this is started

from bench import report  # noqa: E402 - see above
from bench.targets import Procession  # noqa: E402
from bench.wrk import shoot  # noqa: E402

RATE = 500
PROGRAM = str(Path(sys.executable).with_name("py-spy"))

DRIVER = "SQL: driver, database library, commit"
SERVER = "HTTP: uvicorn, httptools, asyncio"
LOOP = "event loop itself (uvloop; part of it is waiting)"
WAITING = ("Condition.wait ", "Readers._serve ", "Readers._assist ", "Writer._live ", "_worker ", "wait ")
"""Innermost functions of threads that wait; py-spy takes some of them for busy."""
DRIVING = {
    "sqlite_connection.py": {"fetch", "write", "write_many"},
    "sqlite_writer.py": {"_begin", "_commit"},
    "postgres.py": {"fetch", "write", "write_many", "_send"},
    "strands.py": {"wait", "batch", "_exit_gen"},
}
"""Functions of `kernel` whose time is the driver's: it is written in C, and leaves no frames."""
OUTSIDE = (("uvicorn", SERVER), ("uvloop", SERVER), ("asyncio", SERVER), ("psycopg", DRIVER), ("pysqlite3", DRIVER))


def layer(frames: list[str]) -> str | None:
    """The layer that a stack (outermost frame first) was in; None when the thread waited for work or for another."""
    if frames[-1].startswith(WAITING):
        return None
    if frames[-1].startswith("Runner.run "):
        return LOOP
    for frame in reversed(frames):
        for part, name in OUTSIDE:
            if f"/{part}/" in frame or f"({part}/" in frame:
                return name
        if "procession/" in frame:
            return own_layer(frame)
    return "other"


def own_layer(frame: str) -> str:
    """`name (…/procession/room/file.py:line)` as the room; what is in `kernel` by its file."""
    function, _, place = frame.partition(" (")
    room, _, file = place.partition("procession/")[2].rpartition(":")[0].partition("/")
    if room == "kernel" and function.split(".")[-1] in DRIVING.get(file, ()):
        return DRIVER
    return f"{room}/{file}" if room in ("kernel", "server") else f"{room}/"


def added_up(stacks: Iterable[str]) -> Counter[str]:
    """Samples per layer from py-spy's raw format: `frame;frame;frame count` a line."""
    found: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        if stack and count.isdigit():
            name = layer(stack.split(";"))
            found.update({name: int(count)} if name is not None else {})
    return found


def record(folder: Path, seconds: int, *, postgres: bool) -> tuple[Counter[str], float]:
    """Samples per layer under load of 8 connections, and requests per second meanwhile."""
    target = Procession("profile", folder / "server", postgres=postgres, launch_steps=0)
    raw = folder / "raw.txt"
    try:
        target.start()
        rows = target.data["update"]
        shoot(target, "update", rows, 8, 2)
        command = [PROGRAM, "record", "--pid", str(target.running.pid), "--rate", str(RATE), "--duration", str(seconds)]
        spy = subprocess.Popen(
            [*command, "--format", "raw", "--output", str(raw), "--full-filenames"], stdout=subprocess.DEVNULL
        )
        got = shoot(target, "update", rows, 8, seconds + 2)
        spy.wait(120)
    finally:
        target.stop()
    return added_up(raw.read_text().splitlines()), got["requests"] / got["microseconds"] * 1e6


def table(found: Counter[str], rate: float, seconds: int) -> list[str]:
    """Share and processor time per request of each layer; what is under one in a hundred is put together."""
    total = sum(found.values())
    small = sum(count for count in found.values() if count < total / 100)
    shown = [(name, count) for name, count in found.most_common() if count >= total / 100]
    if small:
        shown.append(("each of the others under 1 %", small))
    lines = ["| layer | share | µs per request |", "|---|--:|--:|"]
    for name, count in shown:
        cost = count / RATE / (rate * seconds) * 1e6
        lines.append(f"| {name} | {count / total:.0%} | {cost:,.0f} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--page", action="store_true", help="write the table into docs/performance.md")
    arguments = parser.parse_args()
    for program in ("wrk", PROGRAM):
        if shutil.which(program) is None:
            print(f"The profile needs {program}", file=sys.stderr)
            return 2
    folder = Path(tempfile.mkdtemp(prefix="procession-profile-"))
    try:
        found, rate = record(folder, arguments.seconds, postgres=arguments.postgres)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    lines = table(found, rate, arguments.seconds)
    report.OUT.mkdir(parents=True, exist_ok=True)
    name = "profile-postgresql" if arguments.postgres else "profile"
    (report.OUT / f"{name}.json").write_text(json.dumps({"rate": rate, "samples": dict(found)}, indent=1) + "\n")
    print("\n".join((f"{rate:,.0f} requests per second under the profiler", "", *lines)))
    if arguments.page:
        report.fill(
            name, ["", f"At {rate:,.0f} requests per second under the profiler, 8 connections:", "", *lines, ""]
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
