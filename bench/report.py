"""From raw figures to medians, ratios and the tables of docs/performance.md."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out"
PAGE = ROOT / "docs" / "performance.md"
NAMES = {
    "update": "Update one task",
    "process": "Update one process",
    "launch": "Launch a process of 50 tasks",
    "list": "List one's own tasks, 20 of 5,000",
    "scale": "Scale",
    "memory": "Memory of the serving process",
    "rules": "What rules cost",
    "access": "What access costs",
    "search": "What large organizations cost",
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with what it has to reach."""

    text: str
    value: float
    limit: float
    at_least: bool = True
    unit: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def median(rows: Iterable[Row], target: str, connections: int, what: str = "rate") -> float:
    """Of all rounds of one target; 0 where it was not measured."""
    values = [row[what] for row in rows if row["target"] == target and row["connections"] == connections]
    return statistics.median(values) if values else 0.0


def ratio(rows: Sequence[Row], one: str, other: str, connections: int) -> float:
    below = median(rows, other, connections)
    return median(rows, one, connections) / below if below else 0.0


def save(name: str, rows: Sequence[Row], about: dict[str, Any]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps({"about": about, "rows": list(rows)}, indent=1) + "\n")


def load(name: str) -> tuple[list[Row], dict[str, Any]]:
    """The rows of an earlier run and what is known about it; nothing when there was none."""
    path = OUT / f"{name}.json"
    if not path.is_file():
        return [], {}
    read = json.loads(path.read_text())
    return read["rows"], read["about"]


def goals(name: str, rows: Sequence[Row]) -> list[Goal]:
    """What the figures of one part have to reach; only of targets that were measured."""
    if name == "scale":
        kinds = (("organization", 1.2), ("process", 1.5), ("list", 1.5))
        return [scale_goal(rows, kind, limit) for kind, limit in kinds]
    if name == "list":
        return [
            Goal(f"{target} / PocketBase, {connections} connections", value, 0.8)
            for connections in (8, 64)
            for target in ("SQLite",)
            if (value := ratio(rows, target, "PocketBase", connections))
        ]
    if name == "launch":
        rates = [(target, median(rows, target, 8)) for target in ("SQLite", "PostgreSQL")]
        return [Goal(f"{target}, 8 connections", rate, 60, unit=" per second") for target, rate in rates if rate]
    pairs = (("SQLite", "PocketBase", 0.45), ("SQLite", "floor", 0.25), ("PostgreSQL", "SQLite", 0.45))
    found = [
        Goal(f"{one} / {other}, {connections} connections", value, limit)
        for connections in (8, 64)
        for one, other, limit in pairs
        if (value := ratio(rows, one, other, connections))
    ]
    if cpu := median(rows, "SQLite", 8, "cpu") / 1000:
        found.append(Goal("CPU per request, SQLite, 8 connections", cpu, 0.65, at_least=False, unit=" ms"))
    return found


def scale_goal(rows: Sequence[Row], kind: str, limit: float) -> Goal:
    """How many times longer an update takes in the larger of two places."""
    found = sorted({(row["size"], row["target"]) for row in rows if row["kind"] == kind})
    (small, one), (large, other) = found[0], found[-1]
    slower = median(rows, one, 8) / median(rows, other, 8)
    what = "organization, the same list" if kind == "list" else kind
    text = f"{large:,} tasks in the {what} / {small:,}"
    return Goal(text, slower, limit, at_least=False, unit=" times the time")


def table(rows: Sequence[Row]) -> list[str]:
    """Rates min / median / max, latencies and processor time, a line for each target and number of connections."""
    lines = [
        "| target | connections | requests/s min / median / max | p50 ms | p99 ms | CPU µs/request | its database's |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for target, connections in dict.fromkeys((row["target"], row["connections"]) for row in rows):
        mine = [row for row in rows if row["target"] == target and row["connections"] == connections]
        rates = [row["rate"] for row in mine]
        p50, p99 = (median(mine, target, connections, what) for what in ("p50", "p99"))
        cpu, database = (median(mine, target, connections, what) for what in ("cpu", "database_cpu"))
        lines.append(
            f"| {target} | {connections} | {min(rates):,.0f} / {statistics.median(rates):,.0f} / {max(rates):,.0f} "
            f"| {p50:.2f} | {p99:.2f} | {cpu:,.0f} | {f'{database:,.0f}' if database else ''} |"
        )
    return lines


def memory_table(rows: Sequence[Row]) -> list[str]:
    """Resident memory in MiB, by moment and limit."""
    lines = ["| moment | MiB | to reach | |", "|---|--:|--:|---|"]
    for row in rows:
        verdict = "reached" if row["mebibytes"] <= row["limit"] else "**missed**"
        lines.append(f"| {row['moment']} | {row['mebibytes']:.0f} | ≤ {row['limit']:.0f} | {verdict} |")
    return lines


def rules_table(rows: Sequence[Row]) -> list[str]:
    """Processor times and their ratios, medians over the rounds, with what they have to reach."""
    return goal_table([Goal(one["figure"], one["value"], one["limit"], one["at_least"], one["unit"]) for one in rows])


def goal_table(found: Sequence[Goal]) -> list[str]:
    lines = ["| figure | measured | to reach | |", "|---|--:|--:|---|"]
    for goal in found:
        sign = "≥" if goal.at_least else "≤"
        verdict = "reached" if goal.reached else "**missed**"
        lines.append(f"| {goal.text} | {goal.value:.2f}{goal.unit} | {sign} {goal.limit:g} | {verdict} |")
    return lines


def section(name: str) -> list[str]:
    """One part of the page, from what `bench/out` holds of it."""
    rows, about = load(name)
    if not rows:
        return []
    title = NAMES[name]
    how = f"{about['rounds']} rounds of {about['seconds']} s each; {about['machine']}."
    if name == "memory":
        return [f"### {title}", "", how, "", *memory_table(rows), ""]
    if name in ("rules", "access", "search"):
        return [f"### {title}", "", f"{about['rounds']} rounds; {about['machine']}.", "", *rules_table(rows), ""]
    failed = sum(row["refused"] + row["broken"] for row in rows)
    count = sum(row["requests"] for row in rows)
    told = f"{how} {count:,} requests, {failed} of them failed."
    found = goals(name, rows)
    return [f"### {title}", "", told, "", *table(rows), "", *(goal_table(found) if found else ()), ""]


def fill(marker: str, lines: Sequence[str]) -> None:
    """Put `lines` between the markers of the page. Raises `ValueError` when it has none."""
    begin, end = f"<!-- {marker}:begin -->", f"<!-- {marker}:end -->"
    before, found, rest = PAGE.read_text().partition(begin)
    _, also, after = rest.partition(end)
    if not found or not also:
        raise ValueError(f"{PAGE} has no markers {begin} and {end}")
    PAGE.write_text("\n".join((f"{before}{begin}", *lines, f"{end}{after}")))
