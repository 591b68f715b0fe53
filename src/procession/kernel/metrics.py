"""What `/metrics` shows (Prometheus)."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter("procession_requests_total", "Answered requests.", ["operation", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "procession_request_seconds",
    "Time from the request to its answer.",
    ["operation"],
    registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
REFUSED = Counter("procession_refused_total", "Requests refused for overload.", ["reason"], registry=REGISTRY)
GROUPS = Histogram(
    "procession_commit_group_size", "Commands that shared one commit.", registry=REGISTRY, buckets=(1, 2, 4, 8, 16, 32)
)
WAITING = Gauge("procession_commands_waiting", "Commands waiting for their turn.", registry=REGISTRY)
JOBS = Counter("procession_jobs_total", "Jobs run.", ["kind", "outcome"], registry=REGISTRY)
