"""A test process holds ten thousand tests and all that they import, which stays to the end: the interpreter need not go
through all of it, again and again, for rings of dead objects (a tenth of the tests' time).
"""

import gc
from collections.abc import Iterator

import pytest

YOUNG = 20_000
"""New objects between two looks at them; Python's own number is 700."""

gc.disable()  # until everything is imported


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(YOUNG, 20, 20)
        gc.enable()
