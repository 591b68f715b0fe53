"""Tags and folders on something, as includes show them (spec 30 §16.4, §17.3; 10 §2.3)."""

from datetime import UTC, datetime

import msgspec

from procession.labels.model import Filing, TagUse
from procession.wire.folder import show_filing, show_folders
from procession.wire.tag import show_tags

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_an_association_has_an_integer_id_and_the_tag() -> None:
    use = TagUse(7713, "c0ff", "template", "5d0c", AT, "Finance", "#3366cc", automatic=False)
    assert msgspec.to_builtins(show_tags([use])) == {
        "data": [
            {
                "id": 7713,
                "tag_id": "c0ff",
                "title": "Finance",
                "color": "#3366cc",
                "tag_type": "private",
                "type": "private",
                "auto_generated": False,
                "subject_type": "Checklist",
                "subject_id": "5d0c",
                "created_at": "2026-03-02T09:00:00Z",
            }
        ]
    }


def test_a_relation_repeats_its_id() -> None:
    filing = Filing(77, "f01d", "process", "5d0c", AT, "Paid", "process", None, 2)
    assert msgspec.to_builtins(show_folders([filing])) == {
        "data": [
            {
                "id": 77,
                "folder_object_id": 77,
                "folder_id": "f01d",
                "name": "Paid",
                "parent_id": None,
                "folder_type": "run",
                "position": 2,
            }
        ]
    }
    assert msgspec.to_builtins(show_filing(filing)) == {
        "id": 77,
        "folder_id": "f01d",
        "subject_id": "5d0c",
        "subject_type": "Run",
        "created_at": "2026-03-02T09:00:00Z",
    }
