"""Every command, address and make target is documented, and what is documented exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
from flask import Flask

from cms import ROOT

PROSE = "\n".join(path.read_text(encoding="utf-8") for path in (*ROOT.glob("*.md"), *Path(ROOT, "docs").rglob("*.md")))
#: Addresses of Flasgger, and of a button, which nobody types.
UNSPOKEN = {"/apidocs/index.html", "/oauth2-redirect.html", "/favicon.ico", "/logout"}


def test_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) - {"help"}
    assert targets - set(re.findall(r"\bmake ([a-z-]+)", PROSE)) == set()
    assert set(re.findall(r"`make ([a-z-]+)", PROSE)) - targets == set()


def test_commands(app: Flask) -> None:
    group = app.cli.commands["cms"]
    assert isinstance(group, click.Group)
    there = {
        f"{name} {inner}".strip()
        for name, command in group.commands.items()
        for inner in (command.commands if isinstance(command, click.Group) else [""])
    }
    documented = set(re.findall(r"flask cms ([a-z-]+(?: [a-z0-9-]+)?)", PROSE))
    assert [command for command in there if not any(f"{said} ".startswith(f"{command} ") for said in documented)] == []
    assert [said for said in documented if not any(f"{said} ".startswith(f"{command} ") for command in there)] == []


def test_addresses(app: Flask) -> None:
    fixed = {rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/admin/")}
    assert [address for address in fixed - UNSPOKEN if "<" not in address and address not in PROSE] == []
