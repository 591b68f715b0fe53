"""Files shown in descriptions of processes and tasks: who reads the text sees them (spec 20 §7.6, §20.4)."""

from collections.abc import Iterable

from procession.engine.attachments import linked_files
from procession.files.keeping import note_uses_by
from procession.files.model import TEXT, HolderKind
from procession.files.reading import files_by_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.work.file_access import readable


def note_texts(
    unit: Unit, actor: Actor, kind: HolderKind, texts: Iterable[tuple[str, str | None]], former: str | None = None
) -> None:
    """These holders have these descriptions now (`former`: what one holder had); no query where no file is linked.

    Only what the caller may read himself is shown to others by it.
    """
    organization_id = unit.organization_id
    before = linked_files(former, organization_id)
    now = {holder: linked_files(text, organization_id) for holder, text in texts}
    if not before and not any(now.values()):
        return
    fresh = {file for found in now.values() for file in found - before}
    files = files_by_id(unit, fresh, hold=True)
    allowed = readable(unit, actor, [one for one in files.values() if one.archived_at is None]) | before
    note_uses_by(unit, kind, ((holder, TEXT, before, found & allowed) for holder, found in now.items()))
