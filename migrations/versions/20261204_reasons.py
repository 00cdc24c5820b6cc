"""reasons in the sentences that are translated today

Revision ID: c4d81f6b27a9
Revises: 5befec6a0fb9
Create Date: 2026-11-27 11:25:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "c4d81f6b27a9"
down_revision = "5befec6a0fb9"
branch_labels = None
depends_on = None

# A reason is stored in English, and translated when it is shown, by the catalog of that day. The names in the
# placeholders are the same on both sides.
_INTERRUPTED = "The processing of this file was interrupted."
_NOT_SUBTITLES = "This is not a subtitle file. SRT, WebVTT and ASS are supported."
_PICTURES = "Pictures of this type are not accepted. Use JPEG, PNG, GIF, WebP or AVIF."
_SENTENCES = {
    "Images of this type are not accepted. Use JPEG, PNG, GIF, WebP or AVIF.": _PICTURES,
    "Items of this kind do not take such a file any more.": "Items of this kind no longer accept this file.",
    "Pictures of this type are not accepted; JPEG, PNG, GIF, WebP and AVIF are.": _PICTURES,
    "Subtitles may be at most %(size)d MB large.": "A subtitle file may be at most %(size)d MB.",
    "The file begins like audio or video, but nothing in it is understood; it may be damaged or incomplete.": (
        "The file starts like audio or video, but it cannot be read. It may be damaged or incomplete."
    ),
    "The file did not arrive whole; please upload it again.": (
        "The file did not arrive completely. Please upload it again."
    ),
    "The file has sound but no picture; put it into an audio item.": (
        "The file has sound but no picture. Upload it to an audio item."
    ),
    "The file is %(found)s, but %(wanted)s is wanted here.": "The file is %(found)s, but %(wanted)s is needed here.",
    "The file was taken out before it was stored.": "The file was removed before it was stored.",
    "The file's contents are not of a type that is understood, whatever its name says.": (
        "The file's contents are not of a supported type, whatever its name says."
    ),
    "The program failed on this file; the site's log says why.": (
        "The program failed on this file. The site's log says why."
    ),
    "The work on this file was cut off.": _INTERRUPTED,
    "There is no cue in this file that a browser can show.": "This file has no cues that a browser can show.",
    "There is no room left on the disk.": "The disk is full.",
    "There is nothing in this file that can be played.": "There is nothing to play in this file.",
    "These are %(format)s subtitles; SRT, WebVTT and ASS are understood.": (
        "These are %(format)s subtitles. SRT, WebVTT and ASS are supported."
    ),
    "This ASS file is damaged, and cannot be read.": "This ASS file is damaged and cannot be read.",
    "This is a %(format)s archive; unpack it, and upload the subtitle file.": (
        "This is a %(format)s archive. Unpack it and upload the subtitle file."
    ),
    "This is a web page or an SVG drawing; such files are not stored.": (
        "This is a web page or an SVG drawing. Such files are not accepted."
    ),
    "This is an XML document; such files are not stored.": "This is an XML document. Such files are not accepted.",
    "This is not a subtitle file; SRT and WebVTT are understood.": _NOT_SUBTITLES,
    "This is not a subtitle file; SRT, WebVTT and ASS are understood.": _NOT_SUBTITLES,
}
# The values of placeholders that are translated, too.
_NAMES = {"subtitles": "a subtitle file"}


def upgrade() -> None:
    upload = sa.table(
        "upload", sa.column("id"), sa.column("reason", sa.String), sa.column("reason_values", sa.JSON(none_as_null=True))
    )
    connection = op.get_bind()
    former = sa.select(upload).where(upload.c.reason.in_(_SENTENCES))
    for row in connection.execute(former).all():
        values = row.reason_values and {name: _NAMES.get(value, value) for name, value in row.reason_values.items()}
        changed = {"reason": _SENTENCES[row.reason], "reason_values": values}
        connection.execute(upload.update().where(upload.c.id == row.id).values(**changed))


def downgrade() -> None:
    """The release before shows these sentences in English."""
