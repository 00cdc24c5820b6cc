"""Pages, the base class of content items, their attachments, and the registry of kinds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    false,
    inspect,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from cms.accounts.audit import Audited, Deed, Event
from cms.cleaning import title_of
from cms.database import (
    TITLE_LENGTH,
    Base,
    InLanguage,
    Timestamped,
    Titled,
    Trashable,
    UtcDateTime,
    Versioned,
)
from cms.media import references
from cms.media.models import ENCODING_LENGTH, MediaFile, Upload
from cms.messages import N_
from cms.pages.slots import Slot as Slot
from cms.pages.slots import key_of, slot_of


def _where(condition: str) -> dict[str, Any]:
    """Which rows an index has."""
    return {f"{dialect}_where": text(condition) for dialect in ("sqlite", "postgresql")}


class Page(Audited, Titled, InLanguage, Versioned, Trashable, Timestamped, Base):
    """A page: title, slug, a text in Markdown, and ordered content items. It is a draft until it is published.

    In the trash it is a draft, so that nothing public has to know of the trash; ``was_published`` tells what it was.
    Its title and its slug are then free for others.
    """

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    # The old slug of a page leads to its new one, so it must be known even if it was not loaded.
    slug: Mapped[str] = mapped_column(String(TITLE_LENGTH), active_history=True)
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: Their names, by which :mod:`cms.pages.tagging` keeps an index.
    tags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    #: What other sites show of the page: Markdown with a picture, so that it is kept, replaced and undone like a text.
    sharing_picture: Mapped[str] = mapped_column(Text, default="", server_default="")
    is_published: Mapped[bool] = mapped_column(default=False, server_default=false())
    was_published: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Other pages are made from it (:mod:`cms.pages.templates`); it is never published.
    is_template: Mapped[bool] = mapped_column(default=False, server_default=false())
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    unpublish_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    #: What visitors see while changes wait (:mod:`cms.pages.drafts`). No foreign key: revisions have one to their page.
    live_revision_id: Mapped[int | None]
    #: The id of the account that has made it; null for pages older than this column. No key: accounts stay.
    created_by: Mapped[int | None]

    #: Those that are not in the trash.
    items: Mapped[list[ContentItem]] = relationship(
        back_populates="page",
        primaryjoin="and_(ContentItem.page_id == Page.id, ContentItem.deleted_at.is_(None))",
        order_by="(ContentItem.order, ContentItem.id)",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (
        # The public list, newest first, is read from this index alone.
        Index("ix_page_published", "is_published", "id"),
        Index("ix_page_waiting", "id", **_where("live_revision_id IS NOT NULL")),  # few pages: their changes wait
        Index("ix_page_template", "is_template", "id"),
        *(Index(f"uq_page_{name}", name, unique=True, **_where("deleted_at IS NULL")) for name in ("title", "slug")),
        # Ids are never reused: counters and cached responses are kept by id.
        {"sqlite_autoincrement": True},
    )
    UNAUDITED = frozenset({"was_published"})

    def __str__(self) -> str:
        return self.title

    @property
    def owner_id(self) -> int | None:
        """The id of the account that has made the page."""
        return self.created_by


class ContentItem(Audited, Titled, InLanguage, Versioned, Trashable, Timestamped, Base):
    """An item on a page. A kind is a subclass with its own table, joined to this one.

    In the trash it is not active; ``was_active`` tells what it was.
    """

    __tablename__ = "content_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    # A moved item also invalidates the page that it leaves, so the old value must be known even if it was not loaded.
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), active_history=True)
    content_type: Mapped[str] = mapped_column(String(50))
    order: Mapped[int] = mapped_column(default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    was_active: Mapped[bool] = mapped_column(default=False, server_default=false())
    counter: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    bot_views: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    plays: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    page: Mapped[Page] = relationship(back_populates="items")
    attachments: Mapped[dict[str, Attachment]] = relationship(
        back_populates="item",
        collection_class=attribute_keyed_dict("slot"),
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (
        Index("ix_content_item_page", "page_id", "order", "id"),
        {"sqlite_autoincrement": True},
    )
    __mapper_args__ = {"polymorphic_on": "content_type"}
    UNAUDITED = frozenset({"was_active", "counter", "bot_views", "plays"})

    slots: ClassVar[tuple[Slot, ...]] = ()
    label: ClassVar[str]
    icon: ClassVar[str] = "fa-file-o"
    #: Messages for the editor. They are whole sentences, because in many languages the words depend on a noun's gender.
    saved: ClassVar[str] = N_("Item saved.")
    deleted: ClassVar[str] = N_("Item deleted.")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register a kind. The lower-case class name is its table, its ``content_type`` and its address."""
        name = cls.__name__.lower()
        cls.__tablename__ = name
        cls.__mapper_args__ = {"polymorphic_identity": name}
        cls.label = cls.__dict__.get("label", cls.__name__)
        cls.id = mapped_column(ForeignKey("content_item.id", ondelete="CASCADE"), primary_key=True)
        super().__init_subclass__(**kwargs)
        _kinds[name] = cls

    def __str__(self) -> str:
        return self.title

    @property
    def owner_id(self) -> int | None:
        """The id of the account that has made the item's page."""
        return self.page.created_by

    def parts_changed(self) -> dict[str, tuple[Any, Any]]:
        """What was taken out of slots."""
        taken = inspect(self).attrs.attachments.history.deleted
        return {name: (id_, None) for part in taken for name, id_ in part.lies_there().items()}

    @property
    def is_complete(self) -> bool:
        """Whether visitors see the item if it is active. For documents see :func:`cms.pages.pages.is_shown`."""
        return all(
            slot.optional
            or any(attachment.is_filled for attachment in self.in_slot(slot))
            or getattr(self, slot.url_field, None)
            for slot in self.slots
        )

    def in_slot(self, slot: Slot) -> list[Attachment]:
        """What lies in a slot, in order: at most one attachment, or any number if it takes several files."""
        found = [attachment for place, attachment in self.attachments.items() if slot_of(place) == slot.name]
        return sorted(found, key=lambda attachment: (attachment.position, attachment.slot))

    @classmethod
    def columns(cls) -> list[str]:
        """The names of the columns that the kind itself declares, in order."""
        return [column.key for column in inspect(cls).local_table.columns if column.key != "id"]

    @classmethod
    def alt_column(cls, slot: Slot) -> str | None:
        """The column with the alternative text for the slot's image, if the kind has one."""
        return next((name for name in (f"{slot.name}_alt", "alt_text", "alt") if name in cls.columns()), None)

    @classmethod
    def inherited_columns(cls, slot: Slot) -> dict[str, str]:
        """The columns with texts that the slot's file may give: for ``alt`` and ``credit``, those that the kind has."""
        names = {"alt": cls.alt_column(slot) if slot.accepts == "image" else None}
        own = (name for name in (f"{slot.name}_credit", "credit") if name in cls.columns())
        names["credit"] = next(own, None)
        return {name: column for name, column in names.items() if column and not slot.many}


