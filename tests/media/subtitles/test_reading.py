"""Whatever players show is shown, however odd its times, blank lines and tags are."""

from __future__ import annotations

import pytest

from cms.media import subtitles
from cms.media.subtitles import cue_text, reading
from tests.media.subtitles import cases


@pytest.mark.parametrize("name", cases.ALL)
def test_each_cue_is_there_with_its_times_and_its_text(name: str) -> None:
    data, expected = cases.ALL[name]
    webvtt = subtitles.convert(data).webvtt.decode()
    assert webvtt.count("-->") == len(expected), "in text an arrow would end the cue"
    cues = sorted(reading.read(webvtt).cues, key=lambda cue: (cue.start, cue.end))
    assert [(cue.start, cue.end, cue_text.plain(cue.text).strip()) for cue in cues] == expected, webvtt
