"""Job titles: placeholders on steps that a launch fills with people (spec 41 §10, 30 §10.3)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from procession.engine.model import Owners, Problem
from procession.engine.people import check_buckets, keeping, mentioned
from procession.kernel.folding import fold, uncase
from procession.kernel.ids import new_id, read_id
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Event, Unit
from procession.people import job_title_queries as queries
from procession.people.listing import Key, cut, folded, holds, ordered
from procession.people.model import Settings
from procession.people.persons import facts
from procession.people.records import JobTitle

LONGEST = 100
UNCASED = 300
NOBODY = Owners()
TAKEN = "The name has already been taken."
NO_TITLE = "The selected role is invalid."
KEYS: Mapping[str, Key[JobTitle]] = {
    "name": folded(lambda one: one.name),
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
}
NEWEST: Order = (("created_at", True),)


# -- reading -----------------------------------------------------------------------------------------------------------


def list_job_titles(unit: Unit, text: str | None, order: Order, page: Page) -> tuple[list[JobTitle], int]:
    """A page of job titles, and how many there are on all pages."""
    sought = (text or "").strip()
    needle = fold(sought)
    found = [
        one
        for one in unit.all(queries.JOB_TITLES)
        if not sought or sought.lower() == one.id or holds(needle, one.name, one.description)
    ]
    return cut(ordered(found, order or NEWEST, KEYS, lambda one: one.id), page), len(found)


def find_job_title(unit: Unit, title_id: str) -> JobTitle | None:
    """One job title."""
    return unit.one(queries.JOB_TITLE, id=title_id)


def job_title_for_update(unit: Unit, title_id: str) -> JobTitle | None:
    """As `find_job_title`, and it stays as it is until the end of the transaction."""
    return unit.one(queries.JOB_TITLE_FOR_UPDATE, id=title_id)


def job_titles_by_id(unit: Unit, ids: Iterable[str]) -> dict[str, JobTitle]:
    """Those of the ids that are job titles here, by one query; none for no ids."""
    wanted = sorted(set(ids))
    return {one.id: one for one in unit.all(queries.JOB_TITLES_BY_ID, ids=wanted)} if wanted else {}


def job_titles_called(unit: Unit, names: Iterable[str]) -> dict[str, str]:
    """The ids of job titles of these names, by the name as it was given, by one query; none for no names."""
    wanted = set(names)
    if not wanted:
        return {}
    known = {uncase(one.name, UNCASED): one.id for one in unit.all(queries.JOB_TITLES)}
    return {one: known[key] for one in wanted if (key := uncase(one.strip(), UNCASED)) in known}


def job_title_named(unit: Unit, name: str) -> JobTitle | None:
    """The job title of that name, whatever its case."""
    return unit.one(queries.JOB_TITLE_NAMED, uncased=uncase(name, UNCASED))


# -- checking ----------------------------------------------------------------------------------------------------------


def check_name(unit: Unit, name: str, besides: str | None = None) -> list[Problem]:
    """Whether another job title has this name. Until the transaction ends nobody else takes it."""
    unit.lock(f"job_titles:{unit.organization_id}")
    taken = job_title_named(unit, name)
    return [Problem(("name",), TAKEN)] if taken is not None and taken.id != besides else []


def check_people(
    unit: Unit, sent: object, settings: Settings, problems: list[Problem], former: Owners | None = None
) -> Owners:
    """Who fills the title, from `{users, guests, groups}`; what is wrong joins `problems` under `people.{bucket}.{i}`.

    A bucket that is not named is empty. Whoever fills the title already may be sent back, whatever became of him.
    """
    if sent is None or sent == []:
        return Owners()
    if not isinstance(sent, Mapping):
        problems.append(Problem(("people",), "The default assignees must be an object of users, guests and groups."))
        return Owners()
    people, _ = facts(unit, mentioned(sent), settings)
    if former is not None:
        people = keeping(people, former)
    found, wrong = check_buckets(sent, people, "people")
    problems += wrong
    return found


# -- changing ----------------------------------------------------------------------------------------------------------


def create_job_title(unit: Unit, *, name: str, description: str | None = None, people: Owners = NOBODY) -> JobTitle:
    """Make a job title. `check_name` and `check_people` have been asked."""
    made = JobTitle(new_id(), name, description, people, unit.now, unit.now, 1)
    unit.write(
        queries.INSERT_JOB_TITLE,
        id=made.id,
        name=name,
        uncased=uncase(name, UNCASED),
        description=description,
        people=msgspec.to_builtins(people),
        created_at=unit.now,
        updated_at=unit.now,
        revision=1,
    )
    unit.record([_event(made, "created", new=_plain(made))])
    return made


def update_job_title(unit: Unit, title: JobTitle, changes: Mapping[str, Any]) -> JobTitle:
    """Change `name`, `description` and `people` as far as they are named and differ."""
    different = {name: value for name, value in changes.items() if value != getattr(title, name)}
    if not different:
        return title
    changed = msgspec.structs.replace(title, revision=title.revision + 1, updated_at=unit.now, **different)
    columns = {name: msgspec.to_builtins(value) for name, value in different.items()}
    if "name" in columns:
        columns["uncased"] = uncase(changed.name, UNCASED)
    unit.patch(queries.PATCH_JOB_TITLE, {**columns, "revision": changed.revision, "updated_at": unit.now}, id=title.id)
    unit.record(
        _event(title, "updated", field=name, old=msgspec.to_builtins(getattr(title, name)), new=columns[name])
        for name in different
    )
    return changed


def delete_job_title(unit: Unit, title: JobTitle) -> None:
    """Delete a job title for good. The caller has taken it off the steps; tasks keep their people."""
    unit.write(queries.DELETE_JOB_TITLE, id=title.id)
    unit.record([_event(title, "deleted", old=_plain(title))])


def named_job_titles(
    unit: Unit, sent: object, may_make: bool, path: tuple[str, ...], problems: list[Problem]
) -> tuple[str, ...]:
    """The ids of job titles named by id or by name, each once; a name nobody has becomes one (spec 30 §8.1).

    Only who `may_make` them makes them, and none is made while there are problems; what is wrong joins `problems`
    under `path` and the place in the list. A constant number of queries, none for an empty list.
    """
    entries = [_named(one) for one in (sent if isinstance(sent, list) else [sent])]
    ids = [read_id(one) for one in entries]
    known = job_titles_by_id(unit, [one for one in ids if one])
    strangers = [one.strip() for one, found in zip(entries, ids, strict=True) if isinstance(one, str) and not found]
    by_name: dict[str, str] = {}
    if any(strangers):
        unit.lock(f"job_titles:{unit.organization_id}")
        by_name = {uncase(one.name, UNCASED): one.id for one in unit.all(queries.JOB_TITLES)}
    found: dict[str, None] = {}
    for index, (entry, title_id) in enumerate(zip(entries, ids, strict=True)):
        name = entry.strip() if isinstance(entry, str) and title_id is None else ""
        key = uncase(name, UNCASED)
        if name and key not in by_name and may_make and len(name) <= LONGEST and not problems:
            by_name[key] = create_job_title(unit, name=name).id
        one = title_id if title_id in known else by_name.get(key) if name else None
        if one is not None:
            found[one] = None
        elif not (name and may_make and len(name) <= LONGEST):
            problems.append(Problem((*path, str(index)), NO_TITLE))
    return tuple(found)


def _named(entry: object) -> object:
    return entry.get("id") or entry.get("name") if isinstance(entry, dict) else entry


def _plain(title: JobTitle) -> dict[str, Any]:
    return {"name": title.name, "description": title.description, "people": msgspec.to_builtins(title.people)}


def _event(title: JobTitle, what: str, **more: Any) -> Event:
    return Event(kind=f"job_title.{what}", verb=what, subject_kind="job_title", subject_id=title.id, **more)
