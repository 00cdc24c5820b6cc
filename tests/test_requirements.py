"""The locks hold what the lists of requirements name, in the same versions, and a hash of everything."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cms import ROOT

#: Each lock, with the lists that it is made from.
LOCKS = {
    "requirements.lock": ["requirements.txt"],
    "requirements-dev.lock": ["requirements.txt", "requirements-dev.txt"],
    "tests/mutants.lock": ["tests/mutants.txt"],
}


def listed(name: str) -> dict[str, str]:
    """The versions that a list names, by package."""
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    requirements = [Requirement(line) for line in lines if line]
    return {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in requirements}


def locked(name: str) -> dict[str, str]:
    """The same of a lock."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    requirements = [Requirement(line.split(" --hash=")[0].strip()) for line in text.splitlines() if line[:1].isalnum()]
    return {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_its_lists_name(lock: str) -> None:
    named = {package: version for name in LOCKS[lock] for package, version in listed(name).items()}
    assert named
    assert named.items() - locked(lock).items() == set(), "`make lock` writes it anew"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_nothing_but_versions_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if not line.strip().startswith("#")]
    entry = re.compile(r"[\w.-]+==[\w.]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line[:60] for line in lines if not entry.fullmatch(line)] == []


def test_tests_run_with_the_versions_of_the_product() -> None:
    assert locked("requirements.lock").items() - locked("requirements-dev.lock").items() == set()
