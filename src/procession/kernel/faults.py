"""Named points at which the fault proofs kill the process. Without `PROCESSION_FAULT` they cost one comparison."""

import os
import signal

ARMED = os.environ.get("PROCESSION_FAULT", "")
_name, _, _count = ARMED.partition(":")
_left = int(_count or 1)


def reach(name: str) -> None:
    """Die by SIGKILL when `name` is the armed point and has been reached as often as asked (`NAME:COUNT`)."""
    global _left  # noqa: PLW0603 - one armed point a process
    if not ARMED or name != _name:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
