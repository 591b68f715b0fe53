"""Works errands off: long work that somebody asked for, object by object, each in a transaction of its own.

Whoever dies leaves the lease to run out; the next goes on with the first object that is not settled (spec 00 JOB-01).
"""

from collections.abc import Callable, Mapping
from typing import Any

from procession.api import bulk
from procession.api.run_export_jobs import Part, write_part
from procession.api.run_exports import BATCH
from procession.engine.model import Refused
from procession.kernel import errands
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.errands import Errand, Item
from procession.kernel.errors import ApiError, Unavailable
from procession.kernel.log import log
from procession.kernel.unit import EVERY_TENANT, Unit

PARTS_IN_TURN = 10
"""So many parts of an export are written, then other work has its turn: mails and deadlines wait for no export."""
HARMLESS = frozenset({404})
"""An export is whole without processes that are gone, or that whoever asked does not see any more."""
FAILED = (500, {"message": ApiError.default_message, "code": ApiError.default_code})


class Undone(Exception):
    """Nothing of it is kept: it was tried only, or somebody cancelled the errand meanwhile."""

    def __init__(self, status: int | None) -> None:
        super().__init__()
        self.status = status


def work_off(database: Database, clock: Clock, secrets: Any, stopped: Callable[[], bool] = lambda: False) -> int:
    """Work off one errand, if there is one; how many objects were settled. `stopped`: asked before each object."""
    now = clock.now()
    if not database.read_now(lambda session: errands.is_waiting(Unit(session, EVERY_TENANT, now))):
        return 0
    errand = database.command_now(lambda session: errands.claim(Unit(session, EVERY_TENANT, now)))
    if errand is None:
        return 0
    if errand.kind == bulk.EXPORT_KIND:
        return _export(database, clock, errand, stopped)
    settled = 0
    while not stopped():
        items = database.read_now(lambda session: errands.next_items(_unit(session, errand, clock), errand.id, 1))
        if not items:
            database.command_now(lambda session: errands.finish(_unit(session, errand, clock), errand))
            break
        if not _one(database, clock, secrets, errand, items[0]):
            break
        settled += 1
    return settled


def _export(database: Database, clock: Clock, errand: Errand, stopped: Callable[[], bool]) -> int:
    """Write some parts of an export, or its end; how many processes they are about. The next turn goes on.

    They are read beside those who write.
    """
    settled = 0
    for _ in range(PARTS_IN_TURN):
        if stopped():
            break
        try:
            written = _further(database, clock, errand, errand.done + settled)
        except (Undone, Unavailable):
            return settled  # it is over, or the lease runs out and somebody tries again
        if not written:
            return settled
        settled += written
    database.command_now(lambda session: errands.release(_unit(session, errand, clock), errand.id))
    return settled


def _further(database: Database, clock: Clock, errand: Errand, since: int) -> int:
    """Write the next part, or finish when there is none; how many processes it is about."""
    items = database.read_now(
        lambda session: errands.next_items(_unit(session, errand, clock), errand.id, BATCH, since)
    )
    if items:
        made = _part(database, clock, errand, items)
        database.command_now(lambda session: _keep(_unit(session, errand, clock), errand, made))
    else:
        database.command_now(lambda session: errands.finish_parts(_unit(session, errand, clock), errand.id, HARMLESS))
    return len(items)


def _part(database: Database, clock: Clock, errand: Errand, items: list[Item]) -> Part:
    """The rows of some processes; or why there are none."""
    try:
        return database.read_now(lambda session: write_part(_unit(session, errand, clock), errand, items))
    except Unavailable:
        raise
    except (ApiError, Refused) as error:
        status, told = bulk.refusal(error)
    except Exception as error:  # noqa: BLE001 - the export fails, the worker goes on
        log.warning("part of an export failed", errand=errand.id, position=items[0].position, error=repr(error))
        status, told = FAILED
    return Part(b"", [(one, status, told) for one in items])


def _keep(unit: Unit, errand: Errand, made: Part) -> None:
    """The part and what it is about, together; nothing of it when somebody cancelled the errand or was quicker."""
    for item, status, told in made.settled:
        _settle(unit, errand, item, status, told)
    if made.content:
        errands.write_part(unit, errand.id, made.settled[0][0].position, made.content)


def _unit(session: Session, errand: Errand, clock: Clock) -> Unit:
    return Unit(session, errand.organization_id, clock.now())


def _one(database: Database, clock: Clock, secrets: Any, errand: Errand, item: Item) -> bool:
    """Do one object and settle it in the same transaction, or note why not; False when the errand is over."""
    status: int | None
    told: dict[str, Any] | None = None
    try:
        database.command_now(lambda session: _done(_unit(session, errand, clock), secrets, errand, item))
    except Unavailable:
        return False  # the lease runs out, then somebody tries again
    except Undone as undone:
        status = undone.status
        if status is None:
            return False
    except (ApiError, Refused) as error:
        status, told = bulk.refusal(error)
    except Exception as error:  # noqa: BLE001 - one object that fails stops no other
        log.warning("object of an errand failed", errand=errand.id, object=item.object_id, error=repr(error))
        status, told = FAILED
    else:
        return True
    try:
        database.command_now(lambda session: _settle(_unit(session, errand, clock), errand, item, status, told))
    except (Undone, Unavailable):
        return False
    return True


def _done(unit: Unit, secrets: Any, errand: Errand, item: Item) -> None:
    status = bulk.perform(unit, errand, item.object_id, secrets)
    if errand.request["dry_run"]:
        raise Undone(status)
    _settle(unit, errand, item, status, None)


def _settle(unit: Unit, errand: Errand, item: Item, status: int, told: Mapping[str, Any] | None) -> None:
    """Note what became of an object; whoever finds it settled undoes everything, what he counted too."""
    if not errands.settle(unit, errand.id, item.position, status, told):
        raise Undone(None)
