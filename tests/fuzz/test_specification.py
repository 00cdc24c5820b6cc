"""The running API conforms to its specification, whatever the request: all checks of schemathesis."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from cms.database import PlayedUrl
from cms.pages.models import ContentItem, kinds
from tests.flows.client import Editor
from tests.flows.stack import Stack
from tests.fuzz import TIMES
from tests.waiting import DEADLINE

PAGES = 5


@pytest.fixture(scope="module")
def site(stack: Stack, editor: Editor, media_files: dict[str, Path]) -> str:
    """A site with items of every kind, with files, with links, and with neither. One page is a draft.

    Its pages have the tag that the specification gives as an example.
    """
    film, words = media_files["video.mp4"].read_bytes(), media_files["subtitles.srt"].read_bytes()
    uploads: list[int] = []
    for number in range(PAGES):
        page = editor.new_page(f"Страница {number}", text="*Words*", tags="coast", is_published="y" if number else "")
        for kind in kinds():
            editor.add(kind.__tablename__, page, "Пусто", **_required(kind))
        files = {"video": ("film.mp4", film), "subtitles": ("words.srt", words)}
        uploads += editor.add("video", page, "A video", files).uploads
        editor.add("video", page, "A film elsewhere", video_url="https://example.com/film.mp4")
    assert {state["status"] for state in editor.wait(*uploads)} == {"completed"}
    return stack.site


def _required(kind: type[ContentItem]) -> dict[str, str]:
    """What its form insists on beside a title."""
    columns = [column for column in kind.__table__.columns if column.key != "id"]
    words = {column.key: "1" for column in columns if not column.nullable and column.default is None}
    return words | {column.key: "https://example.com/w/1" for column in columns if isinstance(column.type, PlayedUrl)}


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run schemathesis with all its checks. Return its report, with its output under ``output``."""
    report = folder / "report.json"
    program = str(Path(sys.executable).with_name("schemathesis"))
    # How fast it generates inputs depends on the machine, not on the API.
    options = ("--checks", "all", "--suppress-health-check", "too_slow", "--no-color")
    command = [program, "run", *options, "--report-json-path", str(report), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=DEADLINE * TIMES)
    assert report.is_file(), done.stdout + done.stderr
    return {**json.loads(report.read_text()), "output": done.stdout + done.stderr, "exit_code": done.returncode}


def test_every_answer_is_as_the_specification_says(site: str, tmp_path: Path) -> None:
    seed = str(random.getrandbits(32))
    found = run(tmp_path, f"{site}/swagger.json", "--max-examples", str(20 * TIMES), "--seed", seed)
    assert found["exit_code"] == 0, found["output"]
    assert found["failures"] == found["errors"] == []
    assert found["complete"], "all of it was run"
    for phase in ("coverage", "fuzzing", "stateful"):
        assert found["phases"][phase]["status"] == "success", found["output"]
    assert found["operations"]["tested"] == found["operations"]["total"] == 2
    assert found["test_cases"]["generated"] > 100
    # (Few random numbers are ids of existing pages.)
    for operation, rates in found["valid_rates"].items():
        assert all(rate["accepted"] for rate in rates.values()), f"{operation} was never answered with a page"


def test_an_answer_that_is_not_as_it_says_would_be_seen(site: str, tmp_path: Path) -> None:
    """The test above can fail: here the specification is wrong."""
    wrong = requests.get(f"{site}/swagger.json", timeout=DEADLINE).json()
    schemas = wrong["components"]["schemas"]
    schemas["Text"]["properties"]["counter"]["type"] = "string"
    schemas["PageList"]["required"].append("author")
    del wrong["paths"]["/api/page/content/"]["get"]["responses"]["400"]
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(wrong))
    found = run(tmp_path, str(path), "--url", site, "--phases", "coverage", "--no-shrink", "--continue-on-failure")
    assert found["exit_code"] == 1, found["output"]
    assert found["failures"]
    for seen in ("is not valid under any of the schemas", '"author" is a required', "Received: 400"):
        assert seen in found["output"], found["output"]
