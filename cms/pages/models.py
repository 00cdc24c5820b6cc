"""Pages, the base of all content items, the slots that files go into, and the registry of kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Text, false, inspect, select, true
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from cms.cleaning import title_of
from cms.database import TITLE_LENGTH, Base, InLanguage, Timestamped, Titled, UtcDateTime, Versioned, now
from cms.media import references
from cms.media.models import ENCODING_LENGTH, MediaFile, Upload
from cms.messages import N_


class Page(Titled, InLanguage, Versioned, Timestamped, Base):
    """A title, a slug, a text in Markdown, and ordered content items; draft until published."""

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), unique=True)
    slug: Mapped[str] = mapped_column(String(TITLE_LENGTH), unique=True)
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
    is_published: Mapped[bool] = mapped_column(default=False, server_default=false())

    items: Mapped[list[ContentItem]] = relationship(
        back_populates="page",
        order_by="(ContentItem.order, ContentItem.id)",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (
        # The public list: newest first, a page of it read from the index alone.
        Index("ix_page_published", "is_published", "id"),
        # No id is ever given twice: counters and cached documents are kept by id.
        {"sqlite_autoincrement": True},
    )

    def __str__(self) -> str:
        return self.title


#: How many ids a block has.
BLOCK = 1000


class PublishedBlock(Base):
    """How many of the pages with ids from ``block * 1000`` on are published. Triggers on the pages' table keep it."""

    __tablename__ = "published_block"

    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pages: Mapped[int]


@dataclass(frozen=True)
class Slot:
    """A place on a kind where a file goes.

    A slot ``video`` has the form field ``video_file`` and the JSON field ``video_path``; a column
    ``video_url`` of the kind, if there is one, is the outside link that stands in for the file.

    Args:
        name: the slot's name, a Python identifier.
        accepts: the family of files that fit: ``video``, ``audio``, ``image``, ``subtitles`` or ``document``.
        label: what the form calls it, marked with ``N_``.
        optional: an item is shown to visitors without it.
    """

    name: str
    accepts: str
    label: str
    optional: bool = False

    @property
    def file_field(self) -> str:
        """Its name in the form."""
        return f"{self.name}_file"

    @property
    def path_field(self) -> str:
        """Its name in the JSON."""
        return f"{self.name}_path"

    @property
    def url_field(self) -> str:
        """The name of the column with the outside link, if the kind has one."""
        return f"{self.name}_url"


class ContentItem(Titled, InLanguage, Versioned, Timestamped, Base):
    """One thing on a page. A kind is a subclass with a table of its own, joined to this one."""

    __tablename__ = "content_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    # An item that moves is forgotten on the page that it leaves, too: where it was must be known even if not loaded.
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), active_history=True)
    content_type: Mapped[str] = mapped_column(String(50))
    order: Mapped[int] = mapped_column(default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    counter: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    bot_views: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

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

    slots: ClassVar[tuple[Slot, ...]] = ()
    label: ClassVar[str]
    icon: ClassVar[str] = "fa-file-o"
    #: What an editor is told; whole sentences, because words around a noun differ by its gender in many languages.
    saved: ClassVar[str] = N_("Item saved.")
    deleted: ClassVar[str] = N_("Item deleted.")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register the subclass: its lower-case name is its table, its ``content_type`` and its address."""
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
    def is_complete(self) -> bool:
        """Whether visitors can see it if it is active: as :func:`cms.pages.pages.is_shown` says of its document."""
        files = {name: attachment.media_file for name, attachment in self.attachments.items()}
        return all(slot.optional or files.get(slot.name) or getattr(self, slot.url_field, None) for slot in self.slots)

    @classmethod
    def columns(cls) -> list[str]:
        """The names of the columns that the kind itself declares, in order."""
        return [column.key for column in inspect(cls).local_table.columns if column.key != "id"]

    @classmethod
    def alt_column(cls, slot: Slot) -> str | None:
        """The column with the words for those who cannot see the slot's picture, if the kind has one."""
        return next((name for name in (f"{slot.name}_alt", "alt_text", "alt") if name in cls.columns()), None)


Upload.__mapper__.add_property("item", relationship(ContentItem, viewonly=True))


class Attachment(Base):
    """What lies in one slot of one item: the media file that is shown, and the newest upload into the slot.

    A new upload leaves ``media_file`` as it is until it is completed. ``encoding`` is how subtitles were read if that
    was in doubt; then ``source`` is the file as it was uploaded, so that it can be read again. (It is small, is wanted
    for as long as this row, and nobody but the editor may see it: so it lies here, and not among the media files.)
    """

    __tablename__ = "attachment"

    item_id: Mapped[int] = mapped_column(ForeignKey("content_item.id", ondelete="CASCADE"), primary_key=True)
    slot: Mapped[str] = mapped_column(String(50), primary_key=True)
    media_file_id: Mapped[int | None] = mapped_column(ForeignKey("media_file.id", ondelete="RESTRICT"), index=True)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id", ondelete="SET NULL"), index=True)

    encoding: Mapped[str | None] = mapped_column(String(ENCODING_LENGTH))
    source: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    item: Mapped[ContentItem] = relationship(back_populates="attachments")
    media_file: Mapped[MediaFile | None] = relationship()
    upload: Mapped[Upload | None] = relationship()

    def show(self, media_file: MediaFile, encoding: str | None, source: bytes | None) -> None:
        """See :meth:`cms.media.places.Place.show`.

        The item takes the title in the file's tags, if it was named after the file: then nobody has written one.
        """
        self.media_file, self.encoding, self.source = media_file, encoding, source
        title = (media_file.facts or {}).get("tags", {}).get("title")
        if title and self.upload and self.item.title == title_of(self.upload.filename):
            self.item.title = title


class SavedForm(Base):
    """A form's random token, kept in the transaction that saves the form.

    ``content`` is a digest of what was sent. ``view`` and ``row_id`` name the row that was saved, ``version`` is the
    version that it has had since, ``editor`` the address of who saved it.
    """

    __tablename__ = "saved_form"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    view: Mapped[str] = mapped_column(String(50))
    row_id: Mapped[int | None]
    version: Mapped[int | None]
    editor: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


references.refer(
    select(Attachment.item_id).where(Attachment.media_file_id == MediaFile.id).correlate(MediaFile).exists()
)


def column_label(column: Column[Any]) -> str:
    """What people call a column, not translated yet: its ``info["label"]``, or its name."""
    return str(column.info.get("label") or column.key.replace("_", " ").capitalize())


_kinds: dict[str, type[ContentItem]] = {}


def kinds() -> list[type[ContentItem]]:
    """Every kind there is, by name. Importing :mod:`cms.kinds` fills the registry."""
    return [_kinds[name] for name in sorted(_kinds)]


def kind_named(name: str) -> type[ContentItem]:
    """The kind of that ``content_type``.

    Raises:
        KeyError: there is no such kind.
    """
    return _kinds[name]


def slot_named(kind: str, name: str) -> Slot | None:
    """The slot of that name on the kind of that ``content_type``, if there are both."""
    return next((slot for slot in _kinds[kind].slots if slot.name == name), None) if kind in _kinds else None
