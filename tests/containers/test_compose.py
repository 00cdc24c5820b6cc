"""compose.yaml, built and run as in README: what editors and visitors do, and what may happen to the containers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests

from tests.containers.bases import ROOT
from tests.containers.composed import APP, SERVICES, Composed
from tests.flows.client import Editor, Visitor
from tests.waiting import DEADLINE


@pytest.fixture(scope="session")
def audio(site: Composed, editor: Editor, media_files: dict[str, Path]) -> tuple[int, bytes]:
    """A page with a recording, and the recording's bytes."""
    data = media_files["sound.wav"].read_bytes()
    page = editor.new_page("Heard", slug="heard")
    item = editor.add("audio", page, "A recording", {"audio": ("recording.wav", data)})
    assert [state["status"] for state in editor.wait(*item.uploads)] == ["completed"]
    return page, data


def test_an_uploaded_file_is_served_by_nginx(site: Composed, audio: tuple[int, bytes]) -> None:
    page, data = audio
    address = site.site + Visitor(site).items(page)[0]["audio_path"]
    whole = requests.get(address, timeout=DEADLINE)
    assert (whole.status_code, whole.content, whole.headers["Content-Type"]) == (200, data, "audio/wav")
    assert "X-Request-ID" not in whole.headers, "the app was not asked"
    part = requests.get(address, headers={"Range": "bytes=10-19"}, timeout=DEADLINE)
    assert (part.status_code, part.content) == (206, data[10:20])
    assert "A recording" in requests.get(f"{site.site}/heard/", timeout=DEADLINE).text


def test_all_is_well(site: Composed) -> None:
    """Also: workers and beat do what they are there for."""
    states = {name: site.inspect(name)["State"] for name in (*SERVICES, "migrate")}
    assert {name: state["Health"]["Status"] for name, state in states.items() if name != "migrate"} == dict.fromkeys(
        SERVICES, "healthy"
    )
    assert (states["migrate"]["Status"], states["migrate"]["ExitCode"]) == ("exited", 0)
    answer = requests.get(f"{site.site}/readyz", timeout=DEADLINE)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(site: Composed, service: str) -> None:
    status = dict(line.split(":\t", 1) for line in site.run(service, "cat", "/proc/1/status").splitlines())
    assert set(status["Uid"].split()) & {"0"} == set(), "no root"
    assert {status[name].strip("0") for name in ("CapEff", "CapPrm", "CapBnd")} == {""}, "no capability"
    assert status["NoNewPrivs"] == "1"
    host = site.inspect(service)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["Memory"] > 0
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}


def test_the_app_runs_as_the_account_that_its_volumes_rely_on(site: Composed) -> None:
    assert {site.run(name, "id", "-u").strip() for name in APP} == {"10001"}


def test_one_image_is_built_once(site: Composed) -> None:
    services = json.loads(site.compose("config", "--format", "json"))["services"]
    assert [name for name, service in services.items() if "build" in service] == ["migrate"]
    assert len({site.inspect(name)["Image"] for name in (*APP, "migrate")}) == 1


def test_connections_between_nginx_and_web_are_kept(site: Composed) -> None:
    """tests/flows/test_nginx.py counts them; this checks that nginx uses the socket."""

    def connections() -> set[str]:
        lines = site.run("nginx", "cat", "/proc/net/unix").splitlines()
        return {line.split()[6] for line in lines if line.endswith(" /run/mediafold/web.sock")}

    visitor = Visitor(site)
    visitor.get("/")
    before = connections()
    assert before
    for _ in range(20):
        visitor.get("/")
    assert before & connections()


def test_web_is_found_again_at_another_address(site: Composed) -> None:
    before = site.address("web")
    site.compose("rm", "--stop", "--force", "web")
    squatter = site.docker("run", "--detach", "--network", f"{site.project}_default", site.project, "sleep", "1000")
    try:
        site.up("--no-deps", "web")
        assert site.address("web") != before
        assert requests.get(site.site, timeout=DEADLINE).status_code == 200
    finally:
        site.docker("rm", "--force", squatter.strip())


def test_all_is_there_again_after_down_and_up(site: Composed, editor: Editor, audio: tuple[int, bytes]) -> None:
    """Also with empty settings in .env, which count as unset."""
    page, data = audio
    before = Visitor(site).items(page)[0]
    password = site.first_password
    site.compose("down")
    site.write_env(**dict.fromkeys(_optional(), ""))
    site.up()
    after = Visitor(site).items(page)[0]
    assert after == {**before, "counter": before["counter"] + 1}
    assert requests.get(site.site + after["audio_path"], timeout=DEADLINE).content == data
    assert "Heard" in editor.get("/admin/page/").text, "still signed in"
    site.editor(password=password)


def test_whoever_has_missed_the_first_password_gets_another(site: Composed) -> None:
    flask = ("python", "-m", "flask", "cms")
    site.run("web", *flask, "create-admin", "--email", "second@example.com", "--random-password")
    printed = site.run("web", *flask, "set-password", "second@example.com", "--random-password")
    site.editor("second@example.com", printed.split("Password: ")[1].strip())


def _optional() -> list[str]:
    """The settings that compose.yaml passes on from .env unchanged, if they are there."""
    return re.findall(r"^    +([A-Z_]+):$", (ROOT / "compose.yaml").read_text(encoding="utf-8"), re.MULTILINE)
