"""The demo organization: people of a small company that sells and ships (`procession demo`, `make run`)."""

from collections.abc import Callable, Mapping

from procession.accounts.keys import Secrets
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.operations.first import First, Founder, ensure_account, found
from procession.operations.settings import Settings, public_url, secret_key
from procession.people.groups import Inside, create_group
from procession.people.guests import guests_by_address, update_guest
from procession.people.model import Role
from procession.people.organizations import add_member
from procession.people.persons import ensure_guests

FOUNDER = Founder(
    organization="Northwind Lights", email="maya.lindqvist@northwind.example", name="Maya Lindqvist", timezone="UTC"
)
MEMBERS: Mapping[str, tuple[str, Role]] = {
    "jonas.weber@northwind.example": ("Jonas Weber", "admin"),
    "priya.nair@northwind.example": ("Priya Nair", "standard"),
    "tom.okafor@northwind.example": ("Tom Okafor", "standard"),
    "lucia.moreno@northwind.example": ("Lucía Moreno", "standard"),
    "henrik.dahl@northwind.example": ("Henrik Dahl", "light"),
    "aiko.tanaka@northwind.example": ("Aiko Tanaka", "light"),
}
GUESTS: Mapping[str, tuple[str, str]] = {
    "ines.ferreira@harbourcafe.example": ("Inês", "Ferreira"),
    "sam.boyd@boydandsons.example": ("Sam", "Boyd"),
    "orders@lampworks.example": ("Lampworks", "Orders"),
}
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Finance": ("Invoices and payments", ("jonas.weber@northwind.example", "priya.nair@northwind.example")),
    "Customer success": (
        "First contact after a sale",
        ("tom.okafor@northwind.example", "lucia.moreno@northwind.example", "aiko.tanaka@northwind.example"),
    ),
    "Warehouse": ("Packs and ships", ("henrik.dahl@northwind.example",)),
}

Keep = Callable[[First], None]


class Demo:
    """What the demo is made of so far: the unit it is written in, and the ids of its people by address."""

    def __init__(self, unit: Unit, secrets: Secrets, first: First) -> None:
        self.unit = unit
        self.secrets = secrets
        self.first = first
        self.members = {FOUNDER.email: first.user_id}
        self.guests: Mapping[str, int] = {}
        self.groups: dict[str, str] = {}


def make_demo(database: Database, settings: Settings, *, address: str | None = None, keep: Keep | None = None) -> First:
    """Make the demo organization in a migrated database, in one transaction. `address`: what links start with.

    `keep` is called before the commit: what it keeps may be of an organization that never came to be, never the other
    way round. Raises `Refused` when there is an organization already.
    """
    secrets = Secrets(secret_key(settings))
    now = Clock().now()

    def work(session: Session) -> First:
        unit = Unit(session, NOWHERE, now)
        first = found(unit, secrets, FOUNDER, another=False, address=address or public_url(settings))
        unit.principal = f"u{first.user_id}"
        fill(Demo(unit, secrets, first))
        if keep is not None:
            keep(first)
        return first

    return database.command_now(work)


def fill(demo: Demo) -> None:
    """Everything in the demo organization."""
    make_people(demo)


def make_people(demo: Demo) -> None:
    """Members of every role, guests with names, groups."""
    unit = demo.unit
    for email, (name, role) in MEMBERS.items():
        demo.members[email] = ensure_account(unit, email, name)
        add_member(unit, demo.members[email], role)
    demo.guests = ensure_guests(unit, demo.secrets, GUESTS)
    for guest in guests_by_address(unit, GUESTS):
        first_name, last_name = GUESTS[guest.email]
        update_guest(unit, guest, {"first_name": first_name, "last_name": last_name})
    for name, (description, people) in GROUPS.items():
        inside = Inside(tuple(demo.members[email] for email in people))
        group = create_group(
            unit, demo.secrets, name=name, description=description, inside=inside, by=demo.first.user_id
        )
        demo.groups[name] = group.id
