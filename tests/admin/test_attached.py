"""How lists and forms show the files of items: what is well in one line, and all else in its own."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from cms.media.models import UploadStatus
from cms.pages.models import ContentItem
from tests.factories import Factory


def told(client: FlaskClient, item: ContentItem) -> list[str]:
    """What the row of an item says of its files, line by line."""
    html = client.get(f"/admin/page/edit/?id={item.page_id}").text
    part = html.split(f'id="status-{item.id}"', 1)[1].split(">", 1)[1].split("</div>", 1)[0]
    return [" ".join(re.sub("<[^>]+>", " ", line).split()) for line in part.split("<br>")]


def with_uploads(factory: Factory, status: dict[str, UploadStatus]) -> ContentItem:
    """An item with a file in each slot, uploaded into some of them."""
    item = factory.with_media(factory.page(), "video")
    for slot, state in status.items():
        number = factory.upload(item, slot, f"{slot}.bin", slot.encode())
        factory.change(factory.upload_row(number), status=state, reason="It is damaged." if state == "failed" else None)
    return item


def test_what_is_well_is_told_in_one_line(signed_in: FlaskClient, factory: Factory) -> None:
    done = UploadStatus.COMPLETED
    item = with_uploads(factory, {"video": done, "subtitles": done})
    assert told(signed_in, item) == ["video, subtitles, tracks: 2 files Completed"]


def test_what_is_not_has_a_line_of_its_own(signed_in: FlaskClient, factory: Factory) -> None:
    item = with_uploads(factory, {"video": UploadStatus.COMPLETED, "subtitles": UploadStatus.FAILED})
    assert told(signed_in, item) == ["video, tracks: 2 files Completed", "subtitles Failed It is damaged."]


def test_slots_are_told_in_their_order(signed_in: FlaskClient, factory: Factory) -> None:
    item = with_uploads(factory, {"subtitles": UploadStatus.PENDING, "video": UploadStatus.PENDING})
    assert told(signed_in, item) == ["video Pending", "subtitles Pending"]


def test_files_of_the_library_have_no_status(signed_in: FlaskClient, factory: Factory) -> None:
    assert told(signed_in, with_uploads(factory, {})) == ["—"]
    assert told(signed_in, factory.item(factory.page(), "video")) == ["—"]


def test_one_of_many_files_that_fails_is_named(signed_in: FlaskClient, factory: Factory) -> None:
    item = factory.item(factory.page(), "gallery")
    (slot,) = item.slots
    for name, status in (("well.jpg", UploadStatus.COMPLETED), ("wrong.jpg", UploadStatus.FAILED)):
        place = slot.new_place()
        factory.attached(item, place, factory.media_file(family="image"))
        upload = factory.upload_row(factory.upload(item, place, name, name.encode()))
        factory.change(upload, status=status)
    first, second = told(signed_in, item)
    assert first == "2 files"
    assert second.startswith("wrong.jpg Failed")
