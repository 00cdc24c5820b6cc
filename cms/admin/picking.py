"""Files of the library to choose from, in a dialog: with the filters and the orders of the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify, request
from flask_admin import expose
from flask_babel import gettext

from cms.admin import formatters, library, probed, thumbnails
from cms.admin.library_upload import LibraryUpload
from cms.cleaning import clean_line
from cms.extensions import db
from cms.media import tagging
from cms.media.families import FAMILIES, family_of
from cms.media.models import MediaFile
from cms.pages.usage import used_in

#: How many files are offered at once.
PICKED = 24


class Picking(LibraryUpload):
    """What the dialog asks for: ``static/js/admin/library.js``."""

    def orders(self) -> list[tuple[str, int, bool]]:
        """What the list can be sorted by: the words, the number of the column, and whether the largest comes first."""
        raise NotImplementedError

    @expose("/pick/")
    def pick(self) -> tuple[Response, int]:
        """Files to choose from, as JSON: those of a ``family`` that a text ``q`` finds, and a ``page`` of them.

        Filters and order have the names that they have in the list.
        """
        family, asked = request.args.get("family", ""), self._get_list_extra_args()
        if family and family not in FAMILIES:
            return jsonify(error=gettext("There is no such kind of files.")), 400
        filters = list(asked.filters or ())
        if family:
            filters.append((self._filter_args["kind_is"][0], "", family))
        text = clean_line(request.args.get("q", ""))
        column = self._get_column_by_idx(asked.sort)
        order = (column[0] if column else None, asked.sort_desc)
        count, files = self.get_list(asked.page, *order, text, filters, page_size=PICKED)
        return jsonify(files=_picked(files), page=asked.page, has_more=count > (asked.page + 1) * PICKED), 200

    @expose("/pick/filters/")
    def pick_filters(self) -> str:
        """The fields of the dialog that narrow what is offered."""
        rendered: str = self.render(
            "admin/library_filters.html",
            kinds=library.kind_choices(),
            types=library.types_by_kind(),
            uses=library.use_choices(),
            tags=tagging.offered(db.session()),
            orders=self.orders(),
        )
        return rendered


def _picked(files: Sequence[MediaFile]) -> list[dict[str, Any]]:
    """What is told of files to choose from."""
    ids = [file.id for file in files]
    uses, tags = used_in(db.session(), ids), tagging.of(db.session(), ids)
    return [
        {
            "id": file.id,
            "name": str(file),
            "address": formatters.file_address(file),
            "alt": file.alt or "",
            "family": family_of(file),
            "facts": probed.summary(file),
            "picture": thumbnails.picture(file),
            "icon": thumbnails.icon_of(file),
            "uses": uses[file.id].count,
            "tags": tags[file.id],
            "remarks": probed.remarks(file),
        }
        for file in files
    ]
