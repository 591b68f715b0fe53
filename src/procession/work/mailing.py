"""An e-mail task is completed: what is to be sent is left to a job, in the same transaction (spec 20 §21.3)."""

from procession.engine.owners import required_people
from procession.engine.work import Task, owners_of
from procession.kernel.unit import Unit
from procession.people.model import Actor, guest, member
from procession.people.persons import guest_ids, persons
from procession.work.gather import group_people_of
from procession.work.model import Held
from procession.work.reading import beside

MAIL_TASK = "mail.task"
"""The job that delivers the e-mail of a task, once to each of its recipients."""

MAIL_REMINDER = "mail.reminder"
"""The job that reminds people of an open task, because somebody asked for it (spec 20 §22)."""

SENDING = frozenset({"email", "expiring_email"})
"""The kinds of task whose completion sends an e-mail."""


def post(unit: Unit, actor: Actor, held: Held, task: Task) -> None:
    """Leave the e-mail of a task that is complete now. `held`: with its assignments.

    Title and description go as they read at this moment. Recipients are all assignees but the sender, who gets a copy;
    the clock is no sender. Without recipients nothing is sent. Who wants no such mail is asked at delivery.
    """
    owners = owners_of(held.assigned)
    people = required_people(owners, None, group_people_of(unit, owners.groups))
    sender = task.completer
    ids = guest_ids(unit, people.guests) if people.guests else {}
    addresses = {guest(ids[address]): address for address in people.guests if address in ids}
    wanted = {member(one): one for one in people.members}
    by_member = int(sender[1:]) if sender is not None and sender[0] == "u" else None
    known = persons(unit, [*wanted.values(), *([by_member] if by_member is not None else [])])
    addresses = {who: known[one].email for who, one in wanted.items() if one in known} | addresses
    recipients = [{"principal": who, "address": address} for who, address in addresses.items() if who != sender]
    if not recipients:
        return
    own = known[by_member].email if by_member in known else task.completer_email
    homes = {held.process.id: held.process} if held.process is not None else {}
    shown = beside(unit, actor, [task], assigned={task.id: held.assigned}, processes=homes, links=False)
    unit.enqueue(
        MAIL_TASK,
        {
            "task": task.id,
            "process": task.process_id,
            "subject": shown.title(task),
            "body": shown.summary(task) or "",
            "chromeless": task.chromeless,
            "sender": sender,
            "recipients": recipients,
            "copy": {"principal": sender, "address": own} if sender is not None and own is not None else None,
        },
    )
