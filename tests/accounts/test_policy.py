"""Roles: what each may do, to its own pages and to those of others."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cms.accounts.policy import Owned, Permission, Role, may


@dataclass
class Somebody:
    role: str
    id: int = 1


@dataclass
class Thing:
    owner_id: int | None


OWN, OTHERS, NOBODYS = Thing(1), Thing(2), Thing(None)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.ADMIN, set(Permission)),
        (Role.EDITOR, set(Permission) - {Permission.ADMINISTER}),
        (Role.AUTHOR, {Permission.READ, Permission.WRITE}),
        (Role.VIEWER, {Permission.READ}),
        ("owner", set()),
        ("", set()),
    ],
)
def test_each_role_may_do_its_part(role: str, allowed: set[Permission]) -> None:
    assert {what for what in Permission if may(Somebody(role), what)} == allowed


@pytest.mark.parametrize(
    ("role", "written"),
    [(Role.ADMIN, [OWN, OTHERS, NOBODYS]), (Role.EDITOR, [OWN, OTHERS, NOBODYS]), (Role.AUTHOR, [OWN])],
)
def test_authors_write_their_own_pages_only(role: str, written: list[Owned]) -> None:
    assert [row for row in (OWN, OTHERS, NOBODYS) if may(Somebody(role), Permission.WRITE, row)] == written
    assert all(may(Somebody(role), Permission.READ, row) for row in (OWN, OTHERS, NOBODYS))
