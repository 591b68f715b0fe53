"""An organization that is full of marked texts, and everybody who must not read them (spec 40 §3.2)."""

import http.client
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import msgspec

from procession.accounts.tokens import create_token, revoke
from procession.api.endpoint import OPERATIONS
from procession.kernel.sql import Patch
from procession.kernel.unit import Unit
from procession.operations.first import ensure_account
from procession.people.tables import memberships
from tests.support.files import upload
from tests.support.make import Template, make_template
from tests.support.server import Caller, Running
from tests.support.twins import World

MARK = "zqkanari"
"""In every text of the organization; nobody outside is to read it."""

HIDDEN = "zqkanarix"
"""In what most of its own members do not see: templates, processes, tasks, answers, files of administrators."""

PRIVATE = ("checklist", "step", "rule", "capture", "prerun", "run", "task", "file", "watcher", "stage", "job", "view")
"""Path parameters that name what only administrators see here."""

EXPIRES = timedelta(seconds=-60)
SWITCHES = Patch(memberships, "account_id")


class Marked(World):
    """As its parent, with marked texts in everything."""

    @cached_property
    def template(self) -> Template:
        field = {"field_type": "text", "guidance": HIDDEN}
        steps = (
            {"title": f"A {HIDDEN}", "summary": HIDDEN, "captures": [{**field, "label": "F"}, {**field, "label": "G"}]},
            {"title": f"B {HIDDEN}"},
        )
        kickoff = [{**field, "label": "K"}, {**field, "label": "L"}]
        return make_template(self.owner, *steps, kickoff=kickoff, title=f"Template {HIDDEN}", summary=HIDDEN)

    @cached_property
    def member(self) -> int:
        return self.server.member(self.owner, "standard", MARK).user_id

    @cached_property
    def guest(self) -> str:
        person = {"email": f"{uuid.uuid4().hex[:12]}@{MARK}.example", "first_name": MARK, "company_name": MARK}
        made: str = self.owner("POST", "/O/guests", person).data["email"]
        return made

    @cached_property
    def acquaintance(self) -> str:
        """A guest whose address others know; his name here is not theirs to read."""
        person = {"email": f"{uuid.uuid4().hex[:12]}@outside.example", "first_name": MARK}
        made: str = self.owner("POST", "/O/guests", person).data["email"]
        return made

    @cached_property
    def file(self) -> str:
        made: str = upload(
            self.owner, f"{HIDDEN}.txt", HIDDEN.encode(), subject_type="Run", subject_id=self.process.id
        ).data["id"]
        return made

    def plant(self) -> None:
        """Make one of everything, and mark what can be marked afterwards."""
        for name in NAMED:
            self.ids(name)
        assert self.oneoff and self.adhoc
        changes: Mapping[str, Mapping[str, Any]] = {
            f"/O/runs/{self.process.id}": {"name": f"Process {HIDDEN}", "summary": HIDDEN},
            self.process.path(): {"title": f"Task {HIDDEN}", "taskdata": {self.process.field("F"): HIDDEN}},
            f"/O/tasks/{self.oneoff}": {"title": f"One-off {HIDDEN}", "summary": HIDDEN},
            f"/O/tasks/{self.adhoc}": {"title": f"Added {HIDDEN}"},
            f"/O/tags/{self.tag}": {"title": f"Tag {MARK}"},
            f"/O/folders/{self.folder}": {"name": f"Folder {MARK}"},
            f"/O/groups/{self.group}": {"name": f"Group {MARK}", "description": MARK},
            f"/O/text-templates/{self.snippet}": {"title": f"Snippet {MARK}", "body": MARK},
            f"/O/roles/{self.role}": {"name": f"Role {MARK}"},
            f"/O/checklists/{self.template.id}/automated-actions/{self.rule}": {"automated_alias": HIDDEN},
        }
        for path, body in changes.items():
            answer = self.owner("PUT", path, body)
            assert answer.status in (200, 201), (path, answer.body)


TWINS_OWN = ("org", "version", "session", "token", "id", "type")
"""Path parameters whose twins say what they are; `known` has what they name."""

NAMED = sorted({one for operation in OPERATIONS for one in re.findall(r"{(\w+)}", operation.path)} - {*TWINS_OWN})
"""Every path parameter that a world has something for."""


def known(world: World) -> dict[Any, str]:
    """Every id of the world with the parameter that names its kind."""
    found: dict[Any, str] = {world.ids(name): name for name in NAMED}
    found |= dict.fromkeys(world.template.steps, "step") | dict.fromkeys(world.template.fields.values(), "capture")
    found |= dict.fromkeys(world.template.kickoff.values(), "prerun") | dict.fromkeys(world.process.tasks, "task")
    found |= {world.oneoff: "task", world.adhoc: "task", world.personal: "token", world.owner.email: "email"}
    slug = world.owner("GET", "/O").data["slug"]
    return {**found, world.owner.user_id: "user", world.owner.organization: "org", slug: "org"}


