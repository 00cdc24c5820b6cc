"""The demo pages: every file of theirs is completed, every kind is there, and a second run adds nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms import demo, tasks
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.pages.models import Attachment, ContentItem, Page, kinds


@pytest.mark.heavy
def test_every_file_is_completed_and_a_second_run_adds_nothing(app: Flask, session: Session) -> None:
    commands = app.test_cli_runner()
    assert commands.invoke(args=["cms", "demo"]).exit_code == 0
    upload_ids = session.scalars(select(Upload.id)).all()
    session.rollback()
    for upload_id in upload_ids:
        with app.app_context():
            tasks.process_upload.run(upload_id)

    uploads = session.scalars(select(Upload)).all()
    assert {(upload.filename, upload.reason) for upload in uploads if upload.status != UploadStatus.COMPLETED} == set()
    assert [upload.filename for upload in uploads if upload.is_duplicate]
    items = session.scalars(select(ContentItem)).all()
    assert {item.content_type for item in items} == {kind.__tablename__ for kind in kinds()}
    assert all(item.is_complete for item in items)
    languages = session.scalars(select(Attachment).where(Attachment.slot.startswith("tracks"))).all()
    assert {(track.texts or {})["language"] for track in languages} == {"en", "ru"}
    files = {file.mime_type: file for file in session.scalars(select(MediaFile))}
    assert files["video/mp4"].playable
    assert files["video/x-msvideo"].playable is False
    assert (files["application/pdf"].facts or {})["pages"] == 3
    assert len((files["audio/mpeg"].facts or {})["chapters"]) == 3

    assert demo.missing(session) == []
    pages, count = session.scalars(select(Page.slug)).all(), len(uploads)
    session.rollback()
    assert commands.invoke(args=["cms", "demo"]).exit_code == 0
    assert session.scalars(select(Page.slug)).all() == pages
    assert len(session.scalars(select(Upload)).all()) == count
