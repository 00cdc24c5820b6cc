"""Audio with text."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Url
from cms.messages import N_
from cms.pages.captions import TRACKS
from cms.pages.chapters import WithChapters
from cms.pages.models import ContentItem, Slot


class Audio(WithChapters, ContentItem):
    """A recording, as an uploaded file or a link to one elsewhere, with a text of any length in Markdown."""

    label = N_("Audio")
    saved, deleted = N_("Audio saved."), N_("Audio deleted.")
    slots = (Slot("audio", accepts="audio", label=N_("Audio file")), TRACKS)
    icon = "fa-volume-up"

    audio_url: Mapped[str | None] = mapped_column(
        Url,
        info={
            "label": N_("Link to a recording on another site"),
            "description": "A recording on another site, or a page that plays it; the uploaded file comes first.",
            "example": "https://audio.example/gulls.mp3",
        },
    )
    text: Mapped[str] = mapped_column(
        Text,
        default="",
        server_default="",
        info={
            "label": N_("Text"),
            "description": "Words that go with the recording, in Markdown; may be empty.",
            "example": "Recorded at *low tide*.",
        },
    )
