"""Celery tasks: they open a session, call a domain, commit and retry. The logic is in the domains.

The row is the outbox: recovery tasks handle work whose task is lost, sent twice or killed.
"""

from cms.tasks.accounts import send_invitation, send_reset_link
from cms.tasks.derivatives import derive, derive_slowly, recover_derivatives, send_derivatives
from cms.tasks.media import collect_media, probe_media, verify_media
from cms.tasks.pages import empty_trash, publish_pages
from cms.tasks.uploads import process_upload, send_upload, sweep
from cms.tasks.views import flush_views

__all__ = [
    "collect_media",
    "derive",
    "derive_slowly",
    "empty_trash",
    "flush_views",
    "probe_media",
    "process_upload",
    "publish_pages",
    "recover_derivatives",
    "send_derivatives",
    "send_invitation",
    "send_reset_link",
    "send_upload",
    "sweep",
    "verify_media",
]
