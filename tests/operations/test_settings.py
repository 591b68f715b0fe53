"""Configuration (operator's interface): options before environment before file before default."""

import stat
import threading
from pathlib import Path

import pytest

from procession.operations import settings as configuration
from procession.operations.settings import HOURLY, WrongSetting, load, public_url, secret_key, shown, write_private


def test_the_defaults(tmp_path: Path) -> None:
    settings = load({}, folder=tmp_path)
    root = Path(__file__).parents[2]
    assert settings.data_dir == root / "data"
    assert settings.database_url == f"sqlite:///{root}/data/procession.db"
    assert settings.files_url == f"file://{root}/data/files"
    assert (settings.rate_limit, settings.log, settings.trusted_proxies) == ("600/minute", "info", ())
    assert settings.hourly_limits == HOURLY
    assert settings.embedded
    assert public_url(settings) == "http://127.0.0.1:8000"
    assert public_url(settings, "::1", 80) == "http://[::1]:80"


def test_without_a_checkout_data_are_kept_below_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(configuration, "checkout", lambda: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load({}, folder=tmp_path).data_dir == tmp_path / ".local/share/procession"


def test_the_order_of_origins(tmp_path: Path) -> None:
    (tmp_path / "procession.toml").write_text('log = "error"\npublic_url = "https://file.example/"\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "procession.toml").write_text('log = "debug"\nrate_limit = "off"\n')
    environment = {"PROCESSION_DATA_DIR": str(tmp_path / "data"), "PROCESSION_PUBLIC_URL": "https://env.example"}
    settings = load(environment, {"public_url": "https://option.example", "log": None}, folder=tmp_path)
    assert (settings.public_url, settings.log, settings.rate_limit) == ("https://option.example", "error", "off")
    assert settings.origins == {
        **dict.fromkeys(settings.origins, "default"),
        "data_dir": "environment",
        "public_url": "option",
        "log": "file",
        "rate_limit": "file",
    }


def test_a_file_may_say_where_the_data_are_and_with_them_the_next_file(tmp_path: Path) -> None:
    (tmp_path / "procession.toml").write_text(f'data_dir = "{tmp_path}/elsewhere"\nlog = "error"\n')
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "procession.toml").write_text('log = "debug"\npublic_url = "https://x.example"\n')
    settings = load({}, folder=tmp_path)
    assert (settings.data_dir, settings.log, settings.public_url) == (
        tmp_path / "elsewhere",
        "error",
        "https://x.example",
    )


def test_values_of_a_file_may_be_lists_and_tables(tmp_path: Path) -> None:
    (tmp_path / "procession.toml").write_text(
        'trusted_proxies = ["10.0.0.1", "fd00::/8"]\n[hourly_limits]\ncomments = 5\nguest_invites = "off"\n'
    )
    settings = load({}, folder=tmp_path)
    assert settings.trusted_proxies == ("10.0.0.1/32", "fd00::/8")
    assert settings.hourly_limits == {**HOURLY, "comments": 5, "guest_invites": None}


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite:///"),
        ("PUBLIC_URL", "example.org"),
        ("RATE_LIMIT", "0/minute"),
        ("RATE_LIMIT", "many"),
        ("HOURLY_LIMITS", "comments"),
        ("HOURLY_LIMITS", "smiles=3"),
        ("TRUSTED_PROXIES", "localhost"),
        ("LOG", "loud"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, text: str) -> None:
    with pytest.raises(WrongSetting, match=f"PROCESSION_{variable} must be"):
        load({f"PROCESSION_{variable}": text}, folder=tmp_path)


@pytest.mark.parametrize("text", ["shoe_size = 3", "log = ", 'log = "\xff"'])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "procession.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(WrongSetting, match=r"procession\.toml"):
        load({}, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "read"), [("OFF", "off"), ("100 / Second", "100/second"), ("600/minute", "600/minute")]
)
def test_rate_limits(tmp_path: Path, text: str, read: str) -> None:
    assert load({"PROCESSION_RATE_LIMIT": text}, folder=tmp_path).rate_limit == read


def test_all_hourly_limits_can_be_lifted(tmp_path: Path) -> None:
    limits = load({"PROCESSION_HOURLY_LIMITS": "off"}, folder=tmp_path).hourly_limits
    assert limits == dict.fromkeys(HOURLY)


def test_postgres_urls_have_two_spellings(tmp_path: Path) -> None:
    settings = load({"PROCESSION_DATABASE_URL": "postgres://u@h/d"}, folder=tmp_path)
    assert settings.database_url == "postgresql://u@h/d"
    assert not settings.embedded


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path / "data")}, folder=tmp_path)
    keys: list[str] = []
    together = [threading.Thread(target=lambda: keys.append(secret_key(settings))) for _ in range(8)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert len(keys) == 8
    assert set(keys) == {secret_key(settings)}
    assert len(keys[0]) >= 64
    (path,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_given_key_is_not_kept(tmp_path: Path) -> None:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path / "d"), "PROCESSION_SECRET_KEY": "s3cret"}, folder=tmp_path)
    assert secret_key(settings) == "s3cret"
    assert not (tmp_path / "d").exists()


def test_a_private_file_stays_private_when_written_again(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old and longer")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


def test_secrets_are_masked(tmp_path: Path) -> None:
    environment = {
        "PROCESSION_DATABASE_URL": "postgresql://me:p%40ss@host/db?password=hidden&port=1",
        "PROCESSION_SECRET_KEY": "s3cret",
        "PROCESSION_SMTP_URL": "smtp://user:pass@host:587",
    }
    values = {one["name"]: one["value"] for one in shown(load(environment, folder=tmp_path))}
    assert values["database_url"] == "postgresql://me:********@host/db?password=********&port=1"
    assert values["secret_key"] == "********"
    assert values["smtp_url"] == "smtp://user:********@host:587"
    plain = {one["name"]: one for one in shown(load({}, folder=tmp_path))}
    assert plain["secret_key"]["value"] is None
    assert str(plain["database_url"]["value"]).startswith("sqlite:///")
    assert set(plain) == {known.name for known in configuration.KNOWN}
    assert all(one["meaning"] for one in plain.values())
