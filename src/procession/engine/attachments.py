"""Answers of file fields: stored files and external links (spec 20 §8.11)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

FILES_LIMIT = 50
URL_LIMIT = 2048
NAME_LIMIT = 255
NO_FILE = "The selected file does not exist."

# Browsers drop control characters inside a scheme, so a link that holds any is never what it looks like.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WEB = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_LINK_KEYS = ("url", "full_url")
_KEPT_HERE = re.compile(
    r'\s(?:src|href)="(?:[^"]*/)?organizations/([0-9a-f]{32})/(?:file|assets|download-files)/([0-9a-f]{32})[/"?#]',
    re.IGNORECASE,
)


def files_answer(
    label: str, value: object, files: Mapping[str, dict[str, Any]]
) -> tuple[list[dict[str, Any]] | None, str | None]:
    """The files to store, or None and what is wrong.

    An entry with an `id` is replaced by what `files` (by lower-case id: those the caller may attach) knows about it;
    only the id is trusted. One without is an external link.
    """
    if not isinstance(value, list):
        return None, f"The {label} must be a list of files."
    if len(value) > FILES_LIMIT:
        return None, f"The {label} may not have more than {FILES_LIMIT} files."
    stored: list[dict[str, Any]] = []
    for entry in value:
        found, problem = _entry(label, entry, files)
        if found is None:
            return None, problem
        stored.append(found)
    return stored, None


def file_ids(value: object) -> list[str]:
    """The ids of stored files that a file answer names, lower-case, in order, valid or not. Any value may be asked."""
    entries = value if isinstance(value, list) else []
    ids = (entry.get("id") for entry in entries[:FILES_LIMIT] if isinstance(entry, dict))
    return list(dict.fromkeys(one.strip().lower() for one in ids if isinstance(one, str) and one.strip()))


def linked_files(text: str | None, organization_id: str) -> frozenset[str]:
    """The ids of stored files, at most `FILES_LIMIT`, that rich text, cleaned, shows or links to (spec 20 §7.6)."""
    if not text or "organizations/" not in text:
        return frozenset()
    found = _KEPT_HERE.findall(text)
    ids = dict.fromkeys(file.lower() for home, file in found if home.lower() == organization_id)
    return frozenset(list(ids)[:FILES_LIMIT])


def with_ids(value: object, id_of: Callable[[str], str | None]) -> object:
    """A file answer in which links to files kept here became their ids (`id_of` a link; None: it leads elsewhere)."""
    if not isinstance(value, list):
        return value
    return [_identified(entry, id_of) for entry in value]


def _identified(entry: object, id_of: Callable[[str], str | None]) -> object:
    if not isinstance(entry, dict) or entry.get("id") not in (None, ""):
        return entry
    links = (entry[key] for key in _LINK_KEYS if isinstance(entry.get(key), str))
    found = next((one for link in links if (one := id_of(link.strip())) is not None), None)
    return entry if found is None else {"id": found}


def _entry(label: str, entry: object, files: Mapping[str, dict[str, Any]]) -> tuple[dict[str, Any] | None, str | None]:
    if not isinstance(entry, dict):
        return None, f"The {label} must be a list of files."
    id_ = entry.get("id")
    if id_ is None or id_ == "":
        return _link(label, entry)
    found = files.get(id_.strip().lower()) if isinstance(id_, str) else None
    return (found, None) if found is not None else (None, NO_FILE)


def _link(label: str, entry: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    links = [entry[key] for key in _LINK_KEYS if entry.get(key) is not None]
    if not links or any(not isinstance(link, str) or not link.strip() for link in links):
        return None, f"The {label} must be a list of files."
    links = [link.strip() for link in links]
    if any(len(link) > URL_LIMIT for link in links):
        return None, f"The url of a file may not be greater than {URL_LIMIT} characters."
    if not all(map(_is_allowed, links)):
        return None, f"The {label} may only hold http and https links."
    name = entry.get("filename")
    if not isinstance(name, str) or not name.strip():
        name = _last_segment(links[0])
    if len(name) > NAME_LIMIT:
        return None, f"The filename may not be greater than {NAME_LIMIT} characters."
    return {"filename": name, "url": links[0], "full_url": links[-1], "source": "url"}, None


def _is_allowed(link: str) -> bool:
    """Whether the link is relative or goes to the web; `javascript:` and its like never get stored."""
    if _CONTROL.search(link):
        return False
    return _SCHEME.match(link) is None or _WEB.match(link) is not None


def _last_segment(link: str) -> str:
    path = re.split(r"[?#]", link, maxsplit=1)[0].rstrip("/")
    return (path.rpartition("/")[2] or link)[-NAME_LIMIT:]
