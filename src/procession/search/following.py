"""The index follows what changed: marks are taken in the order they were left, what they name is indexed anew.

A pass is a transaction of one organization: the marks it took, the documents and the words go together. What fails is
tried mark by mark, and one that fails alone is dropped: it stands in nobody's way.
"""

import threading
import time
from collections.abc import Iterable, Sequence

from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.errors import Unavailable
from procession.kernel.log import log
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.search import asking, gathering_queries, index, queries
from procession.search.keeping import keep
from procession.search.marking import EVERYTHING
from procession.search.model import Kind
from procession.search.of_people import MAKERS
from procession.search.of_templates import documents_of_snippets, documents_of_templates
from procession.search.of_work import documents_of_work
from procession.search.words import words_of
from procession.templates.access import template_of_part

BATCH = 20
"""Marks of one pass: so many that queries are shared, so few that nobody waits long for the writer."""
SPELL = 0.25
"""Seconds of passes, one after the other, while nobody waits for the database."""
SHARE, BUSY_SHARE = 3, 20
"""How many times as long as it worked the index rests: what people do goes first, above all when they do much."""
LONGEST_REST, LONGEST_BUSY_REST = 1.0, 1.5
"""Seconds: what changed is found within two (spec 50 SRCH-06), unless much more changes than one pass can take."""
GLANCE = 0.25
PRESSING = 100
"""Seconds over which commands are counted; how many a second are much."""
TAGGED_KINDS: tuple[Kind, ...] = ("process", "task", "template")
Mark = tuple[str, str]


class Follower:
    """Brings the index after what changed; one pass at a time in this process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._busy = threading.Lock()
        self._rests_until = 0.0
        self._counted = time.monotonic(), database.asked
        self._many = False

    def follow(self) -> None:
        """Index what waits, for a while, when the last time is long enough ago."""
        if time.monotonic() < self._rests_until or not self._busy.acquire(blocking=False):
            return
        try:
            began = time.monotonic()
            while self.index_some() and time.monotonic() < began + SPELL and not self._pressed():
                pass
            took = time.monotonic() - began
            rest = min(took * BUSY_SHARE, LONGEST_BUSY_REST) if self._pressed() else min(took * SHARE, LONGEST_REST)
            self._rests_until = time.monotonic() + rest
        finally:
            self._busy.release()

    def _pressed(self) -> bool:
        """Whether people wait for the database, or have lately asked much of it."""
        then, asked = self._counted
        now = time.monotonic()
        if now - then >= GLANCE:
            self._counted = now, self.database.asked
            self._many = self.database.asked - asked > PRESSING * (now - then)
        return self._many or bool(self.database.waiting())

    def index_all(self) -> int:
        """Passes until nothing waits; how many there were. For commands and tests."""
        passes = 0
        while self.index_some():
            passes += 1
        return passes

    def index_some(self) -> bool:
        """One pass; whether anything was waiting."""
        now = self.clock.now()
        waiting = self.database.read_now(lambda session: Unit(session, EVERY_TENANT, now).one(queries.WAITING))
        if waiting is None:
            return False
        try:
            self.database.command_now(lambda session: self._pass(session, waiting, BATCH))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one of them raises, the others are indexed
            log.warning("indexing failed", organization=waiting, error=repr(error))
            self._one_by_one(waiting)
        return True

    def _pass(self, session: Session, organization_id: str, count: int) -> None:
        unit = Unit(session, organization_id, self.clock.now())
        unit.lock(f"search:{organization_id}")
        index_marks(unit, unit.all(queries.TAKE, count=count))

    def _one_by_one(self, organization_id: str) -> None:
        for _ in range(BATCH):
            try:
                self.database.command_now(lambda session: self._pass(session, organization_id, 1))
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - it is dropped, and told
                dropped = self.database.command_now(
                    lambda session: Unit(session, organization_id, self.clock.now()).all(queries.DROP_FIRST)
                )
                log.error("not indexed", organization=organization_id, what=dropped, error=repr(error))


def index_marks(unit: Unit, marks: Iterable[Mark]) -> None:
    """Bring the documents of what the marks name to what it is now."""
    by_kind: dict[str, list[str]] = {}
    for kind, subject in dict.fromkeys((kind, subject) for kind, subject in marks):
        by_kind.setdefault(kind, []).append(subject)
    if EVERYTHING in by_kind:
        unit.write(queries.SPOIL)
        for write in gathering_queries.NOTE_EVERYTHING:
            unit.write(write)
    _index_work(unit, by_kind)
    _index_templates(unit, by_kind)
    if snippets := by_kind.get("snippet"):
        keep(unit, snippets, {"snippet"}, documents_of_snippets(unit, snippets))
    if tags := by_kind.get("tag"):
        _follow_tags(unit, tags)
    for kind, make in MAKERS.items():
        if ids := by_kind.get(kind):
            subjects = [{"member": "u", "guest": "e"}.get(kind, "") + one for one in ids]
            keep(unit, subjects, {kind}, make(unit, ids))


def _index_work(unit: Unit, by_kind: dict[str, list[str]]) -> None:
    whole = by_kind.get("whole", [])
    processes = list(dict.fromkeys([*by_kind.get("process", ()), *whole]))
    tasks = list(by_kind.get("task", ()))
    if not processes and not tasks:
        return
    if whole:
        tasks += unit.all(queries.TASKS_OF_HOMES, homes=whole)
    tasks = list(dict.fromkeys(tasks))
    documents = documents_of_work(unit, processes, tasks, whole)
    subjects = {*processes, *tasks, *(one.subject_id for one in documents if one.kind == "task")}
    keep(unit, list(subjects), {"process", "task", "comment"}, documents)


def _index_templates(unit: Unit, by_kind: dict[str, list[str]]) -> None:
    ids = list(by_kind.get("template", ()))
    for step in by_kind.get("step", ()):
        home = template_of_part(unit, step) or _known_home(unit, step)
        ids += [home] if home is not None else []
    ids = list(dict.fromkeys(ids))
    if ids:
        keep(unit, ids, {"template", "step", "field"}, documents_of_templates(unit, ids))


def _known_home(unit: Unit, step: str) -> str | None:
    return unit.one(queries.HOME_OF, subject=step)


def _follow_tags(unit: Unit, ids: Sequence[str]) -> None:
    """What has a tag, or had one that is gone or called otherwise now, is indexed with the names of its tags."""
    found: dict[Mark, None] = dict.fromkeys(unit.all(gathering_queries.TAGGED, ids=list(ids)))
    marks = [index.mark(unit.organization_id, kind) for kind in TAGGED_KINDS]
    for former in unit.all(queries.TITLES, subjects=list(ids)):
        if words := words_of(former):
            sought = asking.named(unit.session.dialect.name, marks, words)
            found |= dict.fromkeys(unit.all(queries.TAGGED_AS, sought=sought))
    rows = [{"kind": kind, "subject_id": subject} for kind, subject in found if kind in TAGGED_KINDS]
    unit.write_many(queries.ADD_CHANGE, rows)


def note_everything(unit: Unit) -> None:
    """Have everything of the unit's organization indexed anew, by whoever follows the marks."""
    unit.write_many(queries.ADD_CHANGE, [{"kind": EVERYTHING, "subject_id": ""}])
