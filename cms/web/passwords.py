"""Passwords by a link: for those who are invited, and for those who have forgotten theirs."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from cms import current
from cms.accounts import links, tokens, users
from cms.extensions import db, limiter
from cms.http.limits import limit_for_each
from cms.messages import InvalidInput
from cms.tasks import send_reset_link
from cms.tasks.sending import send
from cms.web.auth import auth


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password."""

    password = PasswordField(lazy_gettext("New password"), validators=[InputRequired()])


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    """The address of an account."""

    email = EmailField(lazy_gettext("E-mail"), validators=[InputRequired(), Length(max=users.EMAIL_LENGTH)])


#: Mail to one address: nobody is sent more, from however many places it is asked for.
_count_mail = limit_for_each("3 per hour", "mail")

_limited = limiter.shared_limit("5 per minute; 30 per hour", scope="password-links", methods=["POST"])


@auth.route("/login/password", methods=["GET", "POST"])
@_limited
def password() -> AnyResponse:
    """Choose a password with the link whose token is in ``token``."""
    token = request.args.get("token", "")
    user = links.find(db.session(), token)
    if user is None:
        return _shown(404, user=None, form=None)
    form = PasswordForm(request.form)
    if form.validate_on_submit():
        try:
            links.use(db.session(), token, form.password.data)
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            form.password.errors = [gettext(error.sentence, **error.values)]
        else:
            flash(gettext("Your password is set. Sign in with it."), "success")
            return redirect(url_for("auth.login"))
    return _shown(400 if form.is_submitted() else 200, user=user, form=form)


@auth.route("/login/forgotten", methods=["GET", "POST"])
@_limited
def forgotten() -> AnyResponse:
    """Ask for a link by mail. The answer is the same whether the address has an account or not.

    Whether it has one is looked up by the worker, so that the time of the answer does not tell either.
    """
    if not current.settings().smtp_url:
        return make_response(render_template("auth/forgotten.html", form=None))
    form = ForgottenForm(request.form)
    if form.validate_on_submit():
        _count_mail(tokens.digest(users.normal(form.email.data)))
        send(send_reset_link, form.email.data)
        flash(gettext("If there is an account for this address, a link is on its way to it."), "success")
        return redirect(url_for("auth.login"))
    return make_response(render_template("auth/forgotten.html", form=form))


def _shown(status: int, **values: Any) -> AnyResponse:
    response = make_response(render_template("auth/password.html", **values))
    response.status_code = status
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
