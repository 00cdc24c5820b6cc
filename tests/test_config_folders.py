"""The folders that settings name: what they may be called, where they may lie, and who may write to them."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu.utils.url import parse_url as parse_broker_url
from limits.storage import storage_from_string
from redis.connection import parse_url as parse_redis_url
from sqlalchemy import create_engine

import config
from cms.flask_config import flask_config
from cms.queue import broker_url
from config import ConfigError


def load(home: Path, **environ: str) -> config.Settings:
    return config.load({"CMS_HOME": str(home), **environ})


@pytest.mark.parametrize("name", ["CMS_HOME", "MEDIA_ROOT", "STAGING_ROOT", "DERIVED_ROOT"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=f"{name}: cannot make the folder .*/file/folder"):
        config.load({"CMS_HOME": str(tmp_path), name: str(tmp_path / "file" / "folder")})


#: Useless, but still a valid name.
ODD = "a #?%20%/;:@é'\"\n\\$b"


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder with a name short enough for a unix socket."""
    with tempfile.TemporaryDirectory(prefix="mf-") as folder:
        yield Path(folder).resolve()


def test_a_home_of_any_name(short_path: Path) -> None:
    home = short_path / ODD
    settings = load(home)
    (engine := create_engine(settings.database_url)).connect().close()
    engine.dispose()
    assert (home / "mediafold.db").exists()
    assert settings.redis_socket == home / "redis" / "redis.sock"
    assert parse_redis_url(settings.redis_url)["path"] == str(settings.redis_socket)
    assert "/" + parse_broker_url(broker_url(settings.redis_url))["virtual_host"] == str(settings.redis_socket)
    limits = storage_from_string(flask_config(settings)["RATELIMIT_STORAGE_URI"])
    assert limits.storage.connection_pool.connection_kwargs["path"] == str(settings.redis_socket)


def test_a_database_of_any_name(tmp_path: Path) -> None:
    name = ODD.replace("?", "").replace("/", "")
    for url in (f"sqlite:///{name}", f"sqlite:///{tmp_path}/{name}"):
        assert load(tmp_path, DATABASE_URL=url).database_url.database == str(tmp_path / name)


@pytest.mark.parametrize("setting", ["CMS_HOME", "MEDIA_ROOT", "STAGING_ROOT", "DERIVED_ROOT"])
def test_a_name_that_is_not_utf8_is_told(tmp_path: Path, setting: str) -> None:
    with pytest.raises(ConfigError, match=rf"{setting}: the name of the folder b'.*/\\xff' is not UTF-8"):
        config.load({"CMS_HOME": str(tmp_path), setting: str(tmp_path / "\udcff")})


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder of another user than root. For the test this process is that user, as root may write everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        root, nobody = os.getuid() == 0, pwd.getpwnam("nobody").pw_uid
        if root:
            os.chown(folder, nobody, -1)
            os.setresuid(nobody, nobody, 0)
        yield Path(folder)
        if root:
            os.setresuid(0, 0, 0)


def test_a_folder_that_cannot_be_written_to_is_told(nobodys: Path) -> None:
    (nobodys / "media").mkdir(mode=0o500)
    with pytest.raises(ConfigError, match="MEDIA_ROOT: cannot write to the folder"):
        load(nobodys, MEDIA_ROOT=str(nobodys / "media"))


def test_the_folders_are_made(tmp_path: Path) -> None:
    settings = load(tmp_path / "new")
    assert settings.media_root.is_dir()
    assert settings.staging_root.is_dir()


def test_staging_lies_on_the_file_system_of_the_media(tmp_path: Path) -> None:
    settings = load(tmp_path / "home", MEDIA_ROOT=str(tmp_path / "disk"))
    assert settings.staging_root == tmp_path / "disk" / ".staging"


@pytest.mark.parametrize("media", ["home", "", "/"])
def test_media_may_not_lie_where_everything_else_does(tmp_path: Path, media: str) -> None:
    with pytest.raises(ConfigError, match=r"MEDIA_ROOT: .* holds CMS_HOME, too"):
        load(tmp_path / "home", MEDIA_ROOT=str(tmp_path / media))
    assert not (tmp_path / media / ".staging").exists(), "nothing is made before that is known"


@pytest.mark.parametrize("staging", ["home", "", "/"])
def test_uploads_may_not_wait_where_everything_else_is(tmp_path: Path, staging: str) -> None:
    with pytest.raises(ConfigError, match=r"STAGING_ROOT: .* holds CMS_HOME or MEDIA_ROOT, too"):
        load(tmp_path / "home", STAGING_ROOT=str(tmp_path / staging))


@pytest.mark.parametrize("staging", ["", "staging", "of/uploads"])
def test_uploads_may_not_wait_among_the_media(tmp_path: Path, staging: str) -> None:
    with pytest.raises(ConfigError, match=r"STAGING_ROOT: .* lies in MEDIA_ROOT"):
        load(tmp_path / "home", MEDIA_ROOT=str(tmp_path / "disk"), STAGING_ROOT=str(tmp_path / "disk" / staging))


@pytest.mark.parametrize("derived", ["home", "", "disk", "disk/derived", "uploads", "uploads/derived"])
def test_derivatives_have_a_folder_of_their_own(tmp_path: Path, derived: str) -> None:
    others = {"MEDIA_ROOT": str(tmp_path / "disk"), "STAGING_ROOT": str(tmp_path / "uploads")}
    with pytest.raises(ConfigError, match=r"DERIVED_ROOT: .* derivatives need a folder of their own"):
        load(tmp_path / "home", DERIVED_ROOT=str(tmp_path / derived), **others)


@pytest.mark.parametrize("staging", [".uploads", "of/.uploads/here", "../elsewhere"])
def test_uploads_may_wait_beside_them(tmp_path: Path, staging: str) -> None:
    asked = tmp_path / "disk" / staging
    settings = load(tmp_path / "home", MEDIA_ROOT=str(tmp_path / "disk"), STAGING_ROOT=str(asked))
    assert settings.staging_root == asked.resolve()
    assert settings.staging_root.is_dir()
