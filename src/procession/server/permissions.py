"""`docs/permissions.md`, generated from the rights table and the endpoint table.

`python -m procession.server.permissions` prints it; a test fails when the kept document differs.
"""

from procession.api import all_operations  # noqa: F401 - declares every operation
from procession.api.endpoint import OPERATIONS
from procession.people.permissions import ACTS, RELATIONS

HEAD = """# Permissions

Generated from the rights table (`people/permissions.py`) and the endpoint table: do not edit by hand.
A cell is `yes`, `no`, or the relation that allows the act.

## Acts

| act | admin | standard | light | guest | application |
|---|---|---|---|---|---|
"""


def document() -> str:
    """The whole document."""
    lines = [HEAD.rstrip("\n")]
    for act, rights in sorted(ACTS.items()):
        cells = (rights.admin, rights.standard, rights.light, rights.guest, rights.application)
        lines.append(f"| `{act}` | {' | '.join(cells)} |")
    lines += ["", "## Relations", "", "| relation | means |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in sorted(RELATIONS.items())]
    lines += ["", "## Operations", "", "| operation | who | acts it may need |", "|---|---|---|"]
    for operation in sorted(OPERATIONS, key=lambda one: (one.path, one.method)):
        acts = ", ".join(f"`{act}`" for act in operation.acts) or "none"
        lines.append(f"| `{operation.method} {operation.path}` | {operation.auth} | {acts} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 - this is its output
