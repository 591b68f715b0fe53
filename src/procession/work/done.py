"""What somebody completed, for the export of his data (spec 41 §18.3)."""

from datetime import datetime

import msgspec


class Done(msgspec.Struct, frozen=True):
    """A task that somebody completed."""

    id: str
    title: str
    process_id: str | None
    completed_at: datetime
