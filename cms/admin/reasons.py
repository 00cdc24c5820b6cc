"""Why an upload or a derivative failed or waits, in the editor's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from cms.media.derivatives.models import Derivative
from cms.media.models import Upload


def reason(work: Upload | Derivative) -> str:
    """The reason as a translated sentence; empty if there is none."""
    return sentence(work.reason, work.reason_values) if work.reason else ""


def sentence(words: str, values: dict[str, Any] | None) -> str:
    """A marked sentence with its values, translated."""
    translated = {name: gettext(v) if isinstance(v, str) else v for name, v in (values or {}).items()}
    return str(gettext(words) % translated) if translated else gettext(words)
