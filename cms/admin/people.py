"""Accounts, for administrators: invite by link, give roles, close, end sessions, and make links for new passwords."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Query

from cms import current
from cms.accounts import administration, audit, links, passkeys, second_step, sessions
from cms.accounts.audit import Deed
from cms.accounts.models import User
from cms.accounts.policy import ROLE_NAMES, Permission, Role
from cms.admin import browsers, formatters
from cms.admin.base import ModelAdmin
from cms.extensions import db
from cms.messages import N_, InvalidInput
from cms.tasks import send_invitation
from cms.tasks.sending import send


def _state(user: User) -> str:
    if not user.is_active:
        return str(gettext("Closed"))
    return str(gettext("In use") if user.password_hash else gettext("Invited"))


def _role(user: User) -> str:
    return str(gettext(ROLE_NAMES[Role(user.role)]) if user.role in ROLE_NAMES else user.role)


def _email(view: UserView, user: User) -> Markup:
    return Markup('<a href="{}">{}</a>').format(view.get_url(".details_view", id=user.id), user.email)


class UserView(ModelAdmin):
    """The list of accounts, and a page for each."""

    reading = writing = Permission.ADMINISTER
    is_aside = True
    can_create = can_edit = can_delete = False
    can_view_details = True
    list_template = "admin/users.html"
    details_template = "admin/user.html"
    search_hint = N_("E-mail starts with…")
    column_list = ("email", "role", "is_active", "seen_at", "created_at")
    column_labels = {
        "email": lazy_gettext("E-mail"),
        "role": lazy_gettext("Role"),
        "is_active": lazy_gettext("State"),
        "seen_at": lazy_gettext("Last seen"),
        "created_at": lazy_gettext("Since"),
    }
    column_sortable_list = ("email", "role", "seen_at", "created_at")
    column_default_sort = "email"
    column_formatters = {
        "email": lambda view, _context, user, _name: _email(view, user),
        "role": lambda _view, _context, user, _name: _role(user),
        "is_active": lambda _view, _context, user, _name: _state(user),
        "seen_at": lambda _view, _context, user, _name: formatters.moment(user.seen_at) if user.seen_at else "—",
        "created_at": lambda _view, _context, user, _name: formatters.moment(user.created_at),
    }

    def __init__(self) -> None:
        super().__init__(
            User,
            name=lazy_gettext("Accounts"),
            endpoint="user",
            url="user",
            menu_icon_type="fa",
            menu_icon_value="fa-users",
        )

    def search(self, query: Query[Any], text: str) -> Query[Any]:
        """Accounts whose addresses start with ``text``."""
        return query.filter(User.email.startswith(text.casefold(), autoescape=True))

    @expose("/details/")
    def details_view(self) -> Any:
        user = self.get_one(request.args.get("id", ""))
        if user is None:
            flash(gettext("There is no such account."), "error")
            return redirect(self.get_url(".index_view"))
        return self._shown(user)

    @expose("/invite/", methods=("GET", "POST"))
    def invite(self) -> Any:
        """Make an account, and show the link with which its owner chooses a password."""
        refused = ""
        if request.method == "POST":
            try:
                user = administration.invite(db.session(), request.form.get("email", ""), _asked_role())
                token = links.make(db.session(), user)
                db.session.commit()
            except InvalidInput as error:
                db.session.rollback()
                refused = gettext(error.sentence, **error.values)
            else:
                if current.settings().smtp_url and send(send_invitation, user.id):
                    flash(gettext("The invitation is on its way to %(email)s as well.", email=user.email), "success")
                return self._shown(user, token)
        return self.render("admin/invite.html", refused=refused, roles=ROLE_NAMES, chosen=Role.EDITOR)

    @expose("/change/", methods=("POST",))
    def change(self) -> Any:
        """Do with the account ``id`` what ``action`` says."""
        user = self.get_one(request.form.get("id", ""))
        if user is None:
            flash(gettext("There is no such account."), "error")
            return redirect(self.get_url(".index_view"))
        try:
            match request.form.get("action"):
                case "role":
                    administration.change_role(db.session(), user, _asked_role())
                    words = gettext("The role has been changed.")
                case "close":
                    administration.close(db.session(), user)
                    words = gettext("The account is closed.")
                case "reopen":
                    administration.reopen(db.session(), user)
                    words = gettext("The account is open again.")
                case "end":
                    ended = sessions.end_all(db.session(), user.id)
                    words = gettext("Sessions ended: %(count)s.", count=ended)
                case "second-step":
                    second_step.turn_off(db.session(), user)
                    words = gettext("The second step is off.")
                case "passkeys":
                    removed = passkeys.remove_all(db.session(), user.id)
                    words = gettext("Passkeys removed: %(count)s.", count=removed)
                case "link" if user.is_active:
                    token = links.make(db.session(), user)
                    audit.note(db.session(), Deed.LINKED, user.email, "user", user.id)
                    db.session.commit()
                    return self._shown(user, token)
                case _:
                    raise InvalidInput(N_("The request could not be understood."))
            db.session.commit()
            flash(words, "success")
        except InvalidInput as error:
            db.session.rollback()
            flash(gettext(error.sentence, **error.values), "error")
        return redirect(self.get_url(".details_view", id=user.id))

    def _shown(self, user: User, token: str = "") -> Any:
        """The page of an account, this once with the link that was made."""
        return self.render(
            self.details_template,
            model=user,
            link=url_for("auth.password", token=token, _external=True) if token else "",
            days=(links.RESET if user.password_hash else links.INVITATION).days,
            role=_role(user),
            state=_state(user),
            roles=ROLE_NAMES,
            sessions=sessions.of(db.session(), user.id),
            browser=browsers.name,
            has_second_step=second_step.is_on(user),
            passkeys=len(passkeys.of(db.session(), user)),
        )


def _asked_role() -> Role:
    asked = request.form.get("role", "")
    if asked not in ROLE_NAMES:
        raise InvalidInput(N_("Choose a role."))
    return Role(asked)
