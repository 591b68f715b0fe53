"""Who asked for more rights, and which task asks for him (spec 40 §15.4)."""

from procession.kernel.unit import Unit
from procession.people import membership_queries as queries


def asking_task(unit: Unit, account_id: int, object_kind: str, object_id: str) -> str | None:
    """The last task that asked for him, completed or not. Nobody else asks for the same meanwhile."""
    unit.lock(f"asks:{unit.organization_id}:{account_id}:{object_kind}:{object_id}")
    return unit.one(queries.ASKED, account_id=account_id, object_kind=object_kind, object_id=object_id)


def keep_asking(unit: Unit, account_id: int, object_kind: str, object_id: str, task_id: str) -> None:
    """From now on this task asks."""
    unit.write(
        queries.PUT_ASKED,
        account_id=account_id,
        object_kind=object_kind,
        object_id=object_id,
        task_id=task_id,
        asked_at=unit.now,
    )
