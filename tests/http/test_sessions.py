"""Signed cookies when the clock is set back: nobody is signed out, and old or forged cookies are still refused."""

from __future__ import annotations

import pytest
from itsdangerous import BadSignature, SignatureExpired

from cms.http.sessions import SteadySigner

HOUR = 3600


class Signer(SteadySigner):
    """A signer with our own clock."""

    now = 1_800_000_000

    def get_timestamp(self) -> int:
        return self.now


def test_what_was_signed_in_the_future_is_new() -> None:
    signer = Signer("a secret")
    signed = signer.sign("editor")
    signer.now -= HOUR
    assert signer.unsign(signed, max_age=60) == b"editor"


def test_what_is_too_old_is_refused() -> None:
    signer = Signer("a secret")
    signed = signer.sign("editor")
    signer.now += HOUR
    assert signer.unsign(signed, max_age=HOUR) == b"editor"
    with pytest.raises(SignatureExpired):
        signer.unsign(signed, max_age=HOUR - 1)


def test_a_forged_one_is_refused_whatever_time_it_names() -> None:
    signed = Signer("another secret").sign("editor")
    signer = Signer("a secret")
    signer.now -= HOUR
    with pytest.raises(BadSignature):
        signer.unsign(signed, max_age=60)
