"""Subtitles whose encoding was guessed wrong are read again from the uploaded file, as the editor chooses."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import Upload, UploadStatus
from cms.media.storage.staging import StagedFile, Staging
from cms.pages import attachments
from cms.pages.models import Attachment, ContentItem


def encoding_of(attachment: Attachment) -> str | None:
    """The doubtful encoding in which a slot's subtitles were read, or will be read once a worker gets to them."""
    upload = attachment.upload
    is_under_way = upload is not None and upload.status in (UploadStatus.PENDING, UploadStatus.PROCESSING)
    return (upload.encoding if upload and is_under_way else None) or attachment.encoding


def stage_again(
    session: Session, staging: Staging, item: ContentItem, slot: str, encoding: str
) -> tuple[Upload, StagedFile]:
    """Stage the source of a slot's subtitles again, to be read in another encoding.

    It is an upload like any other: the slot shows its old file until completion. The caller keeps the staged file after
    the commit, or discards it.

    Raises:
        ValueError: the source was not kept, because its encoding was not in doubt.
        OSError: there is no space.
    """
    attachment = item.attachments.get(slot)
    if attachment is None or attachment.source is None:
        raise ValueError("no file was kept")
    earlier = select(Upload.filename).where(Upload.item_id == item.id, Upload.slot == slot)
    earlier = earlier.where(Upload.status == UploadStatus.COMPLETED).order_by(Upload.id.desc()).limit(1)
    filename = session.scalar(earlier) or str(attachment.media_file)
    staged = staging.receive(len(attachment.source))
    staged.write(attachment.source)
    upload = attachments.stage(session, item, slot, filename, staged.size, staged.path.name)
    upload.encoding = encoding
    session.flush()
    return upload, staged
