"""Every setting and every sentence about a wrong one; those about folders are in test_config_folders.py."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
from sqlalchemy import make_url

import config
from cms.flask_config import flask_config
from cms.queue import broker_url
from config import ConfigError

ROOT = Path(config.__file__).parent


def load(home: Path, **environ: str) -> config.Settings:
    return config.load({"CMS_HOME": str(home), **environ})


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url.render_as_string() == f"sqlite:///{tmp_path}/mediafold.db"
    assert settings.media_root == tmp_path / "media"
    assert settings.staging_root == tmp_path / "staging"
    assert settings.embedded_redis
    assert settings.admin_email == "admin@example.com"
    assert settings.admin_password is None
    assert settings.site_name == "Mediafold"
    assert settings.site_language == "en"
    assert settings.site_url == settings.url_prefix == ""
    assert settings.cors_origins == {"*"}
    assert settings.time_zone == "UTC"
    assert settings.view_flush_seconds == 2
    assert settings.count_list_views is True
    assert settings.max_upload_bytes == 4096 * 2**20
    assert settings.media_grace_seconds == 7 * 24 * 3600
    assert settings.trash_days == 30
    assert settings.verify_bytes_per_second == 50 * 2**20
    assert settings.trusted_proxies == 0
    assert not settings.production


def test_home_is_var_unless_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load({}).home == tmp_path / "var"


def test_an_empty_value_counts_as_none(tmp_path: Path) -> None:
    assert load(tmp_path, **dict.fromkeys(_settings_read() - {"CMS_HOME"}, "")) == load(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "attribute", "value"),
    [
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("PORT", "9000", "port", 9000),
        ("REDIS_URL", "redis://cache:6379/1", "redis_url", "redis://cache:6379/1"),
        ("REDIS_URL", "rediss://cache:6379/1", "embedded_redis", False),
        ("SECRET_KEY", "sixteen letters!", "secret_key", "sixteen letters!"),
        ("CMS_ADMIN_EMAIL", "me@example.com", "admin_email", "me@example.com"),
        ("CMS_ADMIN_PASSWORD", "s3cret-pass", "admin_password", "s3cret-pass"),
        ("SITE_NAME", "Архив", "site_name", "Архив"),
        ("SITE_LANGUAGE", "zh-Hant-TW", "site_language", "zh-Hant-TW"),
        ("API_CONTACT", "editors@example.com", "api_contact", "editors@example.com"),
        ("API_CONTACT", "https://example.com/@us", "api_contact", "https://example.com/@us"),
        ("CONTENT_LICENSE", "CC-BY-4.0", "content_license", "CC-BY-4.0"),
        ("SITE_URL", "https://media.example.com", "site_url", "https://media.example.com"),
        ("SITE_URL", "http://[::1]:8000/a/b/", "site_url", "http://[::1]:8000/a/b"),
        ("SITE_URL", "https://Example.com:8443/Media", "url_prefix", "/Media"),
        ("SITE_URL", "https://example.com/", "url_prefix", ""),
        ("CORS_ORIGINS", "none", "cors_origins", {"none"}),
        (
            "CORS_ORIGINS",
            "https://A.example, http://b.example:81",
            "cors_origins",
            {"https://a.example", "http://b.example:81"},
        ),
        ("EMBED_HOSTS", "none", "embed_hosts", ()),
        ("EMBED_HOSTS", "Player.Vimeo.com, tube.example", "embed_hosts", ("player.vimeo.com", "tube.example")),
        ("HLS", "true", "hls", True),
        ("TRANSCRIBE_COMMAND", "say 'a b' {input}", "transcribe_command", ("say", "a b", "{input}")),
        ("APP_TIME_ZONE", "Asia/Krasnoyarsk", "time_zone", "Asia/Krasnoyarsk"),
        ("VIEW_FLUSH_SECONDS", "0.5", "view_flush_seconds", 0.5),
        ("COUNT_LIST_VIEWS", "false", "count_list_views", False),
        ("COUNT_LIST_VIEWS", "No", "count_list_views", False),
        ("COUNT_LIST_VIEWS", "1", "count_list_views", True),
        ("MAX_UPLOAD_MB", "0.5", "max_upload_bytes", 2**19),
        ("UPLOAD_LEASE_SECONDS", "5", "upload_lease_seconds", 5),
        ("SWEEP_SECONDS", "1", "sweep_seconds", 1),
        ("STAGING_GRACE_SECONDS", "0", "staging_grace_seconds", 0),
        ("MEDIA_GRACE_SECONDS", "0", "media_grace_seconds", 0),
        ("TRASH_DAYS", "0", "trash_days", 0),
        ("DERIVED_MAX_GB", "0.5", "derived_max_bytes", 2**29),
        ("DERIVED_MAX_GB", "0", "derived_max_bytes", None),
        ("VERIFY_MB_PER_SECOND", "0.5", "verify_bytes_per_second", 2**19),
        ("VERIFY_MB_PER_SECOND", "0", "verify_bytes_per_second", 0),
        ("PAGE_CACHE_SECONDS", "60", "page_cache_seconds", 60),
        ("TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("DATABASE_PREPARED_STATEMENTS", "no", "database_prepared_statements", False),
        ("WEB_CONCURRENCY", "3", "web_concurrency", 3),
        ("WEB_THREADS", "5", "web_threads", 5),
        ("WORKER_CONCURRENCY", "1", "worker_concurrency", 1),
        ("DATABASE_URL", "postgresql+psycopg://u:p@h/n", "database_url", make_url("postgresql+psycopg://u:p@h/n")),
        ("DATABASE_URL", "postgresql://u:p@h/n", "database_url", make_url("postgresql+psycopg://u:p@h/n")),
    ],
)
def test_a_setting_is_taken_from_the_environment(
    tmp_path: Path, name: str, text: str, attribute: str, value: object
) -> None:
    assert getattr(load(tmp_path, **{name: text}), attribute) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("REDIS_URL", "cache:6379", "REDIS_URL must start with redis://, rediss:// or unix://"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL is not a database address"),
        ("DATABASE_URL", "postgresql://h:port/n", "DATABASE_URL is not a database address"),
        ("DATABASE_URL", "mysql://h/n", "DATABASE_URL: mysql is not supported"),
        ("DATABASE_URL", "sqlite:////srv/what?/a.db", "DATABASE_URL: neither options for SQLite nor a file with ?"),
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("CMS_PRODUCTION", "1", "SECRET_KEY is required in production"),
        ("CMS_PRODUCTION", "perhaps", "CMS_PRODUCTION must be true or false, not 'perhaps'"),
        ("COUNT_LIST_VIEWS", "often", "COUNT_LIST_VIEWS must be true or false, not 'often'"),
        ("PORT", "http", "PORT must be a number, not 'http'"),
        ("PORT", "0", "PORT must be between 1 and 65535, not 0"),
        ("PORT", "70000", "PORT must be between 1 and 65535, not 70000"),
        ("VIEW_FLUSH_SECONDS", "0", "VIEW_FLUSH_SECONDS must be at least 0.1, not 0"),
        ("VIEW_FLUSH_SECONDS", "nan", "VIEW_FLUSH_SECONDS must be"),
        ("MAX_UPLOAD_MB", "0", "MAX_UPLOAD_MB must be at least 0.001, not 0"),
        ("MAX_UPLOAD_MB", "inf", "MAX_UPLOAD_MB must be"),
        ("UPLOAD_LEASE_SECONDS", "-1", "UPLOAD_LEASE_SECONDS must be at least 1, not -1"),
        ("SWEEP_SECONDS", "0", "SWEEP_SECONDS must be at least 0.5, not 0"),
        ("STAGING_GRACE_SECONDS", "-1", "STAGING_GRACE_SECONDS must be at least 0, not -1"),
        ("TRASH_DAYS", "never", "TRASH_DAYS must be a number"),
        ("MEDIA_GRACE_SECONDS", "-1", "MEDIA_GRACE_SECONDS must be between 0 and 1e+09, not -1"),
        ("MEDIA_GRACE_SECONDS", "1e12", "MEDIA_GRACE_SECONDS must be between"),
        ("VERIFY_MB_PER_SECOND", "-1", "VERIFY_MB_PER_SECOND must be at least 0, not -1"),
        ("PAGE_CACHE_SECONDS", "inf", "PAGE_CACHE_SECONDS must be"),
        ("REDIS_CA_FILE", "/nowhere/ca.crt", "REDIS_CA_FILE: cannot read the file /nowhere/ca.crt"),
        ("TRUSTED_PROXIES", "all", "TRUSTED_PROXIES must be a number, not 'all'"),
        ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY must be at least 1, not 0"),
        ("WEB_THREADS", "two", "WEB_THREADS must be a number, not 'two'"),
        ("WORKER_CONCURRENCY", "0", "WORKER_CONCURRENCY must be at least 1, not 0"),
        *(
            ("SITE_URL", text, f"SITE_URL: {text!r} is not a site's address; write one like https://")
            for text in ("www.example.com", "ftp://a.example", "https://", "//a.example", "https://me@a.example")
        ),
        *(
            ("SITE_URL", f"https://a.example{rest}", "SITE_URL: 'https://a.example")
            for rest in ("//b", "/a?b", "/a#b", "/a/../b", "/.", "/a b", "/%2F", ":x", "..", "/a//b")
        ),
        ("CORS_ORIGINS", "app.example.com", "CORS_ORIGINS: 'app.example.com' is not *, none, or an origin"),
        ("CORS_ORIGINS", "* https://a.example/", "CORS_ORIGINS: 'https://a.example/' is not"),
        *(
            ("SITE_LANGUAGE", text, f"SITE_LANGUAGE: {text!r} is not the tag of a language; write one like en")
            for text in ("English", "EN", "en_US", "en-us", "en.UTF-8", "english", "ru ")
        ),
        *(
            ("EMBED_HOSTS", text, f"EMBED_HOSTS: {text.split()[-1]!r} is not none, or a host like player.vimeo.com")
            for text in (
                "https://a.example",
                "*",
                "a.example *.b.example",
                "a.example:81",
                "a.example;",
                "'self'",
            )
        ),
        ("TRANSCRIBE_COMMAND", "say 'a b", "TRANSCRIBE_COMMAND: a quotation mark is not closed"),
        ("APP_TIME_ZONE", "Mars/Olympus", "APP_TIME_ZONE: 'Mars/Olympus' is not a time zone"),
        ("APP_TIME_ZONE", "../etc", "APP_TIME_ZONE: '../etc' is not a time zone"),
    ],
)
def test_a_wrong_setting_is_refused_in_words(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, **{name: text})
    assert str(refused.value).startswith(sentence)


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    first = load(tmp_path).secret_key
    assert len(first) == 64
    assert load(tmp_path).secret_key == first
    assert load(tmp_path / "other").secret_key != first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0, "others may read the key"


def test_production_has_secure_cookies(tmp_path: Path) -> None:
    settings = load(tmp_path, CMS_PRODUCTION="true", SECRET_KEY="x" * 32)
    assert flask_config(settings)["SESSION_COOKIE_SECURE"] is True
    assert flask_config(load(tmp_path))["SESSION_COOKIE_SECURE"] is False


def test_the_redis_socket_has_a_path_that_a_socket_can_have(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    settings = load(deep)
    assert len(os.fsencode(settings.redis_socket)) <= config.MAX_SOCKET_PATH
    assert load(deep).redis_socket == settings.redis_socket
    assert load(tmp_path / ("f" * 200)).redis_socket != settings.redis_socket


def test_celery_is_told_the_same_redis_in_its_own_spelling(tmp_path: Path) -> None:
    assert broker_url(load(tmp_path, REDIS_URL="unix:///run/r.sock").redis_url) == "redis+socket:///run/r.sock"
    assert broker_url(load(tmp_path, REDIS_URL="redis://h:1/2").redis_url) == "redis://h:1/2"


def test_a_given_unix_socket_also_serves_the_limits(tmp_path: Path) -> None:
    """Flask-Limiter's storage has its own syntax for unix sockets."""
    limits = flask_config(load(tmp_path, REDIS_URL="unix:///run/r.sock"))["RATELIMIT_STORAGE_URI"]
    assert limits == "redis+unix:///run/r.sock"
    limits = flask_config(load(tmp_path, REDIS_URL="redis://h:1/2"))["RATELIMIT_STORAGE_URI"]
    assert limits == "redis://h:1/2"


