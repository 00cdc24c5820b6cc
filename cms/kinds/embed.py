"""Content that another site plays."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import PlayedUrl
from cms.messages import N_
from cms.pages.models import ContentItem


class Embed(ContentItem):
    """A video, a recording or a post on another site, with a text of any length in Markdown."""

    label = N_("From another site")
    icon = "fa-share-square-o"

    embed_url: Mapped[str | None] = mapped_column(
        PlayedUrl,
        info={
            "label": N_("Address on the other site"),
            "description": "Where the other site shows it: a page of YouTube, Vimeo, PeerTube, SoundCloud or "
            "Mastodon, or any other.",
            "example": "https://www.youtube.com/watch?v=aqz-KE-bpKQ",
        },
    )
    text: Mapped[str] = mapped_column(
        Text,
        default="",
        server_default="",
        info={
            "label": N_("Text"),
            "description": "Words that go with it, in Markdown; may be empty.",
            "example": "A short film by *Blender*.",
        },
    )
