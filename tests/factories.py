"""Pages, items, media files and accounts for tests, made through the models and committed at once."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

from blake3 import blake3
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.accounts import users
from cms.accounts.policy import Role
from cms.media import mediatypes
from cms.media.models import MediaFile, Upload
from cms.media.storage import Storage
from cms.pages import attachments
from cms.pages.models import Attachment, ContentItem, Page, kind_named
from tests.disk import on_disk

#: A type for each family, for media files whose bytes do not matter.
EXTENSIONS = {"video": "mp4", "audio": "mp3", "subtitles": "vtt", "image": "png", "document": "pdf"}


class Factory:
    """Makes rows for a test. Returned rows stay readable, and belong to no session."""

    def __init__(self, engine: Engine, storage: Storage) -> None:
        self.engine = engine
        self._storage = storage
        self._numbers = itertools.count(1)

    def page(self, title: str | None = None, *, published: bool = True, **values: Any) -> Page:
        number = next(self._numbers)
        title = title or f"Page {number}"
        values.setdefault("slug", f"page-{number}")
        return self.kept(Page(title=title, is_published=published, **values))

    def item(self, page: Page, kind: str = "text", **values: Any) -> ContentItem:
        values.setdefault("title", f"Item {next(self._numbers)}")
        return self.kept(kind_named(kind)(page_id=page.id, **values))

    def media_file(self, data: bytes | None = None, family: str = "video") -> MediaFile:
        """A stored file with its row."""
        data = data if data is not None else secrets.token_bytes(64)
        digest = blake3(data).hexdigest()
        extension = EXTENSIONS[family]
        path = f"2026/01/02/{family}/made-{digest[:12]}.{extension}"
        target = on_disk(self._storage, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        mime = mediatypes.BY_EXTENSION[extension].mime
        return self.kept(MediaFile(digest=digest, size=len(data), mime_type=mime, path=path))

    def attached(self, item: ContentItem, slot: str, media_file: MediaFile | None, **values: Any) -> None:
        """Put a media file into an item's slot, or prepare the slot for an upload."""
        media_file_id = media_file.id if media_file else None
        self.kept(Attachment(item_id=item.id, slot=slot, media_file_id=media_file_id, **values))

    def with_media(self, page: Page, kind: str, **values: Any) -> ContentItem:
        """An item with a file in each slot, and two in each that takes several."""
        item = self.item(page, kind, **values)
        for slot in type(item).slots:
            for position in range(1, 2 + slot.many):
                place = slot.new_place() if slot.many else slot.name
                self.attached(item, place, self.media_file(family=slot.accepts), position=position)
        return item

    def staged(self, data: bytes) -> str:
        """Bytes in the staging folder, as a request leaves them; the name of the file."""
        staged = self._storage.staging.receive(limit=2**40)
        staged.write(data)
        staged.close()
        return staged.path.name

    def upload(self, item: ContentItem, slot: str, filename: str, data: bytes) -> int:
        """Make a pending upload, and return its id."""
        name = self.staged(data)
        with Session(self.engine) as session:
            row = session.get_one(ContentItem, item.id)
            upload = attachments.stage(session, row, slot, filename, len(data), name)
            session.commit()
            return upload.id

    def user(self, email: str, password: str, role: Role = Role.ADMIN) -> int:
        with Session(self.engine) as session:
            user = users.create(session, email, password, role)
            session.commit()
            return user.id

    def change(self, row: Any, **values: Any) -> None:
        """Change a row without the app's knowledge."""
        with Session(self.engine) as session:
            found = session.get_one(type(row), row.id)
            for name, value in values.items():
                setattr(found, name, value)
            session.commit()

    def reload(self, row: Any) -> Any:
        """The row as it is in the database now; ``None`` if it is gone."""
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get(type(row), row.id)

    def upload_row(self, upload_id: int) -> Upload:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Upload, upload_id)

    def kept(self, row: Any) -> Any:
        """Add a row."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.add(row)
            session.commit()
            return row
