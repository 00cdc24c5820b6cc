"""What is found out about PDFs: their pages, and whether they need a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from cms import tasks
from cms.media import pdfs
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from tests.factories import Factory
from tests.media import uploading as flow
from tests.mediabytes import pdf

UNREADABLE = "This PDF cannot be read. It may be damaged or incomplete."


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "document"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("pages", [1, 12])
def test_its_pages_are_counted(tmp_path: Path, pages: int) -> None:
    found = pdfs.probe(saved(tmp_path, pdf(pages)))
    assert (found.facts, found.warnings, found.playable) == ({"pages": pages}, (), None)


def test_one_that_asks_for_a_password_is_told_apart(tmp_path: Path) -> None:
    found = pdfs.probe(saved(tmp_path, pdf(locked=True)))
    assert (found.facts, found.warnings) == ({}, (pdfs.LOCKED,))


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", pdf()[:60], b"%PDF-1.7\n" + bytes(10_000)])
def test_one_that_cannot_be_read_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InvalidInput, match=UNREADABLE):
        pdfs.probe(saved(tmp_path, data))


def test_one_that_is_not_there_is_no_fault_of_the_document(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pdfs.probe(tmp_path / "nothing")


@pytest.mark.both_databases
def test_what_an_upload_is_found_to_be_is_shown(
    signed_in: FlaskClient, engine: Engine, storage: Storage, factory: Factory
) -> None:
    page = factory.page(slug="it")
    for data in (pdf(12), pdf(locked=True)):
        item = factory.item(page, "document")
        upload = flow.complete(engine, storage, factory.upload(item, "document", "a.pdf", data))
        assert upload.status == UploadStatus.COMPLETED
    files = [item["document_file"] for item in signed_in.get(f"/api/page/content/{page.id}/").json["contents"]]
    assert [file["pages"] for file in files] == [12, None]
    assert ">Download the document</b> <small>PDF · 12 pages · " in signed_in.get("/it/").text
    assert "12 страниц · " in signed_in.get("/it/", headers={"Accept-Language": "ru"}).text
    assert "This PDF asks for a password." in signed_in.get(f"/admin/document/edit/?id={item.id}").text
    assert "12 pages" in signed_in.get("/admin/media/").text


def test_an_upload_that_cannot_be_read_is_refused_in_words(engine: Engine, storage: Storage, factory: Factory) -> None:
    item = factory.item(factory.page(), "document")
    failed = flow.complete(engine, storage, factory.upload(item, "document", "a.pdf", b"%PDF-1.7\nnothing"))
    assert (failed.status, failed.reason) == (UploadStatus.FAILED, UNREADABLE)


def test_documents_of_an_earlier_release_are_looked_at_in_the_background(
    app: Flask, engine: Engine, factory: Factory
) -> None:
    for data in (pdf(3), b"%PDF-1.7\nnothing"):
        factory.media_file(data, "document")
    with app.app_context():
        tasks.probe_media.run()
    whole, broken = flow.media_rows(engine)
    assert (whole.facts, broken.facts) == ({"pages": 3}, None)
    assert whole.probe_version == broken.probe_version is not None
