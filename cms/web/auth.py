"""Sign-in and sign-out."""

from __future__ import annotations

import re
from typing import Any

import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from cms import current
from cms.accounts import audit, second_step, users
from cms.accounts.audit import Deed
from cms.accounts.models import User
from cms.extensions import db, limiter, login_manager
from cms.web import passkeys
from cms.web import second_step as asking
from cms.web.redirects import safe_target
from cms.web.signing_in import end_session, sign_in

log = structlog.get_logger(__name__)

_ADDRESS = re.compile(r"[^@\s]{1,100}@[^@\s]{1,150}")

auth = Blueprint("auth", __name__)

#: The prefix of kept fields' names in the sign-in form.
KEPT = "kept:"


class LoginForm(FlaskForm):  # type: ignore[misc]
    """E-mail address and password."""

    email = EmailField(lazy_gettext("E-mail"), validators=[InputRequired()])
    password = PasswordField(lazy_gettext("Password"), validators=[InputRequired()])


def init_auth(app: Flask) -> None:
    """Bind Flask-Login, and the limiter of sign-in attempts."""
    login_manager.init_app(app, add_context_processor=False)
    # There is no "remember me". This hook would read the session for every response, which would then vary by cookie.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
    limiter.init_app(app)
    # Only signing in is limited. As hooks of the whole site these would cost more than serving a cached page.
    of_the_site: tuple[Any, ...] = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    for hooks in of_the_site:
        hooks.setdefault(auth.name, []).append(hooks[None].pop())
    app.jinja_env.globals["current_user"] = current_user
    login_manager.login_view = "auth.login"
    login_manager.login_message = None
    login_manager.session_protection = "basic"
    app.extensions["shown_again"]["auth.login"] = login_again


_limited = limiter.shared_limit(
    "10 per minute; 60 per hour",
    scope="sign-in",
    methods=["POST"],
    deduct_when=lambda response: response.status_code == 401,
)


@auth.route("/login", methods=["GET", "POST"])
@_limited
def login() -> AnyResponse:
    """The sign-in form. Only failed attempts count against the limit."""
    if current_user.is_authenticated:
        return _lead_on()
    if "pending" in request.form:
        return _second_step()
    if "passkey" in request.form:
        return _with_passkey()
    form = LoginForm(request.form)  # without the files: none of its fields takes one
    if form.validate_on_submit():
        if user := _authenticated(form.email.data, form.password.data):
            if second_step.is_on(user):
                return asking.ask(user, _kept())
            sign_in(user)
            return _lead_on()
        flash(gettext("The e-mail address or the password is wrong."), "error")
    response: Response = make_response(render_template("auth/login.html", form=form, kept=_kept()))
    response.status_code = 401 if form.is_submitted() else 200
    return response


def login_again() -> AnyResponse | str:
    """The sign-in form again, after an outdated token, or for a form of the admin that was redirected here."""
    if current_user.is_authenticated:
        return _lead_on()
    kept = _kept()
    if kept:
        flash(gettext("You are no longer signed in. Sign in, and your text will be there again."), "error")
    else:
        flash(gettext("This page has expired. Please sign in again."), "error")
    return render_template(
        "auth/login.html", form=LoginForm(None, data={"email": request.form.get("email")}), kept=kept
    )


@auth.get("/login/passkey")
def passkey_question() -> AnyResponse:
    """What the browser needs to sign in with a passkey: the options of ``navigator.credentials.get``, as JSON."""
    return passkeys.question()


@auth.get("/login/session")
def session_state() -> AnyResponse:
    """Who is signed in, and the CSRF token. The admin's scripts ask for it before they send anything."""
    email = current_user.email if current_user.is_authenticated else None
    response = jsonify(email=email, csrf_token=generate_csrf())
    response.headers["Cache-Control"] = "no-store"
    return response


@auth.post("/login/session")
@_limited
def sign_in_again() -> AnyResponse:
    """Sign in without leaving the open page, with a ``code`` if the account asks for one.

    The answer is that of :func:`session_state`, or 401.
    """
    user = _authenticated(request.form.get("email", ""), request.form.get("password", ""))
    code = request.form.get("code")
    words, needs_code = gettext("The e-mail address or the password is wrong."), False
    if user and not second_step.is_on(user):
        sign_in(user)
        return session_state()
    if user and code and asking.finish(user, code):
        return session_state()
    if user:
        words, needs_code = asking.wrong() if code else gettext("Type the code of your app as well."), True
    response = jsonify(detail=words, needs_code=needs_code)
    response.status_code = 401
    return response


@auth.post("/logout")
def logout() -> AnyResponse:
    """Sign out."""
    if current_user.is_authenticated:
        audit.note(db.session(), Deed.SIGNED_OUT, current_user.email, "user", current_user.id)
    end_session()
    db.session.commit()
    return redirect(url_for("auth.login"))


def _with_passkey() -> AnyResponse:
    """Sign in with what the browser has signed, which is enough."""
    if passkeys.finish():
        return _lead_on()
    flash(passkeys.refused(), "error")
    form = LoginForm(None, data={"email": request.form.get("email")})
    return make_response(render_template("auth/login.html", form=form, kept=_kept()), 401)


def _second_step() -> AnyResponse:
    """What follows the password of an account with a second step."""
    user = asking.asked()
    if user is None:
        flash(gettext("This has taken too long. Please sign in again."), "error")
        return redirect(url_for("auth.login", next=request.args.get("next")))
    if asking.finish(user, request.form.get("code", "")):
        return _lead_on()
    return asking.ask(user, _kept(), asking.wrong())


def _authenticated(email: str, password: str) -> User | None:
    """The account with that password. Who has none is noted."""
    user = users.authenticate(db.session(), email, password)
    if user is None:
        # Some write their password into the wrong field, and the log keeps what it is told.
        audit.note(db.session(), Deed.REFUSED, email if _ADDRESS.fullmatch(email) else "—", "user")
    db.session.commit()
    if user is None and "X-Forwarded-For" in request.headers and not current.settings().trusted_proxies:
        log.warning(
            "proxy_not_trusted",
            address=request.remote_addr,
            hint="TRUSTED_PROXIES is 0: behind a proxy ten wrong passwords of anybody lock out everybody",
        )
    return user


def _kept() -> list[tuple[str, str]]:
    """The fields of an admin form that was sent after its session had ended. They are kept until the editor signs in.

    They come unchanged by the redirect from the admin, or with a prefix from the sign-in form. What a page of another
    site sent is not kept.
    """
    sent = list(request.form.items(multi=True))
    if kept := [(name.removeprefix(KEPT), value) for name, value in sent if name.startswith(KEPT)]:
        return kept
    is_sign_in = not request.form.keys().isdisjoint({"password", "pending", "passkey"})
    if is_sign_in or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return []
    return [(name, value) for name, value in sent if name != "csrf_token"]


def _lead_on() -> AnyResponse:
    """Redirect to where the editor came from. A page in between sends a kept form there, to be checked and saved."""
    target = safe_target(request.args.get("next"), url_for("admin.index"))
    if kept := _kept():
        return make_response(render_template("auth/continue.html", kept=kept, target=target))
    return redirect(target)
