"""Moving pictures, with subtitles."""

from sqlalchemy.orm import Mapped, mapped_column

from cms.models import ContentItem, Slot, Url


class Video(ContentItem):
    """A film: an uploaded file, or a link to one elsewhere."""

    slots = (Slot("video", accepts="video"), Slot("subtitles", accepts="subtitles", optional=True))
    icon = "fa-film"

    video_url: Mapped[str | None] = mapped_column(Url)
    subtitles_url: Mapped[str | None] = mapped_column(Url)
