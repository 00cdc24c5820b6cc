"""Mail by SMTP (RFC 5321): one message a connection, encrypted if the server can."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

#: Seconds that a server may take for each answer.
TIMEOUT = 20


def send(smtp_url: str, sender: str, to: str, subject: str, text: str) -> None:
    """Send a message.

    Args:
        smtp_url: ``smtps://user:password@host:465``, or ``smtp://…`` for STARTTLS. Without it nothing is sent to a
            server that asks for a password.

    Raises:
        smtplib.SMTPException, OSError: the server cannot be reached, or does not take it.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2].strip("> "))
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday reply comes back
    message.set_content(text)
    parts = urlsplit(smtp_url)
    host, tls = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=tls)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
    with server:
        server.ehlo()
        if parts.scheme == "smtp" and (parts.username or server.has_extn("starttls")):
            server.starttls(context=tls)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
