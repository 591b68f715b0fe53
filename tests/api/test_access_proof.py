"""Nobody reads, or learns of, what is not his: generated requests over every operation (spec 00 ID-04, 40 §3.2)."""

from collections import Counter

import pytest

from procession.api.endpoint import OPERATIONS
from tests.support.probing import Proof
from tests.support.server import Running
from tests.support.walls import without_policies, without_statements

SEED = 5


def prove(server: Running, count: int) -> None:
    proof = Proof(server, SEED)
    try:
        proof.run(count)
    finally:
        proof.close()
    assert not proof.wrong, f"{len(proof.wrong)} faults:\n" + "\n\n".join(proof.wrong.values())
    assert proof.asked >= count
    assert {401, 403, 404, 422} <= proof.statuses.keys(), proof.statuses
    missed = proof.twins()
    assert not missed, "\n".join(missed)


def test_the_proof_finds_what_leaks(postgres_server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the walls between organizations there are marked texts in answers, and ids tell what exists."""
    proof = Proof(postgres_server, SEED)
    without_policies(monkeypatch)
    without_statements(monkeypatch)
    administrator = proof.cast.outside[2]
    try:
        for operation in OPERATIONS:
            if operation.method == "GET" and "{org}" in operation.path and operation.auth == "member":
                proof.probe(proof.from_home(operation, administrator))
    finally:
        proof.close()
    found = Counter(what for what, _, _ in proof.wrong)
    assert found["marked text"] > 10 and found["told apart"] > 20, found


def test_nothing_leaks(server: Running) -> None:
    prove(server, 1500)


@pytest.mark.long
def test_nothing_leaks_at_length(server: Running) -> None:
    prove(server, 50_000)
