"""The permissions document and the endpoint table agree with the rights table."""

from pathlib import Path

from procession.api.endpoint import OPERATIONS
from procession.people.permissions import ACTS
from procession.server.permissions import document

KEPT = Path(__file__).parents[2] / "docs" / "permissions.md"


def test_the_kept_document_is_the_generated_one() -> None:
    assert KEPT.read_text() == document(), "python -m procession.server.permissions > docs/permissions.md"


def test_every_operation_names_known_acts() -> None:
    for operation in OPERATIONS:
        assert operation.auth != "member" or operation.acts, operation.id
        assert set(operation.acts) <= set(ACTS), operation.id
