"""The end to memory and time that processes of their own are given (`apart`), set by themselves as they start."""

try:
    import resource
except ImportError:  # Windows has no such limits; the clock of the parent stands
    resource = None  # type: ignore[assignment]

CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space; a usual document takes 150 MiB of it, libraries included."""
REFUSED = 3
"""The exit status that says: refused, for the reason that was written out."""


def bound() -> None:
    """From now on this process has an end to its memory and time, and leaves no picture of its memory."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
