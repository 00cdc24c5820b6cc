"""The tables, plain typed SQLAlchemy, one aggregate a file.

Imports nothing of ours but itself, and neither Flask nor Celery.
"""

from cms.models import touching as _touching  # noqa: F401  has pages change with their items
from cms.models.base import N_, Base, Url, now
from cms.models.content import Attachment, ContentItem, Slot, column_label, kind_named, kinds, slot_named
from cms.models.media import FolderMark, MediaFault, MediaFile
from cms.models.page import Page, PublishedBlock
from cms.models.saved_form import SavedForm
from cms.models.upload import Upload, UploadStatus
from cms.models.user import User
from cms.models.views import DayViews, UnansweredCount, ViewBatch

__all__ = [
    "N_",
    "Attachment",
    "Base",
    "ContentItem",
    "DayViews",
    "FolderMark",
    "MediaFault",
    "MediaFile",
    "Page",
    "PublishedBlock",
    "SavedForm",
    "Slot",
    "UnansweredCount",
    "Upload",
    "UploadStatus",
    "Url",
    "User",
    "ViewBatch",
    "column_label",
    "kind_named",
    "kinds",
    "now",
    "slot_named",
]
