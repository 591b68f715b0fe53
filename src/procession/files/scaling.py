"""Pictures of people and organizations made from what they upload (spec 40 §9.5, 41 §5.2).

What comes is decoded and written anew: turned as its camera says, without metadata, with colours of the web, in two
sizes. It happens in a process of its own, like every decoding of strangers' documents (`notations.apart`): a picture
that unpacks to gigabytes, or an error in a decoder, costs that process its life and nobody else anything. Before that,
its own header must say that it has no more than 40 million points.

This module is what both processes know of it; only the other one (`resizing`) loads Pillow.
"""

import base64
from typing import Literal

import msgspec

Purpose = Literal["photo", "logo"]
Size = tuple[int, int]

MOST_POINTS = 40_000_000
"""Width times height; unpacked that is 160 MB."""
LONGEST_SIDE = 20_000
LARGEST: dict[Purpose, int] = {"photo": 2 * 1024 * 1024, "logo": 10 * 1024 * 1024}
"""Bytes of what is uploaded (spec 40 §9.5, 41 §5.2)."""
FORMATS = ("JPEG", "PNG", "GIF")
SIZES: dict[Purpose, tuple[Size, Size]] = {"photo": ((256, 256), (64, 64)), "logo": ((400, 100), (200, 50))}
"""The two sizes of each, in points. Photos fill theirs; logos fit into theirs and keep their ratio."""
WRONG_TYPE = "The file must be a file of type: jpg, jpeg, png, gif."
DAMAGED = "The file is not a complete picture."
TOO_MANY = "The picture has too many points: at most 40 million, and 20000 on a side."
OUTSIDE = "The crop must lie inside the picture."


class Unfit(Exception):
    """It cannot be made a picture of, with the reason. `member`: of the form, whose fault it is."""

    def __init__(self, reason: str, member: str = "file") -> None:
        super().__init__(reason)
        self.member = member


class Crop(msgspec.Struct, frozen=True):
    """The part of a picture that is meant, in points from its upper left corner as it is shown."""

    x: int
    y: int
    width: int
    height: int


class Job(msgspec.Struct, frozen=True):
    """What the other process is asked for."""

    purpose: Purpose
    crop: Crop | None = None


class Scaled(msgspec.Struct, frozen=True):
    """The same picture twice, encoded: JPEG made from JPEG, else PNG. The bytes travel as base64."""

    content_type: str
    large: str
    small: str

    def pieces(self) -> tuple[bytes, bytes]:
        return base64.b64decode(self.large), base64.b64decode(self.small)
