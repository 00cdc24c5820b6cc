"""Uploads give precedence to all other requests."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.http import throttling


def test_a_file_lets_others_come_first_and_waits_for_nobody_else(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(throttling.time, "sleep", waits.append)
    courtesy = throttling.UploadThrottle(app.extensions["request_log"])
    for _ in range(3):
        courtesy()
    assert waits == []
    for number in range(1, 3):
        client.get("/healthz")
        for _ in range(3):
            courtesy()
        assert waits == [throttling.THROTTLE_SECONDS] * number
