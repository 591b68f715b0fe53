"""Configuration: options before environment before `procession.toml` before defaults (operator's interface)."""

import contextlib
import ipaddress
import logging
import os
import re
import secrets as chance
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from procession.accounts.model import Policy
from procession.files.antivirus import scanner_address
from procession.files.kinds import ALLOWED
from procession.files.store import local_path, s3_place

FILE = "procession.toml"
KEY_FILE = "secret.key"
OFF = "off"
DATABASES = ("sqlite", "postgresql", "postgres")

HOURLY = {
    "guest_invites": 30,
    "comments": 120,
    "member_invites": 60,
    "email_launches": 120,
    "form_submissions": 60,
    "password_mails": 5,
}
"""Acts an hour (spec 00 RATE-02): per organization; of public forms per address, of password mails per account."""

Origin = Literal["option", "environment", "file", "default"]


class WrongSetting(Exception):
    """A setting cannot be read; the text names it and says what it should be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, read. None: not set, or switched off. `origins` and `texts` are what `procession config` shows."""

    data_dir: Path
    database_url: str
    public_url: str | None
    secret_key: str | None
    smtp_url: str | None
    files_url: str
    antivirus: str | None
    storage_quota: int | None
    upload_limit: int
    upload_types: frozenset[str]
    unattached_days: int | None
    rate_limit: str
    hourly_limits: dict[str, int | None]
    trusted_proxies: tuple[str, ...]
    hsts_preload: bool
    open_registration: bool
    password_grant: bool
    shortest_password: int
    refuse_common_passwords: bool
    key_rotation_days: int | None
    users_create_organizations: bool
    log_days: int
    library_review: bool
    log: str
    origins: dict[str, Origin] = {}
    texts: dict[str, str | None] = {}

    @property
    def embedded(self) -> bool:
        """Whether the database is SQLite, which one server process has to itself."""
        return self.database_url.startswith("sqlite:")

    @property
    def policy(self) -> Policy:
        """What was decided about signing in, and the limits that clients are told."""
        return Policy(
            registration=self.open_registration,
            password_grant=self.password_grant,
            shortest_password=self.shortest_password,
            refuse_common_passwords=self.refuse_common_passwords,
            upload_limit=self.upload_limit,
            storage_quota=self.storage_quota,
            upload_types=self.upload_types,
            rate_limit=self.rate_limit,
            organizations=self.users_create_organizations,
            log_days=self.log_days,
            library_review=self.library_review,
        )


class Known(msgspec.Struct, frozen=True):
    """One setting: what it means, its default as shown and as read, how its text is read."""

    name: str
    meaning: str
    default: str | None
    read: Callable[[str], Any]
    secret: bool = False

    @property
    def variable(self) -> str:
        return f"PROCESSION_{self.name.upper()}"


# -- reading one setting --------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _database(text: str) -> str:
    if urlsplit(text).scheme not in DATABASES or not re.match(r"sqlite:///.|postgres", text):
        raise ValueError("sqlite:///path or postgresql://...")
    return re.sub(r"^postgres:", "postgresql:", text)


