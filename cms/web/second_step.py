"""The second step of signing in: after the password a code is asked for, without a session before it is right."""

from __future__ import annotations

from flask import current_app, make_response, render_template, request
from flask_babel import gettext
from itsdangerous import BadSignature
from werkzeug.wrappers import Response as AnyResponse

from cms.accounts import audit, second_step
from cms.accounts.audit import Deed
from cms.accounts.models import User
from cms.extensions import db
from cms.http.limits import limit_for_each
from cms.http.sessions import SteadySigner
from cms.web.signing_in import sign_in

#: How long one may take to type the code, in seconds.
PATIENCE = 600

_count_attempt = limit_for_each("20 per hour", "second step")


def ask(user: User, kept: list[tuple[str, str]], refused: str = "") -> AnyResponse:
    """The form that asks for a code. It has in a signed field whose password was right."""
    signed = _signer().sign(f"{user.id}:{user.password_hash[-16:]}").decode()
    response = make_response(render_template("auth/code.html", pending=signed, kept=kept, refused=refused))
    response.status_code = 401 if refused else 200
    return response


def asked() -> User | None:
    """The account whose code was sent; ``None`` if its password was given too long ago, or is another one now."""
    try:
        signed = _signer().unsign(request.form.get("pending", ""), max_age=PATIENCE).decode()
    except BadSignature:
        return None
    number, _, end = signed.partition(":")
    user = db.session.get(User, int(number))
    return user if user and user.is_active and user.password_hash.endswith(end) else None


def finish(user: User, code: str) -> bool:
    """Sign in if the code is right. An account is tried so often only, from however many addresses."""
    _count_attempt(user.id)
    if second_step.check(db.session(), user, code):
        sign_in(user)
        return True
    audit.note(db.session(), Deed.REFUSED, user.email, "user", user.id)
    db.session.commit()
    return False


def wrong() -> str:
    """What is said of a wrong code."""
    return str(gettext("This code is wrong, or was used already. Wait for the next one."))


def _signer() -> SteadySigner:
    return SteadySigner(current_app.config["SECRET_KEY"], salt="second-step")