def test_nothing_but_config_reads_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in [*(ROOT / "cms").rglob("*.py"), ROOT / "wsgi.py", ROOT / "deploy" / "gunicorn.conf.py"]
        if any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "getenv"))
    ]
    assert readers == []


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in readme.splitlines() if line.startswith("|"))
    names = _settings_read()
    assert {"CMS_HOME", "DATABASE_URL", "PORT", "TRUSTED_PROXIES"} <= names, "the names are not found in config.py"
    assert [name for name in sorted(names) if f"`{name}`" not in rows] == []


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [name for name in sorted(_settings_read()) if f"#{name}=" not in example] == []


def test_compose_passes_on_every_setting_but_those_of_its_own() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    missing = {name for name in _settings_read() if not re.search(rf"^ +{name}:$|\$\{{{name}:", compose, re.MULTILINE)}
    assert missing == {
        "CMS_HOME",
        "DATABASE_URL",
        "REDIS_URL",
        "REDIS_CA_FILE",
        "MEDIA_ROOT",
        "STAGING_ROOT",
        "DERIVED_ROOT",
    }


def _settings_read() -> set[str]:
    """Every upper-case string that config.py passes to a reader of the environment."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / "config.py").read_text(encoding="utf-8"))):
        arguments: list[ast.expr] = []
        if isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            if function == "env.get":
                arguments = node.args[:1]
            elif node.args and ast.unparse(node.args[0]) == "env":
                arguments = node.args[1:2]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "env":
            arguments = [node.slice]
        names |= {arg.value for arg in arguments if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return names
