"""A document to download."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Url
from cms.messages import N_
from cms.pages.models import ContentItem, Slot


class Document(ContentItem):
    """A document, as an uploaded file or a link to one elsewhere, with a text of any length in Markdown."""

    label = N_("Document")
    saved, deleted = N_("Document saved."), N_("Document deleted.")
    slots = (Slot("document", accepts="document", label=N_("Document file (PDF, Office or ZIP)")),)
    icon = "fa-file-text-o"

    document_url: Mapped[str | None] = mapped_column(
        Url,
        info={
            "label": N_("Link to a document on another site"),
            "description": "A document on another site; the uploaded file comes first.",
            "example": "https://documents.example/timetable.pdf",
        },
    )
    text: Mapped[str] = mapped_column(
        Text,
        default="",
        server_default="",
        info={
            "label": N_("Text"),
            "description": "What the document is about, in Markdown; may be empty.",
            "example": "All departures from *May to October*.",
        },
    )
