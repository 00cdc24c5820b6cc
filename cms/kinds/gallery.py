"""Several pictures together."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.messages import N_
from cms.pages.models import ContentItem, Slot
from cms.pages.slots import FileText


class Gallery(ContentItem):
    """Pictures in order, each with a caption and a credit, and a text to all of them."""

    label = N_("Gallery")
    saved, deleted = N_("Gallery saved."), N_("Gallery deleted.")
    slots = (
        Slot(
            "pictures",
            accepts="image",
            label=N_("Pictures"),
            many=True,
            texts=(
                FileText(
                    "alt",
                    label=N_("What is to be seen, for those who cannot see it"),
                    description="The picture in words, for those who cannot see it; if it is empty, use the caption.",
                    example="Three boats leave a harbour; the sun is just above the sea.",
                ),
                FileText(
                    "caption",
                    label=N_("Caption"),
                    description="A line below the picture; may be empty.",
                    example="The first boats leave at five.",
                ),
                FileText(
                    "credit",
                    label=N_("Credit"),
                    description="Who made the picture; may be empty.",
                    example="Photograph: Ann Example",
                    length=200,
                ),
            ),
        ),
    )
    icon = "fa-th-large"

    text: Mapped[str] = mapped_column(
        Text,
        default="",
        server_default="",
        info={
            "label": N_("Text"),
            "description": "A text to the pictures in Markdown, of any length; may be empty.",
            "example": "All of them from the *same* window.",
        },
    )
