"""The demo organization: people of a small company that sells and ships (`procession demo`, `make run`)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from procession.accounts.keys import Secrets
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.labels.folders import create_folder
from procession.labels.tags import create_tag
from procession.operations.demo_cases import PROCESSES
from procession.operations.demo_content import BUYING, HIRING, WINNING
from procession.operations.demo_more import CLOSING, COMPLAINT, LAUNCHING, LEAVING, SUPPLIER
from procession.operations.demo_people import EVERYBODY, FOLDERS, GROUPS, GUESTS, MAYA, MEMBERS, SNIPPETS, TAGS
from procession.operations.demo_processes import Cast, live
from procession.operations.demo_rules import make_rules
from procession.operations.demo_templates import Wanted, make_template
from procession.operations.first import First, Founder, ensure_account, found
from procession.operations.settings import Settings, public_url, secret_key
from procession.people.groups import Inside, create_group
from procession.people.guests import guests_by_address, update_guest
from procession.people.model import EVERYONE, Actor, group, member
from procession.people.organizations import add_member
from procession.people.persons import ensure_guests
from procession.people.settings import current_settings
from procession.templates.snippets import create_snippet

FOUNDER = Founder(organization="Northwind Lights", email=MAYA, name="Maya Lindqvist", timezone="UTC")
TEMPLATES = (HIRING, WINNING, BUYING, COMPLAINT, LEAVING, CLOSING, LAUNCHING, SUPPLIER)
FOUNDED = timedelta(days=200)
"""How long ago the demo begins."""

Keep = Callable[[First], None]


class Demo:
    """What the demo is made of so far: the unit it is written in, and the ids of what it holds by name."""

    def __init__(self, unit: Unit, secrets: Secrets, first: First) -> None:
        self.unit = unit
        self.secrets = secrets
        self.first = first
        self.members = {FOUNDER.email: first.user_id}
        self.guests: Mapping[str, int] = {}
        self.groups: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.snippets: dict[str, str] = {}
        self.templates: dict[str, str] = {}

    def actor(self, email: str) -> Actor:
        """The member as he acts."""
        name, role = EVERYBODY[email]
        first_name, _, last_name = name.partition(" ")
        inside = [group(self.groups[name]) for name, (_, people) in GROUPS.items() if email in people]
        everyone = () if role == "light" else (EVERYONE,)
        return Actor(
            principal=member(self.members[email]),
            principals=(member(self.members[email]), *inside, *everyone),
            role=role,
            account_id=self.members[email],
            email=email,
            first_name=first_name,
            last_name=last_name,
            settings=current_settings(self.unit),
        )


def make_demo(database: Database, settings: Settings, *, address: str | None = None, keep: Keep | None = None) -> First:
    """Make the demo organization in a migrated database. `address`: what links start with.

    People, labels and templates come in one transaction, then every process in its own. `keep` is called before the
    first commit: what it keeps may be of an organization that never came to be, never the other way round. Raises
    `Refused` when there is an organization already.
    """
    secrets = Secrets(secret_key(settings))
    now = Clock().now()

    def work(session: Session) -> tuple[First, Cast]:
        unit = Unit(session, NOWHERE, now - FOUNDED)
        first = found(unit, secrets, FOUNDER, another=False, address=address or public_url(settings))
        unit.principal = member(first.user_id)
        demo = Demo(unit, secrets, first)
        make_people(demo)
        make_labels(demo)
        make_templates(demo)
        if keep is not None:
            keep(first)
        return first, cast_of(demo, now)

    first, cast = database.command_now(work)
    for place, process in enumerate(PROCESSES):
        database.command_now(partial(live, organization_id=first.organization_id, cast=cast, demo=process, place=place))
    return first


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
        made = create_group(
            unit, demo.secrets, name=name, description=description, inside=inside, by=demo.first.user_id
        )
        demo.groups[name] = made.id


def make_labels(demo: Demo) -> None:
    """Tags, folders for templates and processes, snippets."""
    for title, color in TAGS.items():
        demo.tags[title] = create_tag(demo.unit, title=title, color=color).id
    for name, kind in FOLDERS.items():
        demo.folders[name] = create_folder(demo.unit, name=name, kind=kind).id
    for title, content in SNIPPETS.items():
        made = create_snippet(demo.unit, title=title, content=content, public=False, by=demo.first.user_id)
        demo.snippets[title] = made.id


def make_templates(demo: Demo) -> None:
    """The templates with their rules, owned by the founder."""
    wanted = Wanted(demo.members, demo.groups, demo.snippets, demo.folders["Operations"])
    founder = demo.actor(FOUNDER.email)
    for template in TEMPLATES:
        made = make_template(demo.unit, founder, template, wanted)
        make_rules(demo.unit, founder, template.title, made, wanted)
        demo.templates[template.title] = made


def cast_of(demo: Demo, now: datetime) -> Cast:
    """What the processes need to know of the demo; for a group acts its first member."""
    actors = {email: demo.actor(email) for email in demo.members}
    return Cast(
        secrets=demo.secrets,
        now=now,
        actors=actors | {actor.principal: actor for actor in actors.values()},
        group_members={group(demo.groups[name]): people[0] for name, (_, people) in GROUPS.items()},
        templates=demo.templates,
        tags=demo.tags,
        folders=demo.folders,
    )
