"""Pages: what is on them, as rows and as page documents, and how they are found."""

from cms.pages import attachments as _attachments  # noqa: F401  has uploads go into slots
from cms.pages import touching as _touching  # noqa: F401  has pages change with their items
