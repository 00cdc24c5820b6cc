"""A picture with its caption."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Url
from cms.messages import N_
from cms.pages.models import ContentItem, Slot


class Picture(ContentItem):
    """A picture, as an uploaded file or a link to one elsewhere, with a caption and a credit."""

    label = N_("Picture")
    saved, deleted = N_("Picture saved."), N_("Picture deleted.")
    slots = (Slot("picture", accepts="image", label=N_("Picture file")),)
    icon = "fa-picture-o"

    picture_url: Mapped[str | None] = mapped_column(
        Url,
        info={
            "label": N_("Link to a picture on another site"),
            "description": "A picture on another site, or a page that shows it; the uploaded file comes first.",
            "example": "https://pictures.example/harbour.jpg",
        },
    )
    alt_text: Mapped[str] = mapped_column(
        String(500),
        default="",
        server_default="",
        info={
            "label": N_("What is to be seen, for those who cannot see it"),
            "description": "The picture in words, for those who cannot see it; if it is empty, use the title.",
            "example": "Three boats leave a harbour; the sun is just above the sea.",
        },
    )
    caption: Mapped[str] = mapped_column(
        String(500),
        default="",
        server_default="",
        info={
            "label": N_("Caption"),
            "description": "A line below the picture; may be empty.",
            "example": "The first boats leave at five.",
        },
    )
    credit: Mapped[str] = mapped_column(
        String(200),
        default="",
        server_default="",
        info={
            "label": N_("Credit"),
            "description": "Who made the picture; may be empty.",
            "example": "Photograph: Ann Example",
        },
    )
