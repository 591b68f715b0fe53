"""What a new organization begins with: one template of the library and one snippet (spec 30 §15, §18)."""

from html import escape

from procession.accounts.people import account
from procession.api.checklist_bodies import template_change
from procession.api.import_bodies import COMPLETE, read_import
from procession.engine.model import Notice
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, Actor, member
from procession.people.settings import current_settings
from procession.templates.create import create_template
from procession.templates.model import Problems
from procession.templates.snippets import create_snippet
from procession.wire.library import Document, find_shipped

STARTER = "client-onboarding"
"""The alias of the template in the shipped library."""

SNIPPET = "Closing words"


def founder(unit: Unit, account_id: int) -> Actor:
    """Whoever founded the unit's organization, as its administrator."""
    found = account(unit, account_id)
    assert found is not None
    return Actor(
        principal=member(account_id),
        principals=(member(account_id), EVERYONE),
        role="admin",
        account_id=account_id,
        email=found.email,
        first_name=found.first_name,
        last_name=found.last_name,
        settings=current_settings(unit),
    )


def furnish(unit: Unit, account_id: int, name: str) -> None:
    """Give the new organization, called `name`, its starter template and its first snippet, both its founder's own."""
    document = find_shipped(STARTER)
    assert document is not None
    copy_shipped(unit, founder(unit, account_id), document)
    create_snippet(unit, title=SNIPPET, content=f"<p>Kind regards<br />{escape(name)}</p>", public=False, by=account_id)


def copy_shipped(unit: Unit, actor: Actor, document: Document) -> str:
    """A template like a shipped one; its id."""
    problems = Problems(_refuse)
    warnings: list[Notice] = []
    sent = COMPLETE.read(document.data, problems, warnings)
    change = template_change(sent, problems)
    return create_template(unit, actor, change, problems, read_import(sent, problems)).template.id


def _refuse(problems: object) -> None:
    raise AssertionError(f"A shipped template is wrong: {problems}")
