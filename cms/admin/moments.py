"""The form field for a moment: a date and a time in the site's time zone."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import DateTimeLocalField

from cms import current
from cms.messages import InvalidInput
from cms.pages import schedule


class MomentField(DateTimeLocalField):  # type: ignore[misc]
    """A moment, whose ``data`` is in UTC. It is written and shown in the site's time zone, which stands below it."""

    def __init__(self, label: Any, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options)

    def _value(self) -> str:
        if self.raw_data:
            return str(super()._value())
        zone = current.view_counter().zone
        return self.data.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the moment that was written."""
        self.data = None
        if not any(valuelist):
            return
        super().process_formdata(valuelist)
        written: Any = self.data
        try:
            self.data = schedule.moment(written, current.view_counter().zone)
        except InvalidInput as error:
            self.data = None
            raise ValueError(gettext(error.sentence)) from error