def _public(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("an address that starts with http:// or https://")
    return text.rstrip("/")


def _rate(text: str) -> str:
    if text.lower() == OFF:
        return OFF
    if not re.fullmatch(r"[1-9][0-9]{0,8}\s*/\s*(second|minute|hour)", text.lower()):
        raise ValueError("off, or a number per second, minute or hour, such as 600/minute")
    return re.sub(r"\s", "", text.lower())


def _hourly(text: str) -> dict[str, int | None]:
    if text.lower() == OFF:
        return dict.fromkeys(HOURLY, None)
    limits: dict[str, int | None] = dict(HOURLY)
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, number = (one.strip().lower() for one in part.partition("="))
        if name not in HOURLY or not (number == OFF or re.fullmatch(r"[0-9]{1,9}", number)):
            raise ValueError(f"off, or name=number and name=off, separated by commas, of {', '.join(HOURLY)}")
        limits[name] = None if number == OFF else int(number)
    return limits


def _files(text: str) -> str:
    if s3_place(text) is None:
        local_path(text)
    return text


def _antivirus(text: str) -> str:
    return scanner_address(text)


def _quota(text: str) -> int | None:
    if text.lower() == OFF:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise ValueError("off, or a number of GiB, such as 50")
    return int(text) * 1024**3


def _upload_limit(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise ValueError("a number of MiB, such as 100")
    return int(text) * 1024 * 1024


def _upload_types(text: str) -> frozenset[str]:
    named = [one.lstrip(".").lower() for one in re.split(r"[,\s]+", text) if one]
    added = [one[1:].lstrip(".") for one in named if one.startswith("+")]
    if not named or not all(re.fullmatch(r"\+?\.?[a-z0-9_-]{1,20}", one) for one in named):
        raise ValueError("endings of names separated by commas, each with + before it to add to the usual ones")
    if added and len(added) != len(named):
        raise ValueError("either the whole list, or additions with + before each")
    return ALLOWED | frozenset(added) if added else frozenset(named)


def _switch(text: str) -> bool:
    words = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError("on or off")
    return words[text.lower()]


def _length(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 6 <= int(text) <= 127:
        raise ValueError("a number from 6 to 127")
    return int(text)


def _days(text: str) -> int | None:
    if text.lower() == OFF:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise ValueError("off, or a number of days")
    return int(text)


def _log_days(text: str) -> int:
    if not re.fullmatch(r"[0-9]{2,4}", text) or not 30 <= int(text) <= 3650:
        raise ValueError("a number of days from 30 to 3650")
    return int(text)


def _addresses(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(one, strict=False)) for one in re.split(r"[,\s]+", text) if one)
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.0/8, separated by commas") from None


def _level(text: str) -> str:
    if text.upper() not in logging.getLevelNamesMapping():
        raise ValueError("debug, info, warning or error")
    return text.lower()


KNOWN = (
    Known("data_dir", "SQLite file, files, keys", None, _folder),
    Known(
        "database_url",
        "sqlite:///path, or postgresql://... for scale: the owner of its schema, no superuser",
        "sqlite:///{data_dir}/procession.db",
        _database,
        secret=True,
    ),
    Known("public_url", "what links in answers and mails start with (http://{host}:{port} unless set)", None, _public),
    Known(
        "secret_key",
        "encrypts what the database keeps secret and signs links (made on first start, kept in {data_dir}/secret.key)",
        None,
        _text,
        secret=True,
    ),
    Known(
        "smtp_url",
        "smtp://user:pass@host:587; without it mails are kept in the delivery log",
        None,
        _text,
        secret=True,
    ),
    Known(
        "files_url",
        "where files are kept, for this server alone: file:///path, or s3://bucket/prefix (AWS_* say where S3 is)",
        "file://{data_dir}/files",
        _files,
    ),
    Known("antivirus", "a clamd that sees every upload first: clamd://host:port or clamd:///path", None, _antivirus),
    Known("storage_quota", "GiB of files an organization may keep, or off", OFF, _quota),
    Known("upload_limit", "MiB an uploaded file may have", "100", _upload_limit),
    Known(
        "upload_types",
        "endings of names that may be uploaded; with + before each, added to these",
        ",".join(sorted(ALLOWED)),
        _upload_types,
    ),
    Known("unattached_days", "after how many days uploads that belong to nothing are deleted, or off", "30", _days),
    Known("rate_limit", "requests per person; off for benchmarks and trusted networks", "600/minute", _rate),
    Known(
        "hourly_limits",
        "acts an hour per organization; name=N changes one, name=off lifts one, off lifts all",
        ",".join(f"{name}={number}" for name, number in HOURLY.items()),
        _hourly,
    ),
    Known("trusted_proxies", "addresses whose X-Forwarded-For and -Proto are believed", None, _addresses),
    Known("hsts_preload", "whether browsers may list a public https address as such (preload)", OFF, _switch),
    Known("open_registration", "whether anybody may sign up; off: by invitation only", OFF, _switch),
    Known("password_grant", "whether programs may exchange a password for tokens (OAuth)", "on", _switch),
    Known("shortest_password", "characters a password must have", "6", _length),
    Known("refuse_common_passwords", "whether passwords of the list of common ones are refused", OFF, _switch),
    Known(
        "key_rotation_days",
        "after how many days another key signs tokens, or off; former keys go on verifying",
        OFF,
        _days,
    ),
    Known(
        "library_review",
        "whether public templates wait for `procession library approve` before the public library lists them",
        OFF,
        _switch,
    ),
    Known("users_create_organizations", "whether people may make organizations of their own", OFF, _switch),
    Known("log_days", "how many days back the system log of an organization goes, 30 to 3650", "90", _log_days),
    Known("log", "what is logged to standard error: debug, info, warning, error", "info", _level),
)


# -- reading all of them --------------------------------------------------------------------------------------------


def load(
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, str | None] | None = None,
    folder: Path | None = None,
) -> Settings:
    """The settings of this process. `folder` is where `procession.toml` is looked for first (the present one); then
    the data directory is. Reads nothing else and writes nothing. Raises `WrongSetting`.
    """
    env = os.environ if environment is None else environment
    given: dict[str, tuple[str, Origin]] = {}
    for known in KNOWN:
        option = (options or {}).get(known.name)
        if option:
            given[known.name] = (option, "option")
        elif env.get(known.variable, "").strip():
            given[known.name] = (env[known.variable].strip(), "environment")
    _add(given, _file((folder or Path.cwd()) / FILE))
    _add(given, _file((_folder(given["data_dir"][0]) if "data_dir" in given else data_dir()) / FILE))
    return _settings(given)


def _add(given: dict[str, tuple[str, Origin]], found: Mapping[str, str]) -> None:
    """What a file says counts where nothing before it said anything."""
    for name, text in found.items():
        given.setdefault(name, (text, "file"))


def _settings(given: Mapping[str, tuple[str, Origin]]) -> Settings:
    texts: dict[str, str | None] = {}
    origins: dict[str, Origin] = {}
    values: dict[str, Any] = {}
    for known in KNOWN:
        standard = str(data_dir()) if known.name == "data_dir" else known.default
        unset: tuple[str | None, Origin] = (standard, "default")
        text, origin = given.get(known.name, unset)
        if text is not None and known.name != "data_dir":
            text = text.replace("{data_dir}", str(values["data_dir"]))
        try:
            values[known.name] = known.read(text) if text is not None else () if known.read is _addresses else None
        except ValueError as error:
            raise WrongSetting(f"{known.variable} must be {error}") from None
        texts[known.name], origins[known.name] = text, origin
    return Settings(**values, origins=origins, texts=texts)


def _file(path: Path) -> dict[str, str]:
    """The settings of a file, as text; nothing when there is none. Lists are read as commas between."""
    if not path.is_file():
        return {}
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{path}: {error}") from None
    names = {known.name for known in KNOWN}
    if unknown := sorted(set(read) - names):
        raise WrongSetting(f"{path}: {', '.join(unknown)}: no such setting (`procession config` lists them)")
    return {name: _plain(value) for name, value in read.items()}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(one) for one in value)
    if isinstance(value, dict):
        return ",".join(f"{name}={number}" for name, number in value.items())
    return str(value)


