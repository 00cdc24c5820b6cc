"""Views with forms. A form is saved once, or shown again with its errors or conflicts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.form import BaseForm, FormOpts
from flask_admin.helpers import get_redirect_target, set_current_view
from flask_admin.model.helpers import get_mdict_item_or_list
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import inspect
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.wrappers import Response

from cms.admin import permissions, reading
from cms.admin.base import ModelAdmin
from cms.admin.forms import EditForm
from cms.extensions import db
from cms.pages import saving
from cms.pages.pages import parse_id
from cms.pages.saving import SavedForm, is_token

#: What a form sends that keeps what others have changed meanwhile in fields that its editor has not touched.
MERGES = "_merge"


class FormView(ModelAdmin):
    """A list, and forms for rows with a version."""

    #: The message after a row was saved.
    saved_words: str

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        permissions.require(self.writing)
        row = self._made_before() if request.method == "POST" else None
        action = None if row is None else self.get_url(".edit_view", id=row.id, url=self._return_url())
        return self._form_view(row, action)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        number = get_mdict_item_or_list(request.args, "id")
        row = self._locked(number) if request.method == "POST" else self.get_one(number)
        if row is not None:
            if request.method == "POST":
                permissions.require(self.writing, row)
            return self._form_view(row)
        if request.method == "POST":
            return self._form_of_deleted()
        flash(gettext("This no longer exists."), "error")
        return redirect(self._return_url())

    def show_again(self) -> Any:
        """Show a form again that an ended session sent, with the present session's token. This saves nothing."""
        set_current_view(self)
        if not self.is_accessible():
            return self.inaccessible_callback("edit_view")
        permissions.require(self.writing)
        flash(gettext("Your session had ended. Please check the form and press Save again."), "error")
        if any(file.filename for file in request.files.values()):
            flash(gettext("Please choose your file again."), "error")
        number = get_mdict_item_or_list(request.args, "id")
        row = self.get_one(number) if number else None
        return self._shown(self.edit_form(row) if row else self.create_form(), model=row)

    def get_one(self, id: str | tuple[str, ...]) -> Any:
        """The row with that id, if an editor may see it."""
        row = super().get_one(id)
        return row if row is not None and self.is_there(row) else None

    def is_there(self, row: Any) -> bool:
        """Whether an editor may see a row."""
        return True

    def saved_message(self, row: Any) -> str:
        """The message after a row was saved."""
        return str(gettext(self.saved_words))

    def before_saving(self, form: EditForm, row: Any) -> None:
        """What is done before a form is saved, in its transaction. ``row`` is none for a new one."""

    def after_saving(self, form: EditForm, row: Any, is_created: bool) -> None:
        """What is done after a form was saved, in its transaction."""

    def form_as_shown(self, row: Any) -> BaseForm:
        """The form of a row with its present values, ignoring what was sent."""
        form: BaseForm = self._edit_form_class(None, obj=row)
        return form

    def _form_view(self, row: Any, action: str | None = None) -> Any:
        """Save what was sent or show the form, which is then sent to ``action``, or else to where it is."""
        form = self.create_form() if row is None else self.edit_form(row)
        if request.method == "POST" and (answer := self._save(form, row)):
            return answer
        if row is not None and not form.form_seen.data:
            form.show_version(row.version, self.form_as_shown(row))
        return self._shown(form, model=row, action=action)

    def _made_before(self) -> Any:
        """The row that this form has made already, if the form saves itself: its answer was lost, and more was written.

        Saving goes on as an edit of that row.
        """
        token = request.form.get("form_token", "")
        if MERGES not in request.form or not is_token(token):
            return None
        earlier = db.session.get(SavedForm, token)
        if earlier is None or (earlier.view, earlier.editor) != (self.endpoint, current_user.email):
            return None
        row = self._locked(str(earlier.row_id))
        if row is not None:
            permissions.require(self.writing, row)
        return row

    def _shown(self, form: BaseForm, **values: Any) -> str:
        template = self.edit_template if values.get("model") else self.create_template
        options = FormOpts(widget_args=self.form_widget_args, form_rules=None)
        values["may_save"] = may_save = self.may_change(values.get("model"))
        values["told"] = () if may_save else reading.told(form)
        rendered: str = self.render(template, form=form, form_opts=options, return_url=self._return_url(), **values)
        return rendered

    def _save(self, form: EditForm, row: Any) -> Response | None:
        """Save what was sent, once, and redirect; ``None`` if the form has to be shown again."""
        form.saved_form = None
        if token := form.token:
            record = SavedForm(token=token, content=form.content, view=self.endpoint, editor=current_user.email)
            earlier = saving.claim(db.session(), record)
            if earlier and earlier.content == record.content:
                return self._lead_on(self.get_one(str(earlier.row_id)), is_created=row is None)
            if earlier:
                form.form_token.data = saving.new_token()
            if earlier and row is None:  # the editor went back to the form and changed it
                name = self.get_one(str(earlier.row_id)) or "—"
                words = gettext(
                    "This form has already been saved as “%(name)s”. To create another one, press Save again.",
                    name=name,
                )
                flash(words, "error")
                return None
            form.saved_form = None if earlier else record
            if earlier and row is not None and MERGES in request.form and earlier.version == row.version:
                form.show_version(row.version, self.form_as_shown(row))  # its answer was lost, and more was written
            elif earlier and row is not None and not form.version.data:  # a new form, whose row has been changed since
                form.version.data = earlier.version
        if row is not None and self._has_conflicts(form, row):
            return None
        if not self.validate_form(form):
            flash(gettext("This was not saved yet. Please check the marked fields."), "danger")
            return None
        self.before_saving(form, row)
        if row is None:
            row = self.create_model(form)
            return self._lead_on(row, is_created=True) if row else None
        return self._lead_on(row, is_created=False) if self.update_model(form, row) else None

    def _on_model_change(self, form: EditForm, model: Any, is_created: bool) -> None:
        """Before the commit: increment the row's version, and record which form saved it."""
        super()._on_model_change(form, model, is_created)
        if not is_created:
            model.version += 1
        db.session.flush()
        self.after_saving(form, model, is_created)
        if form.saved_form:
            form.saved_form.row_id, form.saved_form.version = model.id, model.version

    def _lead_on(self, row: Any, *, is_created: bool) -> Response:
        """Redirect after a form was saved, to where its button leads."""
        back = self._return_url()
        if row is None:
            flash(gettext("This was saved, but it has since been deleted."), "error")
            return redirect(back)
        if MERGES in request.form:  # what saves itself has no use for a message, nor for the row once more
            return redirect(self.get_url(".edit_view", id=inspect(row).identity[0], url=back))
        try:
            flash(self.saved_message(row), "success")
        except ObjectDeletedError:  # deleted by a request that waited for this one
            return self._lead_on(None, is_created=is_created)
        if "_add_another" in request.form:
            return redirect(self.get_url(".create_view", url=back))
        if "_continue_editing" in request.form:
            return redirect(self.get_url(".edit_view", id=row.id, url=back))
        return redirect(self.get_save_return_url(row, is_created=is_created))

    def _has_conflicts(self, form: EditForm, row: Any) -> bool:
        """Whether another editor has saved values that differ from this form's. If so, the form gets the conflicts."""
        theirs = self.form_as_shown(row)
        if "_mine" not in request.form:
            form.use(theirs, request.form.getlist("theirs"))
        is_latest = parse_id(str(form.version.data)) == row.version  # then what has changed was changed by a worker
        if is_latest or MERGES in request.form:
            form.use(theirs, form.untouched(theirs))
        form.changed_by_others = form.conflicts(row.version, self.form_as_shown(row))
        if not form.changed_by_others:
            return False
        form.show_version(row.version, self.form_as_shown(row))
        form.saved_before = saving.saved_as(db.session(), self.endpoint, row.id, row.version)
        return True

    def _form_of_deleted(self) -> Any:
        """Show a form again whose row was deleted. Saving it creates a new row."""
        form = self.create_form()
        if form.token and (earlier := db.session.get(SavedForm, form.token)) and earlier.content == form.content:
            return self._lead_on(None, is_created=False)
        flash(gettext("This has been deleted. Your text is still here: press Save to create it again."), "error")
        return self._shown(form, action=self.get_url(".create_view", url=request.args.get("url")))

    def _locked(self, number: Any) -> Any:
        """The row, locked until this request ends, so that the second of two requests sees what the first saved."""
        found = parse_id(number) if isinstance(number, str) else None
        lock = {"key_share": True}  # other transactions may still refer to the row
        row = db.session.get(self.model, found, populate_existing=True, with_for_update=lock) if found else None
        return row if row is not None and self.is_there(row) else None

    def _return_url(self) -> str:
        return str(get_redirect_target() or self.get_url(".index_view"))
