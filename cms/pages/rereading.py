"""Subtitles whose encoding was guessed wrongly are read again from the file that was uploaded, as the editor says."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import Upload, UploadStatus
from cms.media.storage.staging import StagedFile, Staging
from cms.pages import attachments
from cms.pages.models import Attachment, ContentItem


def encoding_of(attachment: Attachment) -> str | None:
    """The doubtful encoding in which a slot's subtitles are read, or will be as soon as a worker has come to it."""
    upload = attachment.upload
    is_under_way = upload is not None and upload.status in (UploadStatus.PENDING, UploadStatus.PROCESSING)
    return (upload.encoding if upload and is_under_way else None) or attachment.encoding


def stage_again(
    session: Session, staging: Staging, item: ContentItem, slot: str, encoding: str
) -> tuple[Upload, StagedFile]:
    """Stage the file that a slot's subtitles were made from once more, to be read in another encoding.

    It goes the way of any upload: what the slot shows stays until it is completed. The staged file is the caller's to
    keep after the commit, or to discard.

    Raises:
        ValueError: no such file was kept, since its encoding was never in doubt.
        OSError: there is no room.
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
