"""What the scripts of a page's screen get of a form's screen."""

from __future__ import annotations

from flask.testing import FlaskClient

from cms.admin.undoable import ASKS
from cms.pages.models import Page
from tests.factories import Factory
from tests.flows.client import Form


def test_they_get_the_form_and_the_rows_and_nothing_around_them(
    signed_in: FlaskClient, factory: Factory, page: Page
) -> None:
    item = factory.item(page, "video", title="Dawn")
    for address in (f"/admin/page/edit/?id={page.id}", f"/admin/video/edit/?id={item.id}"):
        whole = signed_in.get(address).text
        part = signed_in.get(address, headers={ASKS: "1"}).text
        fields = [Form(html).fields for html in (whole, part)]
        for values in fields:
            values.pop("csrf_token")
            assert values.pop("form_token")
        assert fields[0] == fields[1]
        assert 'class="admin-form panel"' in part
        for around in ("<script", "<nav", "<dialog", "<link"):
            assert around in whole
            assert around not in part.replace('<nav class="bottom-bar"', "").replace('<nav class="crumbs"', "")
    rows = signed_in.get(f"/admin/page/edit/?id={page.id}", headers={ASKS: "1"}).text
    for shown in (f'data-item="{item.id}"', 'id="page-title"', 'id="state"', 'id="publish-below"', 'id="more"'):
        assert shown in rows


def test_messages_are_told_to_them(signed_in: FlaskClient, page: Page) -> None:
    address = f"/admin/page/edit/?id={page.id}"
    form = Form(signed_in.get(address, headers={ASKS: "1"}).text).fields
    answer = signed_in.post(address, data={**form, "title": "New", "_continue_editing": "1"}, headers={ASKS: "1"})
    part = signed_in.get(answer.location, headers={ASKS: "1"}).text
    assert "alert-success" in part
    assert Form(part).fields["title"] == "New"
