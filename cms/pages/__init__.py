"""Pages and their items, as rows and as page documents."""

from cms.media import places
from cms.pages import attachments
from cms.pages import tagging as _tagging  # noqa: F401  keeps the index of tags
from cms.pages import text_files as _text_files  # noqa: F401  keeps files that texts name
from cms.pages import touching as _touching  # noqa: F401  updates pages when their items change

places.provide(attachments)
