"""What editors write of a file: its title, texts that its items inherit, its tags; and how the library shows it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from cms.media.models import MediaFile
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

TEXTS = {"title": "Dawn", "alt": "Three boats", "credit": "Ann", "tags": "Sea, море,sea , Best of"}


def describe(client: FlaskClient, file: MediaFile, **texts: Any) -> Any:
    token = csrf_token(client, f"/admin/media/details/?id={file.id}")
    sent = {"csrf_token": token, "id": file.id, "version": file.version, **TEXTS, **texts}
    return client.post("/admin/media/describe/", data=sent, follow_redirects=True)


def shown(client: FlaskClient, page_id: int) -> dict[int, dict[str, Any]]:
    contents = client.get(f"/api/page/content/{page_id}/").json["contents"]
    return {item["id"]: item for item in contents}


def test_items_have_a_files_texts_until_they_have_their_own(signed_in: FlaskClient, factory: Factory) -> None:
    page, file, film = factory.page(slug="sea"), factory.media_file(family="image"), factory.media_file()
    without, own = factory.item(page, "picture"), factory.item(page, "picture", alt_text="Mine", credit="Me")
    several, video = factory.item(page, "gallery"), factory.item(page, "video")
    for item in (without, own):
        factory.attached(item, "picture", file)
    factory.attached(several, "pictures:a", file, position=1)
    factory.attached(several, "pictures:b", file, position=2, texts={"alt": "Mine", "credit": ""})
    factory.attached(video, "video", film)
    before = shown(signed_in, page.id)
    assert (before[without.id]["alt_text"], before[without.id]["picture_file"]["alt"]) == ("", None)
    assert signed_in.get("/sea/").status_code == 200
    assert "Saved." in describe(signed_in, file).text
    describe(signed_in, film, credit="Studio")
    now = shown(signed_in, page.id)
    assert (now[without.id]["alt_text"], now[without.id]["credit"]) == ("Three boats", "Ann")
    assert (now[own.id]["alt_text"], now[own.id]["credit"]) == ("Mine", "Me")
    assert (now[own.id]["picture_file"]["alt"], now[own.id]["picture_file"]["credit"]) == ("Three boats", "Ann")
    assert [(one["alt"], one["credit"]) for one in now[several.id]["pictures"]] == [
        ("Three boats", "Ann"),
        ("Mine", "Ann"),
    ]
    html = signed_in.get("/sea/").text
    assert html.count('alt="Three boats"') == 2
    assert "<span>Studio</span>" in html


def test_a_title_tags_and_a_name_are_shown_and_the_address_stays(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file(family="image")
    text = describe(signed_in, file).text
    assert "<h1>Dawn</h1>" in text
    assert f"{file.filename} · " in text
    assert 'value="Best of, Sea, море"' in text
    assert factory.reload(file).path == file.path
    for view in ("posters", "rows"):
        listed = signed_in.get(f"/admin/media/as/?view={view}", follow_redirects=True).text
        assert ('class="posters"' in listed) == (view == "posters")
        assert "flt0_tag_is=" in listed
        assert "Dawn" in listed
    assert f"id={file.id}" in signed_in.get("/admin/media/?search=dawn море").text


def test_tags_that_no_file_has_are_forgotten(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file(family="image")
    describe(signed_in, file)
    text = describe(signed_in, factory.reload(file), tags="море").text
    assert '<option value="море">' in text
    assert '<option value="Sea">' not in text


def test_a_tag_is_written_anew_by_the_only_file_that_has_it(signed_in: FlaskClient, factory: Factory) -> None:
    file, other = factory.media_file(family="image"), factory.media_file(family="image")
    describe(signed_in, file, tags="sea")
    assert 'value="Sea"' in describe(signed_in, factory.reload(file), tags="Sea").text
    describe(signed_in, other, tags="SEA")
    assert 'value="Sea"' in describe(signed_in, factory.reload(file), tags="SEA").text


def test_what_two_editors_write_is_not_lost(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file(family="image")
    describe(signed_in, file, credit="First")
    refused = describe(signed_in, file, credit="Second").text
    assert "somebody else has changed it meanwhile" in refused
    assert "Somebody else has saved: “First”" in refused
    assert 'value="Second"' in refused
    assert factory.reload(file).credit == "First"
    assert '<input type="hidden" name="version" value="2">' in refused
    describe(signed_in, factory.reload(file), credit="Second")
    assert factory.reload(file).credit == "Second"
    # The same again, from the same old form, changes nothing and is no conflict.
    assert "Saved." in describe(signed_in, file, credit="Second").text


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"title": "x" * 256}, "At most 255 characters."),
        ({"alt": "x" * 501}, "At most 500 characters."),
        ({"tags": "y" * 61}, "is too long: a tag may have 60 characters."),
        ({"tags": ",".join(map(str, range(51)))}, "These are too many tags: there may be 50."),
    ],
)
@pytest.mark.sqlite
def test_what_is_too_long_is_kept_in_the_form(
    signed_in: FlaskClient, factory: Factory, texts: dict[str, str], sentence: str
) -> None:
    file = factory.media_file(family="image")
    refused = describe(signed_in, file, **texts).text
    assert sentence in refused
    assert next(iter(texts.values())) in refused
    assert factory.reload(file).version == 1


@pytest.mark.sqlite
def test_a_file_that_is_gone_is_told(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file()
    sent = {"csrf_token": csrf_token(signed_in, f"/admin/media/details/?id={file.id}"), "id": "999999", **TEXTS}
    assert "There is no such file." in signed_in.post("/admin/media/describe/", data=sent, follow_redirects=True).text
