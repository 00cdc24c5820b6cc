"""Moving pictures, with subtitles."""

from sqlalchemy.orm import Mapped, mapped_column

from cms.models import N_, ContentItem, Slot, Url


class Video(ContentItem):
    """A film: an uploaded file, or a link to one elsewhere."""

    label = N_("Video")
    slots = (
        Slot("video", accepts="video", label=N_("Video file")),
        Slot("subtitles", accepts="subtitles", label=N_("Subtitles (SRT or WebVTT)"), optional=True),
    )
    icon = "fa-film"

    video_url: Mapped[str | None] = mapped_column(Url, info={"label": N_("Link to a video elsewhere")})
    subtitles_url: Mapped[str | None] = mapped_column(Url, info={"label": N_("Link to subtitles elsewhere")})
