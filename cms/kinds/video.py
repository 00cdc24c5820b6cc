"""Video with subtitles."""

from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Url
from cms.messages import N_
from cms.pages.captions import TRACKS
from cms.pages.chapters import WithChapters
from cms.pages.models import ContentItem, Slot


class Video(WithChapters, ContentItem):
    """A video with its subtitles: uploaded files, or links to files elsewhere."""

    label = N_("Video")
    saved, deleted = N_("Video saved."), N_("Video deleted.")
    slots = (
        Slot("video", accepts="video", label=N_("Video file")),
        Slot("subtitles", accepts="subtitles", label=N_("Subtitles (SRT, WebVTT or ASS)"), optional=True),
        TRACKS,
    )
    icon = "fa-film"

    video_url: Mapped[str | None] = mapped_column(
        Url,
        info={
            "label": N_("Link to a video on another site"),
            "description": "A video on another site, or a page that plays it; the uploaded file comes first.",
            "example": "https://video.example/harbour.mp4",
        },
    )
    subtitles_url: Mapped[str | None] = mapped_column(
        Url,
        info={
            "label": N_("Link to subtitles on another site"),
            "description": "Subtitles on another site; the uploaded file comes first.",
            "example": "https://video.example/harbour.vtt",
        },
    )
