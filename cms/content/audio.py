"""Sound, with words to it."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.models import ContentItem, Slot, Url


class Audio(ContentItem):
    """A recording: an uploaded file, or a link to one elsewhere, and a text of any length in Markdown."""

    slots = (Slot("audio", accepts="audio"),)
    icon = "fa-volume-up"

    audio_url: Mapped[str | None] = mapped_column(Url)
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
