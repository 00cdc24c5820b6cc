"""Sign-in and sign-out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import UserMixin, current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from cms.extensions import db, limiter, login_manager
from cms.models import User
from cms.services import users
from cms.web.redirects import safe_target

auth = Blueprint("auth", __name__)


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login needs of a user; the model itself knows nothing of it."""

    def __init__(self, user: User) -> None:
        self.id = user.id
        self.email = user.email


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Address and password."""

    email = EmailField(lazy_gettext("E-mail"), validators=[InputRequired()])
    password = PasswordField(lazy_gettext("Password"), validators=[InputRequired()])


def init_auth(app: Flask) -> None:
    """Bind Flask-Login and the limiter of attempts to sign in."""
    login_manager.init_app(app, add_context_processor=False)
    # There is no "remember me"; without this, every response would look into the session and vary by cookie.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
    limiter.init_app(app)
    # Nothing but signing in is limited; as hooks of the whole site these cost a cached page more than its making.
    of_the_site: tuple[Any, ...] = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    for hooks in of_the_site:
        hooks.setdefault(auth.name, []).append(hooks[None].pop())
    app.jinja_env.globals["current_user"] = current_user
    login_manager.login_view = "auth.login"
    login_manager.login_message = None
    login_manager.session_protection = "basic"


@login_manager.user_loader
def load_user(user_id: str) -> SignedIn | None:
    """The signed-in account; none if it was closed meanwhile."""
    user = db.session.get(User, int(user_id)) if user_id.isdigit() else None
    return SignedIn(user) if user and user.is_active else None


@auth.route("/login", methods=["GET", "POST"])
@limiter.limit("10 per minute; 60 per hour", methods=["POST"], deduct_when=lambda response: response.status_code != 302)
def login() -> AnyResponse:
    """The sign-in form. Only failed attempts count against the limit."""
    target = safe_target(request.args.get("next"), url_for("admin.index"))
    if current_user.is_authenticated:
        return redirect(target)
    form = LoginForm(request.form)  # without the files: none of its fields takes one
    if form.validate_on_submit():
        user = users.authenticate(db.session(), form.email.data, form.password.data)
        db.session.commit()
        if user:
            session.clear()  # nothing of the anonymous session lives on, its CSRF token neither
            login_user(SignedIn(user))
            return redirect(target)
        flash(gettext("This address and password do not belong together."), "error")
    response: Response = make_response(render_template("auth/login.html", form=form))
    response.status_code = 401 if form.is_submitted() else 200
    return response


@auth.post("/logout")
def logout() -> AnyResponse:
    """Sign out."""
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))
