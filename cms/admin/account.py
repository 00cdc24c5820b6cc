"""One's own account: password, language, and the browsers in which one is signed in."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from cms.accounts import links, second_step, sessions, users
from cms.accounts.models import User
from cms.accounts.policy import Permission
from cms.admin import browsers
from cms.admin.base import SignedInView
from cms.admin.passkeys import PasskeyPages
from cms.admin.second_step import SecondStepPages, ask_password
from cms.extensions import db
from cms.messages import InvalidInput
from cms.pages.pages import parse_id


class AccountView(SignedInView, SecondStepPages, PasskeyPages, BaseView):  # type: ignore[misc]
    """Everybody's page for the own account."""

    writing = Permission.READ
    is_aside = True

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("My account"), endpoint="account", url="account")

    @expose("/")
    def index(self) -> str:
        return self._shown()

    @expose("/password/", methods=("POST",))
    def password(self) -> Any:
        """Change the password. All other sessions end."""
        user = self._user()
        try:
            ask_password(user)
            users.set_password(user, request.form.get("password", ""))
        except InvalidInput as error:
            db.session.rollback()
            return self._shown(refused=gettext(error.sentence, **error.values)), 400
        links.forget(db.session(), user.id)
        sessions.end_all(db.session(), user.id, but=current_user.session_id)
        db.session.commit()
        flash(gettext("Your password has been changed. You are signed out everywhere else."), "success")
        return redirect(self.get_url(".index"))

    @expose("/language/", methods=("POST",))
    def language(self) -> Response:
        """Choose the language of the interface, and of mail. The public side then has this browser keep it."""
        asked = request.form.get("language", "")
        if asked not in cast(dict[str, str], current_app.jinja_env.globals["languages"]):
            abort(400)
        self._user().language = asked
        db.session.commit()
        return redirect(url_for("language.switch", code=asked, next=self.get_url(".index")))

    @expose("/end/", methods=("POST",))
    def end(self) -> Response:
        """End the session ``id``, or all but this one."""
        if number := parse_id(request.form.get("id", "")):
            ended = int(sessions.end(db.session(), current_user.id, number))
            if ended:
                sessions.note_ended(db.session(), current_user.id)
        else:
            ended = sessions.end_all(db.session(), current_user.id, but=current_user.session_id)
        db.session.commit()
        flash(gettext("Sessions ended: %(count)s.", count=ended), "success")
        return redirect(self.get_url(".index"))

    def _user(self) -> User:
        return db.session.get_one(User, current_user.id)

    def _shown(self, refused: str = "") -> str:
        rendered: str = self.render(
            "admin/account.html",
            model=self._user(),
            refused=refused,
            sessions=sessions.of(db.session(), current_user.id),
            browser=browsers.name,
            has_second_step=second_step.is_on(self._user()),
        )
        return rendered
