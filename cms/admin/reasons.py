"""Why an upload or a derivative failed or waits, in the editor's language."""

from __future__ import annotations

from flask_babel import gettext

from cms.media.derivatives.models import Derivative
from cms.media.models import Upload


def reason(work: Upload | Derivative) -> str:
    """The reason as a translated sentence; empty if there is none."""
    if not work.reason:
        return ""
    values = {name: gettext(v) if isinstance(v, str) else v for name, v in (work.reason_values or {}).items()}
    return str(gettext(work.reason) % values) if values else gettext(work.reason)