def checkout() -> Path | None:
    """The root of the checkout this runs from; None when it is installed."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "src" / "procession").is_dir() else None


def data_dir() -> Path:
    """Where data are kept unless told: `data` of the checkout, else below the home directory."""
    root = checkout()
    return root / "data" if root else Path("~/.local/share/procession").expanduser()


# -- what follows from them -----------------------------------------------------------------------------------------


def secret_key(settings: Settings) -> str:
    """The operator's secret key; made on first use and kept in the data directory with mode 0600.

    Two processes that start at once end up with the same one: the first file that is in place wins.
    """
    kept = kept_key(settings)
    if kept is not None:
        return kept
    make_data_dir(settings)
    path = settings.data_dir / KEY_FILE
    fresh = settings.data_dir / f".{KEY_FILE}.{chance.token_hex(8)}"
    write_private(fresh, new_key() + "\n")
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
    return path.read_text(encoding="utf-8").strip()


def kept_key(settings: Settings) -> str | None:
    """The secret key as it is set or kept; None when there is none yet."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / KEY_FILE
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def new_key() -> str:
    """A secret key of 384 random bits."""
    return chance.token_urlsafe(48)


def make_data_dir(settings: Settings) -> None:
    """Make the data directory if it is not there, for its owner alone."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner may read, from its first byte on; flushed to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def public_url(settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> str:
    """What links start with."""
    shown = f"[{host}]" if ":" in host else host
    return settings.public_url or f"http://{shown}:{port}"


def shown(settings: Settings) -> list[dict[str, str | None]]:
    """Every setting with its value, origin, default and meaning; secrets masked (`procession config`)."""
    return [
        {
            "name": known.name,
            "variable": known.variable,
            "value": _masked(settings.texts.get(known.name)) if known.secret else settings.texts.get(known.name),
            "origin": settings.origins.get(known.name, "default"),
            "default": str(data_dir()) if known.name == "data_dir" else known.default,
            "meaning": known.meaning,
        }
        for known in KNOWN
    ]


def _masked(text: str | None) -> str | None:
    """An address without its password; anything else as stars."""
    if text is None or "://" not in text:
        return text and "********"
    plain = re.sub(r"(://[^/?#@:]*:)[^/?#]*@", r"\1********@", text)
    return re.sub(r"(?i)([?&]password=)[^&]*", r"\1********", plain)
