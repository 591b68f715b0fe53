"""Generated requests of people who may not, each asked twice: with ids that exist elsewhere and with ids nothing has.

What is answered must hold no marked text, and both answers must be the same: the same status, the same body but for the
request id and the ids that were sent (spec 00 ID-04, 40 §3.2).
"""

import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from procession.api.endpoint import OPERATIONS, Operation
from tests.support.canaries import HIDDEN, MARK, PRIVATE, Cast, Marked, Outsider, Told, cast_of, known
from tests.support.server import Running
from tests.support.twins import TWINS, World, base, sent

INCLUDES = [
    "assets", "audit", "billing_info", "checklist", "children", "comments", "data", "folder", "folders",
    "form_fields", "form_fields_values", "groups", "guests_details", "ko_form_fields", "next_task", "owner",
    "parent", "permissions", "stages", "statistics", "stats", "step", "steps", "subscription", "summary",
    "tags", "tasks", "tasks_meta", "template", "threads", "threads_count", "users", "tasks.step", "tasks.run",
    "steps.captures", "run.checklist", "checklist.steps", "custom_fields", "activity", "members", "guests",
    "usage", "organizations", "member_watchers.watcher", "guest_watchers", "watchers", "automated_actions",
    "runs", "threads.comments",
]  # fmt: skip
WORDS = {
    "me": "true",
    "q": MARK,
    "search": MARK,
    "title": MARK,
    "process_name": MARK,
    "form_fields_values": "true",
    "with_hidden": "true",
}
LONG = 6
"""Ids of more characters are looked for in answers; a short number may be anything."""

NAMELESS = ("nobody", "revoked token", "expired token")

ENDS = ("deleteAllTokens", "leaveOrganization", "logout", "logoutBrowser", "register")
"""What would succeed, and end what the caller may do."""

REQUEST_ID = re.compile(r'"request_id":"[^"]*"')
PEOPLE = ("user", "guest", "group")
LOG, VIEWED = "/system-log/", "system_log_viewed"

WISHES: Mapping[str, str] = {
    "users": "user", "members": "user", "groups": "group", "guests": "guest", "assignees": "user", "tags": "tag",
    "folder_id": "folder", "default_folder": "folder", "parent_id": "folder", "checklist_id": "checklist",
    "run_id": "run", "task_id": "task", "step_id": "step", "user_id": "user", "owner_id": "user", "roles": "role",
    "associated_members": "user", "subject_id": "run", "taskdata": "capture", "target_step_id": "step",
    "step_ids": "step", "organization_id": "org", "starter": "user", "owners": "user",
}  # fmt: skip
"""Members of bodies, and what they name."""

SHAPE = [
    "with", "page", "per_page", "limit", "sort", "sort_by", "sort_direction", "without_pagination",
    "pagination", "owners_format", "strict", "coerce", "group_by",
]  # fmt: skip
"""Parameters that name nothing."""


class Request(msgspec.Struct, frozen=True):
    """One request: the path with its ids in it, the query, the body, further headers."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    headers: Mapping[str, str] = {}

    @property
    def address(self) -> str:
        return self.path + ("?" + urlencode(self.query) if self.query else "")


class Probe(msgspec.Struct, frozen=True):
    """Who asks what; `ids` are those of the other organization that are in it, each with what stands in for it."""

    who: Outsider
    operation: Operation
    request: Request
    ids: Mapping[Any, Any]
    alike: bool = True

    def __str__(self) -> str:
        return f"{self.who.name}: {self.request.method} {self.request.address} {self.request.body}"


def without_views(text: str) -> str:
    """The system log without whoever looked at it: what somebody searched for stands there in his own words."""
    head, _, body = text.partition("\n")
    if body.startswith("{"):
        return head + json.dumps([one for one in json.loads(body).get("data", ()) if one.get("event") != VIEWED])
    return head + "\n".join(line for line in body.splitlines() if VIEWED not in line)


def swapped(value: Any, ids: Mapping[Any, Any]) -> Any:
    """The value with every id exchanged, wherever it stands as a value of its own."""
    if isinstance(value, dict):
        return {name: swapped(one, ids) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [swapped(one, ids) for one in value]
    return ids.get(value, value) if isinstance(value, (str, int)) and not isinstance(value, bool) else value


def leaves(one: Any, other: Any) -> Iterator[Any]:
    """Every value of the first that differs from what stands in the same place of the second."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one:
            yield from leaves(one[name], other.get(name))
    elif isinstance(one, list) and isinstance(other, list):
        for first, second in zip(one, other, strict=False):
            yield from leaves(first, second)
    elif one != other:
        yield one


def nothing(value: Any, chance: random.Random) -> Any:
    """An id of the same form that nothing has."""
    if isinstance(value, int):
        return chance.randrange(2**28, 2**30)
    if "@" in value:
        return f"{chance.getrandbits(64):016x}@nowhere.example"
    return f"{chance.getrandbits(128):032x}"


