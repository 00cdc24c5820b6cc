"""The part of the own account's page with passkeys: they are made here, and removed."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext
from flask_login import current_user

from cms import current
from cms.accounts.models import User
from cms.admin import browsers
from cms.admin.second_step import ask_password
from cms.extensions import db
from cms.http import party
from cms.messages import InvalidInput
from cms.pages.pages import parse_id


class PasskeyPages:
    """A mixin: its addresses are those of the view that has it."""

    get_url: Any
    render: Any

    @expose("/passkeys/", methods=("GET", "POST"))
    def passkeys(self) -> Any:
        """List them. A form adds one, which asks for the password, or removes the one with that ``id``."""
        from cms.accounts import passkeys  # here, since its library takes long to import, and few processes need it

        user, refused = db.session.get_one(User, current_user.id), ""
        if request.method == "POST":
            try:
                if number := parse_id(request.form.get("id", "")):
                    passkeys.remove(db.session(), user, number)
                    words = gettext("The passkey is removed.")
                else:
                    challenge = party.kept_challenge(passkeys.PATIENCE.total_seconds())
                    site = passkeys.Party(party.host(), party.origin(), current.settings().site_name)
                    ask_password(user)
                    name = request.form.get("name", "") or browsers.name(request.user_agent.string)
                    passkeys.add(db.session(), user, site, challenge, request.form.get("passkey", ""), name)
                    words = gettext("The passkey is ready. You can sign in with it.")
                db.session.commit()
            except InvalidInput as error:
                db.session.rollback()
                refused = gettext(error.sentence, **error.values)
            else:
                flash(words, "success")
                return redirect(self.get_url(".passkeys"))
        shown = self.render("admin/passkeys.html", passkeys=passkeys.of(db.session(), user), refused=refused)
        return (shown, 400) if refused else shown

    @expose("/passkeys/options/")
    def passkey_options(self) -> Response:
        """What the browser needs to make a passkey."""
        from cms.accounts import passkeys

        user = db.session.get_one(User, current_user.id)
        site = passkeys.Party(party.host(), party.origin(), current.settings().site_name)
        options, challenge = passkeys.creation(db.session(), user, site)
        party.keep_challenge(challenge)
        return Response(options, mimetype="application/json", headers={"Cache-Control": "no-store"})
