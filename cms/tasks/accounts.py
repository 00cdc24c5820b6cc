"""Tasks for accounts: links by mail. Their tokens are made here, so that none passes through the broker."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

import structlog
from celery import Task, shared_task
from flask_babel import force_locale, gettext

from cms import current
from cms.accounts import links, mail, users
from cms.accounts.models import User
from cms.extensions import db

log = structlog.get_logger(__name__)

#: How often a message is tried again, and after how many seconds.
RETRIES, RETRY_AFTER = 5, 60
_failures: dict[str, Any] = {
    "autoretry_for": (OSError, SMTPException),
    "max_retries": RETRIES,
    "default_retry_delay": RETRY_AFTER,
}


@shared_task(name="cms.send_invitation", bind=True, **_failures)
def send_invitation(_task: Task, user_id: int) -> None:
    """Send a link to somebody who was invited."""
    user = db.session.get(User, user_id)
    if user and user.is_active:
        _send_link(user)


@shared_task(name="cms.send_reset_link", bind=True, **_failures)
def send_reset_link(_task: Task, email: str) -> None:
    """Send a link to whoever has an account with that address; nothing if nobody has."""
    user = users.find(db.session(), email)
    if user and user.is_active:
        _send_link(user)


def _send_link(user: User) -> None:
    settings, is_new = current.settings(), not user.password_hash
    address, language = user.email, user.language or settings.site_language
    link = f"{settings.site_url}/login/password?token={links.make(db.session(), user)}"
    db.session.commit()
    with force_locale("ru" if language.startswith("ru") else "en"):
        if is_new:
            subject = gettext("You are invited to %(site)s", site=settings.site_name)
            words = gettext("Choose a password with this link within seven days. It works once:")
        else:
            subject = gettext("A new password for %(site)s", site=settings.site_name)
            words = gettext(
                "Choose a new password with this link within a day. It works once. "
                "If you have not asked for it, do nothing: your password stays as it is."
            )
    mail.send(settings.smtp_url, settings.mail_from, address, subject, f"{words}\n\n{link}\n")
    log.info("link_sent", user=user.id)
