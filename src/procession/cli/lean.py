"""Keep the program's start small: imported for its effect, before everything else.

structlog (tracebacks in colours) and Mako, which Alembic brings, load rich and pygments wherever these are installed.
No installation has them; the tools of developers do, and a server beside them took 8 MB more. And what is imported
stays: looking through it for dead objects took a quarter of a start.
"""

import gc
import sys
from typing import Any

LEFT_OUT = ("rich", "pygments")

modules: dict[str, Any] = sys.modules
for _name in LEFT_OUT:
    modules.setdefault(_name, None)  # an import fails as if it were not installed; what is loaded already stays

gc.disable()


def loaded() -> None:
    """Everything is imported: dead objects are looked for again, among what is made from now on."""
    gc.freeze()
    gc.enable()