class Told(msgspec.Struct, frozen=True):
    """What somebody was answered: the status, and everything readable of the rest."""

    status: int
    text: str


class Outsider:
    """Somebody who asks over one connection of his own. `home`: where he belongs, if anywhere."""

    def __init__(self, server: Running, name: str, authorization: str, home: str | None = None) -> None:
        self.name = name
        self.home = home
        self.address = urlsplit(server.base).netloc
        self.headers = {"Authorization": authorization} if authorization else {}
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def ask(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Told:
        raw = None if body is None else msgspec.json.encode(body)
        sent = {**self.headers, **headers, **({} if raw is None else {"Content-Type": "application/json"})}
        try:
            self.connection.request(method, path, raw, sent)
            answer = self.connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, ConnectionError):
            # The server may close a connection that it is done with; it is asked once more on a new one.
            self.connection.close()
            self.connection.request(method, path, raw, sent)
            answer = self.connection.getresponse()
            content = answer.read()
        shown = "\n".join(f"{name}: {value}" for name, value in sorted(answer.getheaders()) if name.lower() in SHOWN)
        return Told(answer.status, f"{shown}\n{content.decode(errors='replace')}")


SHOWN = ("location", "content-type", "content-disposition", "www-authenticate", "x-procession-warnings")


class Cast(msgspec.Struct, frozen=True):
    """Who asks. `outside` never belonged to the marked organization, `former` did; `inside` does, but sees little."""

    outside: tuple[Outsider, ...]
    former: tuple[Outsider, ...]
    inside: tuple[Outsider, ...]

    def __iter__(self) -> Iterator[Outsider]:
        return iter((*self.outside, *self.former, *self.inside))


def cast_of(server: Running, marked: World, other: World) -> Cast:
    """Everybody: nobody, a person without an organization, members and guests of the other one, a token of one scope,
    a deactivated member, tokens that were revoked, ran out or are for elsewhere, and those inside who see little.
    """

    def token(of: Caller, *, dead: bool = False, **more: Any) -> str:
        def work(session: Any) -> str:
            unit = Unit(session, of.organization, server.clock.now())
            given = {"expires_at": None, **more}
            token_id, text = create_token(
                unit, server.secrets, account_id=of.user_id, name="cast", issuer=server.base, **given
            )
            if dead:
                revoke(unit, token_id)
            return f"Bearer {text}"

        return server.database.command_now(work)

    def deactivate(of: Caller) -> str:
        def work(session: Any) -> None:
            unit = Unit(session, of.organization, server.clock.now())
            unit.patch(SWITCHES, {"status": "disabled", "disabled_at": server.clock.now()}, account_id=of.user_id)

        server.database.command_now(work)
        return of.authorization

    def stranger() -> str:
        def work(session: Any) -> str:
            unit = Unit(session, other.owner.organization, server.clock.now())
            account = ensure_account(unit, f"stranger-{other.owner.organization}@nowhere.example", "Sam Stranger")
            return create_token(
                unit, server.secrets, account_id=account, name="x", expires_at=None, issuer=server.base
            )[1]

        return f"Bearer {server.database.command_now(work)}"

    here, there = marked.owner, other.owner
    colleague = server.member(here, "admin")
    home, away = here.organization, there.organization
    return Cast(
        outside=(
            Outsider(server, "nobody", ""),
            Outsider(server, "stranger", stranger()),
            Outsider(server, "administrator elsewhere", there.authorization, away),
            Outsider(server, "member elsewhere", server.member(there, "standard").authorization, away),
            Outsider(server, "light member elsewhere", server.member(there, "light").authorization, away),
            Outsider(server, "guest elsewhere", server.guest(there).authorization, away),
            Outsider(server, "token of one scope", token(there, scopes=("mcp.tasks.read",)), away),
        ),
        former=(
            Outsider(server, "deactivated member", deactivate(server.member(here, "admin"))),
            Outsider(server, "revoked token", token(colleague, dead=True)),
            Outsider(server, "expired token", token(colleague, expires_at=server.clock.now() + EXPIRES)),
            Outsider(server, "token for elsewhere", token(colleague, bound_to=away)),
        ),
        inside=(
            Outsider(server, "light member inside", server.member(here, "light").authorization, home),
            Outsider(server, "guest inside", server.guest(here).authorization, home),
        ),
    )
