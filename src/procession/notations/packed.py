"""What a packed file (a Word document, a workbook) says of itself before anybody unpacks it."""

import io
import zipfile

import msgspec


class Packed(msgspec.Struct, frozen=True):
    """How many parts there are, and how many bytes all of them unpack to, as its own table of contents says."""

    parts: int
    size: int


def packed(data: bytes) -> Packed | None:
    """None when nobody can read its table of contents, or when it is written as zipfile does not read it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    return Packed(len(listed), sum(one.file_size for one in listed))
