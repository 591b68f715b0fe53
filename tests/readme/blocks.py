"""The fenced blocks of a page, and what they say the output is."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<language>\w+)(?: (?P<tag>[\w-]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(msgspec.Struct, frozen=True):
    """One block; `expected` is the text of a `json` or `text` block directly after it."""

    language: str
    tag: str | None
    text: str
    expected: str | None = None


def blocks_of(page: str) -> list[Block]:
    """Every block of the page but outputs, which go to the block before them."""
    found: list[Block] = []
    for match in FENCE.finditer((ROOT / page).read_text()):
        block = Block(match["language"], match["tag"], match["text"])
        if block.language in ("json", "text") and found:
            found[-1] = msgspec.structs.replace(found[-1], expected=block.text)
        else:
            found.append(block)
    return found


def check_output(block: Block, output: str) -> None:
    """The output holds what the page shows: members of JSON, or lines; `...` stands for anything."""
    if block.expected is None:
        return
    try:
        wanted = json.loads(block.expected)
    except ValueError:
        for line in block.expected.splitlines():
            pattern = ".*".join(map(re.escape, line.split("...")))
            assert re.search(f"^{pattern}$", output, re.MULTILINE), f"{line!r} is not in\n{output}"
        return
    check_part(wanted, json.loads(output), "$")


def check_part(wanted: Any, found: Any, path: str) -> None:
    """Every member of `wanted` is in `found`; a key or value `...` matches any."""
    if wanted == "...":
        return
    if isinstance(wanted, dict):
        assert isinstance(found, dict), f"{path}: {found!r}"
        for key, value in wanted.items():
            if key == "...":
                assert len(found) == 1, f"{path}: {found!r}"
                check_part(value, next(iter(found.values())), f"{path}.*")
            else:
                assert key in found, f"{path}.{key} is missing"
                check_part(value, found[key], f"{path}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list) and len(wanted) == len(found), f"{path}: {found!r}"
        for index, value in enumerate(wanted):
            check_part(value, found[index], f"{path}[{index}]")
    else:
        assert found == wanted, f"{path}: {found!r} is not {wanted!r}"
