"""The file of a backup: a tar, compressed with gzip, that says what it is first and what it should hold last.

Members in order: `manifest.json`; what the data directory keeps (`secret.key`, `first-run.json`); the database
(`database.db`; or `tables.json`, `tables/NAME.copy` in the order of their references, `sequences.json`); `files/...`;
`end.json` with the SHA-256 of every other member. A file without its end is no backup.
"""

import contextlib
import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

import msgspec

from procession.operations.first import Refused
from procession.operations.keys import flush_folder

FORMAT = 1
"""Raised when a former program could not read what this one writes."""

MANIFEST, END = "manifest.json", "end.json"
CHUNK = 1024 * 1024
DAMAGE = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, msgspec.DecodeError)
LEVEL = 6


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the backup is. `key_check`: a text sealed with the secret key, which itself may not be in the backup."""

    format: int
    version: str
    engine: str
    schema: str
    made_at: str
    key_check: bytes
    key_included: bool


class Hashed:
    """A file that is read, and what it was: its SHA-256 once it has been read to its end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        try:
            part = self._file.read(size)
        except DAMAGE as error:
            raise Refused(f"The backup is damaged: {error}") from None
        self._digest.update(part)
        return part

    def finish(self) -> str:
        """Read what is left; the digest of the whole."""
        while self.read(CHUNK):
            pass
        return self._digest.hexdigest()


class Writer:
    """Writes one backup. Use it as a context: the file has its name only when everything is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        self._digests: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self.path.exists():
            raise Refused(f"{self.path} exists already.")
        handle = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds everybody's secrets
        self._raw = os.fdopen(handle, "wb")
        self._tar = tarfile.open(fileobj=self._raw, mode="w:gz", compresslevel=LEVEL, format=tarfile.PAX_FORMAT)
        return self

    def __exit__(self, kind: object, *_raised: object) -> None:
        try:
            if kind is None:
                self.add_bytes(END, msgspec.json.encode(self._digests))
                self._tar.close()
                self._raw.flush()
                os.fsync(self._raw.fileno())
                self.part.replace(self.path)
                flush_folder(self.path.absolute().parent)
        finally:
            self._raw.close()
            self.part.unlink(missing_ok=True)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self.add_file(name, io.BytesIO(content), len(content))

    def add_path(self, name: str, path: Path) -> None:
        """Add a file as it is now."""
        with path.open("rb") as file:
            self.add_file(name, file, os.fstat(file.fileno()).st_size)

    def add_file(self, name: str, file: IO[bytes], size: int) -> None:
        """Add `size` bytes of an open file."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        hashed: Any = Hashed(file)
        self._tar.addfile(member, hashed)
        self._digests[name] = hashed.finish()


def manifest_of(path: Path) -> Manifest:
    """What the backup says of itself. Raises `Refused` for anything that is none, or of a later format."""
    for name, file in members(path):
        if name != MANIFEST:
            break
        try:
            manifest = msgspec.json.decode(file.read(), type=Manifest)
        except msgspec.DecodeError:
            break
        if manifest.format > FORMAT:
            raise Refused(f"{path} was made by Procession {manifest.version}, whose format this version does not know.")
        return manifest
    raise Refused(f"{path} is no backup of Procession.")


def members(path: Path) -> Iterator[tuple[str, Hashed]]:
    """Every member but the end, in order; at the end, whether they are what was written.

    Raises `Refused` when something is missing or damaged: only who takes all of them knows that nothing is.
    """
    digests: dict[str, str] = {}
    with _damage(path), tarfile.open(path, "r|gz") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() and _plain(member.name) else None
            if file is None:
                raise Refused(f"{path} holds {member.name!r}, which no backup does.")
            if member.name == END:
                if msgspec.json.decode(file.read(), type=dict[str, str]) != digests:
                    raise Refused(f"{path} is damaged: something in it is not what was written.")
                return
            hashed = Hashed(file)
            yield member.name, hashed
            digests[member.name] = hashed.finish()
        raise Refused(f"{path} is not complete.")


@contextlib.contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        raise Refused(f"{path} is no backup, or damaged: {error}") from None


def _plain(name: str) -> bool:
    """Whether a member's name stays where it is unpacked."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def save(file: Hashed, path: Path) -> None:
    """Write a member to a new file, for its owner alone; on the disk when this returns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        while part := file.read(CHUNK):
            target.write(part)
        target.flush()
        os.fsync(handle)
