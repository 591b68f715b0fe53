"""Processes, tasks and their comments as documents (spec 50 §6: which texts of them are searched)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from procession.discussions.comments import comments_of
from procession.discussions.model import Comment
from procession.engine.model import FieldKind
from procession.engine.richtext import plain
from procession.engine.work import Process, Task
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.settings import current_settings
from procession.search import gathering_queries as queries
from procession.search.model import Document
from procession.templates.versions import CompiledVersion, compiled_versions
from procession.work.process_reading import answers_in, processes_by_id, tasks_by_id, tasks_of
from procession.work.reading import Beside, beside

TEXT_FIELDS: frozenset[FieldKind] = frozenset(("text", "textarea", "email", "radio", "dropdown", "multiselect"))
"""Fields whose answers are words."""


def documents_of_work(
    unit: Unit, processes: Sequence[str], tasks: Sequence[str], whole: Iterable[str]
) -> list[Document]:
    """The documents of these processes and tasks, of what is said about them, and of all tasks of the `whole` ones.

    A constant number of queries. The texts of confidential tasks are in their own documents alone (spec 20 §27.2), and
    no answer to one stands in the place of a variable.
    """
    inside = tasks_of(unit, processes)
    complete = frozenset(whole)
    named = frozenset(tasks)
    # Titles with variables change with the answers of their process.
    alone = [one for one in inside if one.id in named or one.process_id in complete or one.has_variables]
    known = {one.id for one in inside}
    alone += tasks_by_id(unit, [one for one in tasks if one not in known])
    shown = _shown(unit, inside + [one for one in alone if one.id not in known])
    subjects = [*processes, *(one.id for one in inside), *(one.id for one in alone if one.id not in known)]
    comments = comments_of(unit, subjects) if subjects else {}
    tags = tag_names(unit, subjects)
    found = [_of_task(one, shown, comments.get(one.id, ()), tags.get(one.id, ())) for one in alone]
    texts = _Texts(unit, shown, comments, tags)
    homes = processes_by_id(unit, processes)
    if homes:
        texts.read_answers(inside, homes)
    found += [texts.of_process(one, [task for task in inside if task.process_id == one.id]) for one in homes.values()]
    said = [*homes, *(one.id for one in alone)]
    return found + [_of_comment(one) for subject in said for one in comments.get(subject, ())]


def tag_names(unit: Unit, ids: Sequence[str]) -> dict[str, list[str]]:
    """The names of the tags on each of these subjects."""
    found: dict[str, list[str]] = {}
    for subject, name in unit.all(queries.TAG_NAMES, ids=list(ids)) if ids else ():
        found.setdefault(subject, []).append(name)
    return found


def _shown(unit: Unit, tasks: Sequence[Task]) -> Beside:
    """What the tasks show to somebody who is told no secret."""
    anybody = Actor(
        principal="", principals=(), role="light", account_id=0, email="", first_name="", last_name="",
        settings=current_settings(unit),
    )  # fmt: skip
    return beside(unit, anybody, tasks, links=False)


def _of_task(task: Task, shown: Beside, comments: Sequence[Comment], tags: Sequence[str]) -> Document:
    summary = plain(shown.summary(task) or "")
    texts = {"title": shown.title(task), "summary": summary, "comments": _said(comments)}
    return Document(
        kind="task",
        subject_id=task.id,
        home_id=task.process_id or task.id,
        title=texts["title"],
        about=summary,
        texts=texts,
        keys=(task.id, str(task.number)),
        tags=tuple(tags),
    )


def _of_comment(one: Comment) -> Document:
    return Document(
        kind="comment", subject_id=one.id, home_id=one.subject_id, title="", texts={"content": plain(one.content)}
    )


def _said(comments: Iterable[Comment]) -> str:
    return "\n".join(plain(one.content) for one in comments)


class _Texts:
    """The texts of processes, read for all of them at once."""

    def __init__(
        self,
        unit: Unit,
        shown: Beside,
        comments: Mapping[str, Sequence[Comment]],
        tags: Mapping[str, Sequence[str]],
    ) -> None:
        self.unit = unit
        self.shown = shown
        self.comments = comments
        self.tags = tags
        self.answers: dict[str, list[str]] = {}

    def read_answers(self, tasks: Sequence[Task], processes: Mapping[str, Process]) -> None:
        """The answers that are words, but those of confidential tasks."""
        by_id = {one.id: one for one in tasks}
        places = {one.id: one.position for one in tasks}
        # In the order of the forms: an excerpt is the same whichever answer was stored first.
        rows = sorted(answers_in(self.unit, list(processes)), key=lambda row: (places.get(row[1], 0), row[2]))
        versions = {one.version_id for one in processes.values()} | {one.version_id for one in tasks if one.version_id}
        compiled = compiled_versions(self.unit, versions) if rows else {}
        for process_id, holder_id, field_id, value in rows:
            task = by_id.get(holder_id)
            if task is not None and task.confidential:
                continue
            version = compiled.get((task.version_id if task else None) or processes[process_id].version_id)
            if _is_text(version, task, field_id):
                self.answers.setdefault(process_id, []).append(words_in(value))

    def of_process(self, process: Process, tasks: Sequence[Task]) -> Document:
        open_tasks = [one for one in tasks if not one.confidential]
        texts = {
            "title": process.name,
            "summary": plain(process.summary),
            "tasks": "\n".join(self._task_text(one) for one in open_tasks),
            "answers": "\n".join(one for one in self.answers.get(process.id, ()) if one),
            "comments": "\n".join(
                said for one in (process.id, *(one.id for one in open_tasks)) if (said := _said(self.comments[one]))
            ),
        }
        return Document(
            kind="process",
            subject_id=process.id,
            home_id=process.id,
            title=process.name,
            about=texts["summary"],
            texts=texts,
            keys=(process.id, str(process.number)),
            tags=tuple(self.tags.get(process.id, ())),
        )

    def _task_text(self, task: Task) -> str:
        summary = self.shown.summary(task)
        return f"{self.shown.title(task)}\n{plain(summary)}" if summary else self.shown.title(task)


def _is_text(version: CompiledVersion | None, task: Task | None, field_id: str) -> bool:
    place = version.fields.get(field_id) if version is not None else None
    if place is not None:
        return place.field.kind in TEXT_FIELDS
    own: Any = task.own_fields if task is not None else None
    return any(one.get("id") == field_id and one.get("kind") in TEXT_FIELDS for one in own or ())


def words_in(value: Any) -> str:
    """The words of an answer: a text, the option that was chosen, those of several that are."""
    match value:
        case str():
            return plain(value)
        case {"text": str(text)}:
            return text if value.get("selected", True) else ""
        case list():
            return "\n".join(one for one in map(words_in, value) if one)
        case _:
            return ""
