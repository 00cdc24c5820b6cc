"""Somebody with a role, signed in to the admin."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from cms.accounts.policy import Role
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory

PASSWORD = "correct horse"


class Member:
    """Somebody who is signed in."""

    def __init__(self, app: Flask, factory: Factory, role: Role) -> None:
        self.app, self.email = app, f"{role}@example.com"
        self.id = factory.user(self.email, PASSWORD, role)
        self.client: FlaskClient = app.test_client()
        assert sign_in(self.client, self.email, PASSWORD).status_code == 302
        self.token = csrf_token(self.client)

    def post(self, address: str, **fields: Any) -> Any:
        return self.client.post(address, data={"csrf_token": self.token, **fields})

    def get(self, address: str) -> str:
        """What is shown there, between the menu and the dialogs."""
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer.text.split("<main", 1)[1].split("</main>", 1)[0]