Upload.__mapper__.add_property("item", relationship(ContentItem, viewonly=True))


class Attachment(Audited, Base):
    """The content of one slot of one item: the media file that is shown, and the newest upload into the slot.

    ``media_file`` stays the same until a new upload is completed. ``encoding`` is the encoding in which subtitles were
    read if it was in doubt; then ``source`` is the uploaded file, which is small, so that it can be read again.

    A slot that takes several files has an attachment for each: ``slot`` is its name with a key
    (:meth:`~cms.pages.slots.Slot.new_place`), ``position`` orders them, and ``texts`` has what an editor has written,
    by :class:`~cms.pages.slots.FileText`.
    """

    __tablename__ = "attachment"

    item_id: Mapped[int] = mapped_column(ForeignKey("content_item.id", ondelete="CASCADE"), primary_key=True)
    slot: Mapped[str] = mapped_column(String(50), primary_key=True)
    media_file_id: Mapped[int | None] = mapped_column(ForeignKey("media_file.id", ondelete="RESTRICT"), index=True)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id", ondelete="SET NULL"), index=True)

    position: Mapped[int] = mapped_column(default=0, server_default="0")
    texts: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    encoding: Mapped[str | None] = mapped_column(String(ENCODING_LENGTH))
    source: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    item: Mapped[ContentItem] = relationship(back_populates="attachments")
    media_file: Mapped[MediaFile | None] = relationship()
    upload: Mapped[Upload | None] = relationship()

    UNAUDITED = frozenset({"item_id", "slot", "source"})

    def audited(self, deed: Deed, changes: dict[str, tuple[Any, Any]]) -> Event | None:
        """What lies in a slot is a part of its item."""
        told = {f"{slot_of(self.slot)}: {name}": pair for name, pair in changes.items()}
        if deed is Deed.CREATED:
            told = {name: (None, id_) for name, id_ in self.lies_there().items()}
        return self.item.audited(Deed.CHANGED, told) if self.item else None

    def lies_there(self) -> dict[str, int | None]:
        """The file that is shown, or else the upload that is on its way, as the audit log has it."""
        name = "media_file_id" if self.media_file_id else "upload_id"
        return {f"{slot_of(self.slot)}: {name}": getattr(self, name)}

    @property
    def is_filled(self) -> bool:
        """Whether it has a file that visitors can see."""
        return self.media_file is not None and self.media_file.deleted_at is None

    def show(self, media_file: MediaFile, encoding: str | None, source: bytes | None) -> None:
        """See :meth:`cms.media.places.Place.show`.

        The item takes the title in the file's tags, if it was named after the file: then nobody has written one.
        """
        self.media_file, self.encoding, self.source = media_file, encoding, source
        if media_file.tagged_title and self.names(self.item.title):
            self.item.title = media_file.tagged_title

    def names(self, title: str) -> bool:
        """Whether that is the title of an item that was named after the uploaded file."""
        return self.upload is not None and title == title_of(self.upload.filename)


references.refer(
    select(Attachment.item_id).where(Attachment.media_file_id == MediaFile.id).correlate(MediaFile).exists()
)


def column_label(column: Column[Any]) -> str:
    """The label of a column, not translated yet: its ``info["label"]``, or its name."""
    return str(column.info.get("label") or column.key.replace("_", " ").capitalize())


_kinds: dict[str, type[ContentItem]] = {}


def kinds() -> list[type[ContentItem]]:
    """All kinds, sorted by name. Importing :mod:`cms.kinds` fills the registry."""
    return [_kinds[name] for name in sorted(_kinds)]


def kind_named(name: str) -> type[ContentItem]:
    """The kind with that ``content_type``.

    Raises:
        KeyError: there is no such kind.
    """
    return _kinds[name]


def slot_named(kind: str, place: str) -> Slot | None:
    """The slot of that place on the kind with that ``content_type``, or ``None``."""
    found = (slot for slot in _kinds[kind].slots if slot.name == slot_of(place)) if kind in _kinds else ()
    return next((slot for slot in found if slot.many or not key_of(place)), None)
