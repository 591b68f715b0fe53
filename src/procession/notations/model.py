"""What every notation is read into and written from: an outline of a template, free of any organization."""

from typing import Literal

import msgspec

from procession.engine.model import Field, Stage, Step
from procession.engine.rule import Rule

FormatName = Literal["bpmn", "csv", "docx", "html", "md", "pdf"]
SheetName = Literal["csv", "xlsx", "xls"]
READABLE: tuple[FormatName, ...] = ("bpmn", "csv", "docx", "html", "md")
WRITABLE: tuple[FormatName, ...] = ("bpmn", "csv", "docx", "md", "pdf")

MOST_STEPS = 500
MOST_FIELDS = 100
"""Of one step, or of the kick-off form (spec 50 TPL-05)."""
MOST_RULES = 500
LARGEST = 10 * 1024 * 1024
"""Bytes of a document, as it comes and with everything in it unpacked."""


class OutlineStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step whose people are named as any organization can read them: e-mail addresses, names of groups, job titles.

    `step.members`, `step.groups` and `step.roles` are empty; its guests are addresses already.
    """

    step: Step
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A template without its organization: no owner, rights, folders or counters. Texts are HTML where people format.

    Ids of steps, fields, stages and rules are the document's own; whoever makes a template of it gives new ones.
    """

    title: str
    kind: Literal["procedure", "form", "document"] = "procedure"
    summary: str | None = None
    guidance: str | None = None
    kickoff_title: str | None = None
    kickoff_description: str | None = None
    kickoff: tuple[Field, ...] = ()
    stages: tuple[Stage, ...] = ()
    steps: tuple[OutlineStep, ...] = ()
    rules: tuple[Rule, ...] = ()


class Note(msgspec.Struct, frozen=True):
    """Something that could not be carried over: of which kind, what it is called, where it stood, what became of it."""

    type: str
    ref: str
    where: str
    text: str = ""


class Reading(msgspec.Struct, frozen=True):
    """A document as it was read."""

    outline: Outline
    notes: tuple[Note, ...] = ()


class Unreadable(Exception):
    """The document is no such document, or larger or deeper than any template; the text says so to people."""
