"""The documents hold together: every page is found from the README, every link leads somewhere, every proof exists."""

import re
from pathlib import Path

import pytest

from tests.readme.blocks import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[tuple[Path, str]]:
    """What a page links to inside the project: file and place in it."""
    found = []
    for target in LINK.findall(CODE.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            name, _, place = target.partition("#")
            found.append(((page.parent / name).resolve() if name else page, place))
    return found


def places(page: Path) -> set[str]:
    """The anchors of the headings of a page, as forges make them."""
    heads = HEADING.findall(CODE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, place in links(page):
        assert target.exists(), f"{page.name}: {target}"
        assert not place or place in places(target), f"{page.name}: {target.name}#{place}"


def test_every_page_is_found_from_the_readme() -> None:
    linked = {target for target, _ in links(ROOT / "README.md")}
    assert [page.name for page in PAGES if page not in linked and page.name != "README.md"] == []


def test_every_proof_of_the_threat_model_exists() -> None:
    named = PROOF.findall((ROOT / "SECURITY.md").read_text())
    assert len(named) > 30
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists()
        or not re.search(rf"^ *(?:async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []
