"""Settings: every wrong value with its name and remedy, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrs_bridge.errors import SettingInvalid
from lrs_bridge.settings import Settings

WRONG = [
    ("DATABASE_URL", "bridge.db", "is not a database URL", "sqlite:///"),
    ("DATABASE_URL", "postgresql://db:port/bridge", "is not a database URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite://", "names no file", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///:memory:", "names no file", "sqlite:///"),
    ("DATABASE_URL", "postgres://localhost/bridge", "names 'postgres'", "Use sqlite or postgresql"),
    ("DATABASE_URL", "mysql://localhost/bridge", "names 'mysql'", "Use sqlite or postgresql"),
    ("PUBLIC_URL", "bridge.example.com", "is not a web address", "https://bridge.example.com"),
    ("PUBLIC_URL", "ftp://bridge.example.com", "is not a web address", "https://bridge.example.com"),
    ("PUBLIC_URL", "https://bridge.example.com/lrs", "has a path", "root of its own host name"),
    ("PUBLIC_URL", "https://bridge.example.com?x=1", "is not a web address", "https://bridge.example.com"),
    ("PUBLIC_URL", "https://bridge.example.com:port", "is not a web address", "https://bridge.example.com"),
    ("PUBLIC_URL", "https://[::1", "is not a web address", "https://bridge.example.com"),
    ("PUBLIC_URL", "https://me:secret@bridge.example.com", "is not a web address", "https://bridge.example.com"),
    ("CONTENT_URL", "https://", "is not a web address", "https://bridge.example.com"),
    ("SECRET_KEY", "short", "is shorter than 32 characters", "secrets.token_urlsafe"),
    ("LMS_HOME_PAGES", "https://lms.example.com lms", "holds something that is not an IRI", "with spaces"),
    ("LEAVER_AFTER_DAYS", "-1", "is not a number of days", "Write a whole number"),
    ("LEAVER_AFTER_DAYS", "soon", "is not a number of days", "Write a whole number"),
    ("REPORTED_ABSENCES_STAND", "perhaps", "is 'perhaps'", "Write yes or no"),
    ("LEAVER_AFTER_DAYS", "\N{SUPERSCRIPT TWO}", "is not a number of days", "Write a whole number"),
    ("DATABSE_URL", "sqlite:///x.db", "is not a setting of LRS Bridge", "docs/configuration.md"),
    ("PORT", "8000", "is not a setting of LRS Bridge", "docs/configuration.md"),
]


def refused(environ: dict[str, str]) -> SettingInvalid:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_environment({f"LRS_BRIDGE_{name}": value for name, value in environ.items()})
    return caught.value


@pytest.mark.parametrize(("name", "value", "reason", "remedy"), WRONG)
def test_a_wrong_value_is_named_with_its_remedy(name: str, value: str, reason: str, remedy: str) -> None:
    (problem,) = refused({name: value}).problems
    assert problem.place == f"LRS_BRIDGE_{name}"
    assert reason in problem.reason
    assert remedy in problem.remedy


def test_everything_wrong_is_told_at_once() -> None:
    error = refused({"PUBLIC_URL": "here", "SECRET_KEY": "short", "LEAVER_AFTER_DAYS": "x", "COLOUR": "red"})
    assert [problem.place for problem in error.problems] == [
        "LRS_BRIDGE_PUBLIC_URL",
        "LRS_BRIDGE_SECRET_KEY",
        "LRS_BRIDGE_LEAVER_AFTER_DAYS",
        "LRS_BRIDGE_COLOUR",
    ]
    assert all(problem.place in str(error) for problem in error.problems)


def test_a_password_is_never_shown() -> None:
    assert "hunter2" not in str(refused({"PUBLIC_URL": "https://me:hunter2@bridge.example.com"}))
    assert "hunter2" not in str(refused({"DATABASE_URL": "postgresql//me:hunter2@db/bridge"}))
    assert "short-secret" not in str(refused({"SECRET_KEY": "short-secret"}))


@pytest.mark.parametrize(
    ("public", "content"),
    [
        ("https://a.example.com", "https://a.example.com"),
        ("https://a.example.com", "https://A.example.com/"),
        ("https://a.example.com", "https://a.example.com:443"),
        # one host name cannot be told from the other by the Host of a request
        ("https://a.example.com", "http://a.example.com"),
    ],
)
def test_one_origin_for_both_is_refused(public: str, content: str) -> None:
    (problem,) = refused({"PUBLIC_URL": public, "CONTENT_URL": content}).problems
    assert problem.place == "LRS_BRIDGE_CONTENT_URL"
    assert "untrusted code" in problem.remedy


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Bridge.Example.COM/", "https://bridge.example.com"),
        ("https://bridge.example.com:443", "https://bridge.example.com"),
        ("http://bridge.example.com:80", "http://bridge.example.com"),
        ("http://bridge.example.com:443", "http://bridge.example.com:443"),
        ("https://bridge.example.com:8443", "https://bridge.example.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(given: str, kept: str) -> None:
    assert Settings.from_environment({"LRS_BRIDGE_PUBLIC_URL": given}).public_url == kept


def test_defaults_and_values(tmp_path: Path) -> None:
    plain = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path)}, port=8123)
    assert plain.database_url == f"sqlite:///{tmp_path / 'lrs_bridge.db'}"
    assert (plain.public_url, plain.content_url) == ("http://localhost:8123", "http://127.0.0.1:8123")
    assert (plain.lms_home_pages, plain.leaver_after_days) == ((), 0)
    told = Settings.from_environment(
        {
            "LRS_BRIDGE_DATABASE_URL": "postgresql://me:word@db/bridge",
            "LRS_BRIDGE_LMS_HOME_PAGES": " https://a.example.com  https://b.example.com ",
            "LRS_BRIDGE_LEAVER_AFTER_DAYS": "14",
            "PATH": "/bin",
        }
    )
    assert told.database_url == "postgresql+psycopg://me:word@db/bridge"
    assert told.lms_home_pages == ("https://a.example.com", "https://b.example.com")
    assert told.leaver_after_days == 14


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    settings = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder)})
    made = settings.signing_key()
    assert len(made) >= 48
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert settings.signing_key() == made
    own = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder), "LRS_BRIDGE_SECRET_KEY": "k" * 32})
    assert own.signing_key() == "k" * 32


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path / "file" / "data")})
    with pytest.raises(SettingInvalid, match=r"LRS_BRIDGE_DATA_DIR: .* cannot be written") as caught:
        settings.signing_key()
    assert "may write" in caught.value.remedy
