"""The part of the own account's page where the second step of signing in is turned on and off."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext
from flask_login import current_user

from cms import current
from cms.accounts import second_step, sessions, users
from cms.accounts.models import User
from cms.extensions import db
from cms.http.limits import limit_for_each
from cms.messages import N_, InvalidInput

_count_attempt = limit_for_each("10 per minute; 60 per hour", "present password")


def ask_password(user: User) -> None:
    """Look at the password that was sent along, so that an open screen alone changes nothing.

    Raises:
        InvalidInput: it is wrong.
    """
    _count_attempt(user.id)
    if not users.is_password(user, request.form.get("present", "")):
        raise InvalidInput(N_("This is not your present password."))


class SecondStepPages:
    """A mixin: its addresses are those of the view that has it."""

    get_url: Any
    render: Any

    @expose("/second-step/", methods=("GET", "POST"))
    def second_step(self) -> Any:
        """Set it up, see how many recovery codes there are, or turn it off. All of that asks for the password."""
        user = db.session.get_one(User, current_user.id)
        if request.method != "POST":
            return self._shown_step(user)
        codes: list[str] = []
        try:
            match request.form.get("action"):
                case "begin":
                    ask_password(user)
                    second_step.begin(db.session(), user)
                case "confirm":
                    codes = second_step.confirm(db.session(), user, request.form.get("code", ""))
                    sessions.end_all(db.session(), user.id, but=current_user.session_id)
                case "renew" if second_step.is_on(user):
                    ask_password(user)
                    codes = second_step.renew(db.session(), user)
                case "off":
                    ask_password(user)
                    second_step.turn_off(db.session(), user)
                    flash(gettext("The second step is off."), "success")
                case _:
                    raise InvalidInput(N_("The request could not be understood."))
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            return self._shown_step(user, refused=gettext(error.sentence, **error.values)), 400
        return self._shown_step(user, codes=codes) if codes else redirect(self.get_url(".second_step"))

    def _shown_step(self, user: User, refused: str = "", codes: list[str] | None = None) -> Any:
        import segno  # here, since only this page needs it

        is_begun = bool(user.totp_secret) and not second_step.is_on(user)
        address = second_step.address(user, current.settings().site_name) if is_begun else ""
        return self.render(
            "admin/second_step.html",
            is_on=second_step.is_on(user),
            secret=user.totp_secret if is_begun else "",
            picture=segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff") if address else "",
            left=second_step.left(db.session(), user),
            codes=codes or [],
            refused=refused,
        )