class Proof:
    """Two organizations, everybody who may not, and what came of asking."""

    def __init__(self, server: Running, seed: int) -> None:
        self.chance = random.Random(seed)
        self.server = server
        self.marked = Marked(server, server.organization(f"{MARK}-{uuid.uuid4().hex[:6]}"))
        self.marked.plant()
        self.home = self.marked.owner.organization
        self.other = World(server, server.organization("Elsewhere"))
        for world in (self.marked, self.other):
            _ = world.adhoc, world.custom_key  # while no issue holds the process up, and no limit of keys is reached
        self.theirs = known(self.marked)
        self.slug = next(one for one, kind in self.theirs.items() if kind == "org" and one != self.home)
        self.cast: Cast = cast_of(server, self.marked, self.other)
        self.made: dict[tuple[str, str, bool], tuple[dict[str, Any], Any]] = {}
        self.asked = 0
        self.statuses: Counter[int] = Counter()
        self.wrong: dict[tuple[str, str, str], str] = {}

    # what is asked

    def path(self, operation: Operation, ids: Mapping[str, Any], organization: str) -> str:
        return re.sub(
            r"{(\w+)}",
            lambda found: organization if found[1] == "org" else quote(str(ids[found[1]]), safe="@"),
            operation.path,
        )

    def parameters(self, operation: Operation, world: World) -> dict[str, Any]:
        names = [one for one in re.findall(r"{(\w+)}", operation.path) if one != "org"]
        if operation.auth not in ("member", "account"):
            return dict.fromkeys(names, "f" * 32)  # a secret: whoever has it is entitled
        key = operation.path, base(operation), world is self.marked
        if key not in self.made:  # some twins make what they name
            given = TWINS[base(operation)].ids(world)
            ids = {name: given[name] if given.get(name) else world.ids(name) for name in names}
            self.made[key] = ids, TWINS[base(operation)].body(world)
        return self.made[key][0]

    def given(self, operation: Operation, world: World) -> Any:
        """The body of the twin."""
        self.parameters(operation, world)
        return self.made[operation.path, base(operation), world is self.marked][1]

    def body(self, operation: Operation) -> Any:
        """The body of the twin; without secrets, where those alone make somebody entitled."""
        if operation.auth in ("member", "account"):
            return self.given(operation, self.marked)
        wrong, email = "Wrong1Password", self.marked.owner.email
        secrets = {"password": wrong, "password_confirmation": wrong, "code": "x", "token": "x", "client_secret": "x"}
        person = {"email": email, "username": email, "first_name": "A", "last_name": "B", "organization": "X"}
        return {**secrets, **person, "grant_type": "password", "client_id": "1"}

    def stands_in(self, ids: list[Any]) -> dict[Any, Any]:
        return {one: nothing(one, self.chance) for one in ids}

    def from_outside(self, operation: Operation, who: Outsider) -> Probe:
        """All of it in the organization of others: its ids in the path and in the body."""
        ids = self.parameters(operation, self.marked)
        home = self.home
        named = home if self.chance.random() < 0.7 else self.slug
        body = self.body(operation)
        exchanged = self.stands_in([*self.theirs])
        inside = who in self.cast.inside
        if inside:
            del exchanged[home], exchanged[self.slug]
        alike = who.name != "deactivated member" if not inside else self.hidden_from(ids)
        if inside and not ids:
            alike = False
        headers = {} if "{org}" in operation.path else {"X-Organization-ID": home}
        request = Request(operation.method, self.path(operation, ids, named), self.query(operation), body, headers)
        return Probe(who, operation, request, exchanged, alike)

    def hidden_from(self, ids: Mapping[str, Any]) -> bool:
        """Whether the first id of the path is one that people inside do not see."""
        return bool(ids) and next(iter(ids)) in PRIVATE

    def from_home(self, operation: Operation, who: Outsider) -> Probe | None:
        """In an organization of one's own: one or several ids of the other one in path, body or query."""
        ids, own = self.parameters(operation, self.marked), self.parameters(operation, self.other)
        body, mine = self.given(operation, self.marked), self.given(operation, self.other)
        places = [name for name, value in ids.items() if name != "version" and value in self.theirs]
        foreign = [one for one in leaves(body, mine) if isinstance(one, (str, int)) and one in self.theirs]
        choices = len(places) + len(foreign)
        queries = [] if operation.method != "GET" else [one for one in operation.query if one not in SHAPE]
        wishful = isinstance(mine, dict) and operation.method != "GET" and self.chance.random() < 0.5
        if not choices and not queries and not wishful:
            return None
        fewest = 0 if wishful else 1
        several = self.chance.sample(range(choices), self.chance.randint(fewest, choices)) if choices else []
        path = {**own, **{name: ids[name] for place, name in enumerate(places) if place in several}}
        named = [ids[name] for place, name in enumerate(places) if place in several]
        kept = {one for place, one in enumerate(foreign, len(places)) if place in several}
        named += kept
        translated = self.translated(body, mine, kept)
        if wishful:
            translated = {**translated, **self.wish()}
        query = self.query(operation)
        if queries and (not several or self.chance.random() < 0.5):
            query += self.filters(queries)
        asked = Request(operation.method, self.path(operation, path, who.home or ""), query, translated)
        # A number of one's own in the path may be that of another kind of thing of theirs: it stays.
        mine_too = {str(value) for name, value in path.items() if value == own[name]} - {str(one) for one in named}
        theirs = [one for one in self.theirs if str(one) not in mine_too]
        return Probe(who, operation, asked, self.stands_in([*dict.fromkeys([*named, *theirs])]))

    def translated(self, body: Any, mine: Any, kept: set[Any]) -> Any:
        """The body with the ids of the caller's own organization, but for those that are kept."""
        if isinstance(body, dict):
            return {name: self.translated(one, mine[name], kept) for name, one in body.items()}
        if isinstance(body, list):
            return [self.translated(one, other, kept) for one, other in zip(body, mine, strict=True)]
        return body if isinstance(body, (str, int)) and body in kept else mine

    def wish(self) -> dict[str, Any]:
        """A member that a body may have, with something of the other organization in it."""
        name = self.chance.choice([*WISHES])
        value = self.chance.choice([one for one, kind in self.theirs.items() if kind == WISHES[name]])
        if name == "guests":
            return {name: [self.marked.acquaintance]}
        if name == "owners":
            return {name: {"users": [value], "guests": [self.marked.acquaintance], "groups": [self.marked.group]}}
        if name == "taskdata":
            return {name: {value: "x"}}
        return {name: [value] if name.endswith("s") else value}

    def query(self, operation: Operation) -> tuple[tuple[str, str], ...]:
        """Some or all includes."""
        if "with" not in operation.query:
            return ()
        some = self.chance.sample(INCLUDES, self.chance.choice((1, 5, len(INCLUDES))))
        return (("with", ",".join(sorted(some))),)

    def filters(self, names: list[str]) -> tuple[tuple[str, str], ...]:
        """Filters with ids of the other organization, of the kind they want and of others."""
        found = []
        for name in self.chance.sample(names, min(len(names), self.chance.randint(1, 3))):
            kinds = PEOPLE if name in ("owners", "assignee", "starter", "completer", "mentioned") else (name,)
            fits = [
                one for one, kind in self.theirs.items() if any(kind in one or one.rstrip("s") in kind for one in kinds)
            ]
            value = self.chance.choice(fits or [one for one in self.theirs if isinstance(one, str)])
            found.append((name, WORDS.get(name) or str(value)))
        return tuple(found)

    # what is answered

    def probe(self, probe: Probe | None) -> None:
        if probe is not None:
            self.ask(probe)

    def ask(self, probe: Probe) -> None:
        """Ask twice, and keep what is wrong."""
        if probe.operation.auth == "none":
            self.server.forget_attempts()
        known_ids, unknown = self.twice(probe)
        self.judge(probe, known_ids)
        if probe.alike and not self.same(probe, known_ids, unknown):
            # What the first did may show in the second: only a difference that stays when they change places counts.
            again = self.twice(probe, backwards=True)
            if not self.same(probe, *again):
                self.fault(probe, "told apart", f"{known_ids}\n  {unknown}")

    def twice(self, probe: Probe, *, backwards: bool = False) -> tuple[Told, Told]:
        one, other = probe.request, self.without(probe)
        requests = (other, one) if backwards else (one, other)
        first, second = (probe.who.ask(each.method, each.address, each.body, each.headers) for each in requests)
        self.asked += 2
        self.statuses.update((first.status, second.status))
        for each in (first, second):
            if each.status >= 500:
                self.fault(probe, "5xx", str(each))
        return (second, first) if backwards else (first, second)

    def without(self, probe: Probe) -> Request:
        """The same request with ids that nothing has."""
        texts = {str(one): str(other) for one, other in probe.ids.items()}
        request = probe.request
        parts = [quote(texts.get(one, one), safe="@") for one in request.path.split("/")]
        return Request(
            request.method,
            "/".join(parts),
            tuple((name, texts.get(value, value)) for name, value in request.query),
            swapped(request.body, probe.ids),
            swapped(request.headers, texts),
        )

    def same(self, probe: Probe, one: Told, other: Told) -> bool:
        if one.status != other.status:
            return False
        if one.status < 300 and (probe.request.method != "GET" or LOG in probe.operation.path):
            return True  # it made something (the log one more entry): that has ids and moments of its own
        return self.plain(one, probe.ids) == self.plain(other, {other: other for other in probe.ids.values()})

    def plain(self, told: Told, ids: Mapping[Any, Any]) -> str:
        text = REQUEST_ID.sub("", told.text)
        for one in sorted((str(one) for one in ids if len(str(one)) > LONG), key=len, reverse=True):
            text = text.replace(one, "ID").replace(one.replace("@", "%40"), "ID")
        for one in ids:  # a refusal repeats what was asked, however short
            text = text.replace(f"is invalid: {one}.", "is invalid: ID.")
        return text

    def judge(self, probe: Probe, told: Told) -> None:
        """No marked text, and no id of theirs that was not sent."""
        request = f"{probe.request.address} {probe.request.body} {probe.request.headers}"
        inside = probe.who in self.cast.inside
        text = without_views(told.text) if LOG in probe.operation.path and told.status < 300 else told.text
        for one in self.theirs:
            if len(str(one)) > LONG and str(one) in request:
                text = text.replace(str(one), "")
        if WORDS["q"] in request:
            text = text.replace(WORDS["q"], "")
        if (HIDDEN if inside else MARK) in text.lower():
            lists_his = probe.operation.id == "listMyOrganizations" and probe.who.name == "deactivated member"
            if not lists_his:  # spec 40 §10.1: those where he is disabled too
                self.fault(probe, "marked text", str(told))
        seen = [one for one in self.theirs if isinstance(one, str) and one in text]
        if inside:
            seen = [one for one in seen if self.theirs[one] in PRIVATE]
        if seen:
            self.fault(probe, "ids", f"{seen} {told}")
        if probe.who in self.cast.former and "{org}" in probe.operation.path and told.status < 400:
            self.fault(probe, "let in", str(told))

    def fault(self, probe: Probe, what: str, told: str) -> None:
        key = (what, probe.who.name, f"{probe.operation.method} {probe.operation.path}")
        self.wrong.setdefault(key, f"{what}: {probe}\n  {told[:1500]}")

    # how it runs

    def round(self, operation: Operation) -> None:
        """One from outside, one inside somebody's own organization, one inside without rights."""
        cast = self.cast
        if "{org}" in operation.path and operation.auth not in ("member", "application"):
            return  # open to everybody: the look of an organization, its public pages
        asking = [one for one in (*cast.outside, *cast.former) if self.stays(operation, one)]
        self.ask(self.from_outside(operation, self.chance.choice(asking)))
        if operation.auth != "member" or "{org}" not in operation.path:
            return
        if base(operation) not in ENDS:
            self.ask(self.from_outside(operation, self.chance.choice(cast.inside)))
        at_home = [one for one in cast.outside if one.home is not None]
        strongest = (0.5, *(0.5 / (len(at_home) - 1) for _ in at_home[1:]))
        who = self.chance.choices(at_home, strongest)[0]
        self.probe(self.from_home(operation, who))

    def stays(self, operation: Operation, who: Outsider) -> bool:
        """Whether the caller is afterwards who he was."""
        return base(operation) not in ENDS or "{org}" in operation.path or who.name in NAMELESS

    def run(self, count: int) -> None:
        """At least so many requests, every operation in turn."""
        while self.asked < count:
            for operation in OPERATIONS:
                self.round(operation)

    def close(self) -> None:
        for one in self.cast:
            one.connection.close()

    def twins(self) -> list[str]:
        """Everybody entitled, with own ids; the operations that were never reached so."""
        missed, shown = [], ""
        world: World = self.marked
        self.server.forget_attempts()
        for operation in sorted(OPERATIONS, key=lambda one: one.method != "GET"):
            if (answer := done(world, operation)) is None:
                world = World(self.server, self.server.organization())  # what it needs was used up
                answer = done(world, operation)
            if answer is None:
                missed.append(f"{operation.method} {operation.path}")
            shown += answer or ""
        assert MARK in shown and HIDDEN in shown, "whoever is entitled reads the marked texts"
        return missed


def replied(world: World, operation: Operation, query: str = "") -> Any:
    """The answer to the twin of an operation, asked further parameters too; None when it does not succeed."""
    twin = TWINS[base(operation)]
    try:
        path, body = sent(world, operation, twin)
        entitled = world.entitled(twin)
    except (AssertionError, KeyError):
        return None
    answer = entitled(operation.method, path + (("&" if "?" in path else "?") + query if query else ""), body)
    return answer if (answer.status == 404 if twin.over else answer.status < 400) else None


def done(world: World, operation: Operation) -> str | None:
    """What the twin of an operation answers; None when it does not succeed."""
    answer = replied(world, operation)
    return None if answer is None else str(answer.body)
