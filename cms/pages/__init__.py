"""Pages: what is on them, as rows and as page documents, and how they are found."""

from cms.media import places
from cms.pages import attachments
from cms.pages import touching as _touching  # noqa: F401  has pages change with their items

places.provide(attachments)
