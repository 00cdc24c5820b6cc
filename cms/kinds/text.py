"""Text alone."""

from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from cms.messages import N_
from cms.pages.models import ContentItem


class Text(ContentItem):
    """A text of any length in Markdown."""

    label = N_("Text")
    saved, deleted = N_("Text saved."), N_("Text deleted.")
    icon = "fa-align-left"

    text: Mapped[str] = mapped_column(
        LongText,
        default="",
        server_default="",
        info={
            "label": N_("Text"),
            "description": "The text in Markdown, of any length; may be empty.",
            "example": "## Monday\n\nThe first boats leave at *five*.",
        },
    )
