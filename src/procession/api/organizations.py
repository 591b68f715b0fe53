"""A person makes an organization of his own, where the operator lets people do so (spec 41 §2)."""

from procession.accounts.mails import post
from procession.accounts.people import account
from procession.api.endpoint import Call, Reply, operation
from procession.api.me import account_of
from procession.api.organization import UPDATE, present
from procession.api.reading import Shape
from procession.api.starters import founder, furnish
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound, Unauthenticated
from procession.kernel.ids import NOWHERE
from procession.people.organizations import (
    COLUMNS,
    change_organization,
    check_organization,
    create_organization,
    organization_for_update,
    organization_of,
)
from procession.people.records import Organization as Stored
from procession.wire.organization import Organization
from procession.work.create_oneoff import OneOff, create_task

CLOSED = "Only the operator of this server makes organizations."
UNVERIFIED = "Please confirm your e-mail address first."
_members = (
    "name", "slug", "timezone", "industry", "purpose", "process_today", "address1", "address2", "address3", "city",
    "state", "zipcode", "country", "welcome_title", "welcome_description", "team_size", "signup_survey",
)  # fmt: skip
CREATE = Shape("createOrganizationInput", {name: UPDATE.members[name] for name in _members}, required=("name",))
WELCOME = "Welcome to {name}"
FIRST_STEPS = """<p>Three things to begin with:</p><ul><li>make a template of something you do again and again, or take
a ready one from the library;</li><li>launch it, and see who has what to do;</li><li>invite those you work
with.</li></ul><p>Complete this task when you have looked around.</p>"""


@operation("POST", "/organizations", id="createOrganization", auth="account", acts=("me.change",), body=CREATE,
           answer=Organization, status=201, tag="Organization")  # fmt: skip
def create(call: Call) -> Reply:
    """Make an organization, where the operator lets people do so; its maker is its administrator"""
    own = account_of(call)
    person = account(call.unit, own.account_id)
    if person is None:
        raise Unauthenticated
    if not call.policy.organizations or own.bound_to is not None:
        raise Forbidden(CLOSED, code="BUSINESS_RULE")
    if not person.verified:
        raise Forbidden(UNVERIFIED, code="BUSINESS_RULE")
    problems: list[Problem] = []
    sent = CREATE.read(call.body or {}, problems, call.warnings)
    chosen = check_organization(call.unit, _blank(call), sent, problems, call.warnings)
    call.raise_problems(problems, ".".join)
    zone = chosen.get("timezone") or person.timezone
    create_organization(call.unit, name=chosen["name"], owner_account=person.id, timezone=zone, slug=chosen.get("slug"))
    settings = {name: value for name, value in chosen.items() if name not in COLUMNS}
    change_organization(call.unit, organization_for_update(call.unit), settings)
    furnish(call.unit, person.id, chosen["name"])
    _welcome(call, person.id, chosen["name"])
    post(call.unit, call.secrets, "account.welcome", person.email, f"{chosen['name']} is ready", account_id=person.id,
         link=f"{call.links.public_url}/{call.unit.organization_id}")  # fmt: skip
    found = organization_of(call.unit, person.id)
    if found is None:
        raise NotFound
    return Reply(body={"data": present(call, *found)}, status=201, revision=found[0].revision)


def _blank(call: Call) -> Stored:
    """What every choice of a new organization differs from."""
    return Stored(NOWHERE, "", "", "", {}, 0, 0, call.unit.now, call.unit.now, 0)


def _welcome(call: Call, account_id: int, name: str) -> None:
    """A first task for its maker (documented: new organizations start with one)."""
    owners = {"users": [account_id], "guests": [], "groups": []}
    wanted = OneOff(title=WELCOME.format(name=name), summary=FIRST_STEPS, owners=owners, undated=True)
    create_task(call.unit, founder(call.unit, account_id), wanted, None, call.secrets, [])
