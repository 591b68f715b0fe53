"""The benchmark (`make bench`): Procession on both databases beside PocketBase and the floor, interleaved, medians.

python bench/run.py [--quick] [--rounds N] [--seconds N]
    [--only update|process|launch|list|scale|memory|rules|access|search]

Raw figures go to bench/out/*.json; a full run also writes the tables of docs/performance.md, a quick one prints them.
Exit codes: 0 done, 1 requests failed or a target could not be measured, 2 something that is needed is missing.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])  # found however this is started

from bench import report, seed  # noqa: E402 - see above
from bench.access import access  # noqa: E402
from bench.memory import memory  # noqa: E402
from bench.rules import rules  # noqa: E402
from bench.search import search  # noqa: E402
from bench.targets import Procession, Target, comparison, each, lists, pause, pocketbase, resume  # noqa: E402
from bench.wrk import NotMeasured, measure, prove  # noqa: E402

PARTS = ("update", "process", "launch", "list", "scale", "memory", "rules", "access", "search")
COMPARED = ("update", "process", "launch")
CONNECTIONS = (8, 64)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often."""

    rounds: int = 5
    seconds: int = 5
    organizations: tuple[int, int] = (1_000, 100_000)
    processes: tuple[int, int] = (10, 500)

    def about(self) -> dict[str, Any]:
        model = next(
            (line.partition(":")[2].strip() for line in cpuinfo() if line.startswith("model name")), platform.machine()
        )
        machine = f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"
        return {"rounds": self.rounds, "seconds": self.seconds, "machine": machine}


QUICK = Plan(rounds=2, seconds=2, organizations=(1_000, 5_000), processes=(10, 100))


def cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []


def missing() -> list[str]:
    """What is needed and not there, each with how to get it."""
    found = []
    if shutil.which("wrk") is None:
        found.append("wrk (Debian, Ubuntu: apt install wrk)")
    if not Path("/proc/self/stat").exists():
        found.append("Linux: processor time is read from /proc")
    try:
        pocketbase()
    except RuntimeError as error:
        found.append(str(error))
    return found


def rounds(targets: list[Target], script: str, plan: Plan, connections: tuple[int, ...]) -> list[report.Row]:
    """Every target in every round, in turn; the order is reversed each second round."""
    rows: list[report.Row] = []
    for number in range(plan.rounds):
        for target in targets if number % 2 == 0 else targets[::-1]:
            for count in connections:
                got = measure(target, script, count, plan.seconds)
                rows.append(got.plain())
                print(f"{script} {number + 1}/{plan.rounds} {target.name} {count}: {got.rate:.0f}/s, {got.cpu:.0f} µs",
                      file=sys.stderr, flush=True)  # fmt: skip
    return rows


def part(name: str, targets: list[Target], plan: Plan) -> None:
    """One of update, process, launch."""
    able = [target for target in targets if name in target.data]
    connections = CONNECTIONS if name != "launch" else CONNECTIONS[:1]
    rows = rounds(able, name, plan, connections)
    report.save(name, rows, plan.about())
    if name != "launch":
        for target in able:
            if not target.name.startswith("floor"):
                prove(target, name)


def listing(folder: Path, plan: Plan) -> None:
    """A member's own tasks, 20 of 5,000; for Procession also those of somebody who has them through two groups."""
    targets = lists(folder)
    rows: list[report.Row] = []
    try:
        start(targets)
        rows += rounds(targets, "list", plan, CONNECTIONS)
        for target in targets:
            if "grouped" in target.data:
                for _ in range(plan.rounds):
                    got = measure(target, "list", CONNECTIONS[0], plan.seconds, target.data["grouped"]).plain()
                    rows.append({**got, "target": f"{target.name}, through two groups"})
    finally:
        each(targets, end)
    report.save("list", rows, plan.about())


