"""Signing in with a passkey. The sign-in form sends what the browser has signed, with all that the form keeps."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext

from cms import current
from cms.accounts import audit
from cms.accounts.audit import Deed
from cms.extensions import db
from cms.http import party
from cms.web.signing_in import sign_in


def question() -> Response:
    """What the browser needs to ask for a passkey."""
    from cms.accounts import passkeys  # here, since its library takes long to import, and few processes need it

    options, challenge = passkeys.question(passkeys.Party(party.host(), party.origin(), current.settings().site_name))
    party.keep_challenge(challenge)
    return Response(options, mimetype="application/json", headers={"Cache-Control": "no-store"})


def finish() -> bool:
    """Sign in if the passkey is one of an account's."""
    from cms.accounts import passkeys

    site = passkeys.Party(party.host(), party.origin(), current.settings().site_name)
    challenge = party.kept_challenge(passkeys.PATIENCE.total_seconds())
    user = passkeys.authenticate(db.session(), site, challenge, request.form["passkey"])
    if user is None:
        audit.note(db.session(), Deed.REFUSED, "—", "passkey")
        db.session.commit()
        return False
    sign_in(user)
    return True


def refused() -> str:
    """What is said of a passkey that is not known."""
    return str(gettext("This passkey is not known here. Sign in with your password."))
