"""What is empty in an answer: one list and one dict for all that have none.

A large template has thousands of them, and every container that is made brings the next garbage collection nearer.
Nothing changes an answer once it is made.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

NO_LIST: list[Any] = []
NO_DICT: dict[str, Any] = {}


def listed(values: Sequence[T]) -> list[T]:
    """The values as a list."""
    return list(values) if values else NO_LIST