def scale(folder: Path, plan: Plan) -> None:
    """Small and large organizations; small and large processes. Only the embedded database."""
    rows: list[report.Row] = []
    small, large = (
        Procession(f"{size:,} tasks in the organization", folder / f"organization-{size}",
                   processes=size // 20, launch_steps=0, listed=10)
        for size in plan.organizations
    )  # fmt: skip
    organizations: list[Target] = [small, large]
    try:
        start(organizations)
        for script, kind in (("update", "organization"), ("list", "list")):
            for row in rounds(organizations, script, plan, CONNECTIONS[:1]):
                size = plan.organizations[0] if row["target"] == small.name else plan.organizations[1]
                name = row["target"] if script == "update" else f"{row['target']}, a list of 200 tasks"
                rows.append({**row, "kind": kind, "size": size, "target": name})
        rows += process_sizes(small, plan)
    finally:
        each(organizations, end)
    report.save("scale", rows, plan.about())


def process_sizes(target: Procession, plan: Plan) -> list[report.Row]:
    """The same server, filled with processes of two sizes: as many tasks in few as in many."""
    resume(target)
    places = {}
    for size in plan.processes:
        filled = seed.fill(target.running, 2 * plan.processes[1] // size, size, target.content.people)
        places[size] = seed.write_tasks(filled, target.folder / f"process-{size}.txt")
    rows: list[report.Row] = []
    for number in range(plan.rounds):
        for size in plan.processes if number % 2 == 0 else plan.processes[::-1]:
            got = measure(target, "update", CONNECTIONS[0], plan.seconds, places[size]).plain()
            print(f"process of {size}: {got['rate']:.0f}/s", file=sys.stderr, flush=True)
            rows.append({**got, "target": f"{size:,} tasks in the process", "kind": "process", "size": size})
    return rows


def start(targets: list[Target]) -> None:
    """One after the other, each paused as soon as it is filled."""
    for target in targets:
        print(f"starting {target.name}", file=sys.stderr, flush=True)
        target.start()
        pause(target)


def end(target: Target) -> None:
    if target.pids():
        resume(target)
    target.stop()


def run(parts: list[str], plan: Plan, only: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="procession-bench-"))
    try:
        if wanted := [name for name in parts if name in COMPARED]:
            targets = [one for one in comparison(folder) if not only or one.name in only]
            try:
                start(targets)
                for name in wanted:
                    part(name, targets, plan)
            finally:
                each(targets, end)
        if "list" in parts:
            listing(folder / "list", plan)
        if "scale" in parts:
            scale(folder, plan)
        if "memory" in parts:
            report.save("memory", memory(folder / "memory", plan.seconds), plan.about())
        if "rules" in parts:
            report.save("rules", rules(folder / "rules", plan.rounds, plan.seconds), plan.about())
        if "access" in parts:
            report.save("access", access(folder / "access", plan.rounds, plan.seconds), plan.about())
        if "search" in parts:
            rows = search(folder / "search", plan.organizations, plan.rounds, plan.seconds)
            report.save("search", rows, plan.about())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two short rounds; the page is not written")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be repeated")
    parser.add_argument("--target", action="append", default=[], help="only this target; may be repeated")
    parser.add_argument("--rounds", type=int, default=Plan().rounds, help="of a full run")
    parser.add_argument("--seconds", type=int, default=Plan().seconds, help="of each round of a full run")
    arguments = parser.parse_args()
    if wanted := missing():
        print("The benchmark needs " + "; ".join(wanted), file=sys.stderr)
        return 2
    parts = [one for one in PARTS if one in (arguments.only or PARTS)]
    try:
        plan = QUICK if arguments.quick else Plan(rounds=arguments.rounds, seconds=arguments.seconds)
        run(parts, plan, arguments.target)
    except NotMeasured as error:
        print(error, file=sys.stderr)
        return 1
    shown = PARTS if not arguments.quick else parts
    lines = [line for name in shown for line in report.section(name)]
    print("\n".join(lines))
    if not arguments.quick and not arguments.target:
        report.fill("bench", ["", *lines])
    failed = sum(row["refused"] + row["broken"] for name in parts for row in report.load(name)[0])
    if failed:
        print(f"{failed} requests failed: the figures do not count", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
