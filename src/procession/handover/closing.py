"""An organization is destroyed: what rooms above `people` keep outside its rows goes with it (spec 41 §18.6)."""

from collections.abc import Mapping
from typing import Any

from procession.files.pictures import forget, forget_organization, of_account
from procession.kernel.unit import Unit
from procession.people.closing import destroy


def destroy_organization(unit: Unit, payload: Mapping[str, Any]) -> None:
    """The job: everything of it, its logos, and the photos of those who belonged nowhere else."""
    gone = destroy(unit, payload)
    if gone is not None:
        forget_organization(unit)
        for account_id in gone:
            forget(unit, of_account(account_id))
