"""Files in the wrong slot: the refusal says what they are, or they are accepted for their sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.media import mediatypes
from cms.messages import InvalidInput
from tests import mediabytes
from tests.mediabytes import SRT, VTT


def ftyp(*brands: bytes) -> bytes:
    """The ``ftyp`` box at the start of a file: the major brand, then the compatible ones."""
    body = brands[0] + bytes(4) + b"".join(brands)
    return (8 + len(body)).to_bytes(4) + b"ftyp" + body


def tracks(handler: bytes) -> bytes:
    """The ``moov`` box of a movie with one track of that kind."""
    box = b"hdlr" + bytes(8) + handler + bytes(13)
    for name in (b"mdia", b"trak", b"moov"):
        box = name + (len(box) + 4).to_bytes(4) + box
    return (len(box) + 4).to_bytes(4) + box


PICTURES = {
    "heic": ftyp(b"heic", b"mif1", b"heic"),
    "heix": ftyp(b"heix", b"mif1"),
    "hevc": ftyp(b"hevc", b"msf1", b"hevc") + tracks(b"pict"),
    "hevx": ftyp(b"hevx", b"msf1"),
    "mif1": ftyp(b"mif1", b"mif1", b"heic", b"miaf"),
    "msf1": ftyp(b"msf1", b"iso8", b"avis") + tracks(b"pict"),
    "avif": ftyp(b"avif", b"mif1", b"miaf"),
    "avis": ftyp(b"avis", b"avif", b"msf1") + tracks(b"pict"),
    "compatible brand alone": ftyp(b"isom", b"mp41", b"heic"),
    "cr3": ftyp(b"crx ", b"crx ", b"isom") + tracks(b"vide"),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01",
    "gif": b"GIF89a\x01\x00\x01\x00",
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "tiff": b"II*\x00\x08\x00\x00\x00",
    "tiff in big-endian order": b"MM\x00*\x00\x00\x00\x08",
    "tiff above 4 GB": b"II+\x00\x08\x00\x00\x00",
    "cr2": b"II*\x00\x10\x00\x00\x00CR\x02\x00",
    "crw": b"II\x1a\x00\x00\x00HEAPCCDR",
    "orf": b"IIRO\x08\x00\x00\x00",
    "raf": b"FUJIFILMCCD-RAW 0201FF383501",
    "mrw": b"\x00MRM\x00\x01\x00\x00",
    "bmp": b"BM\x36\x00\x03\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00",
    "jpeg xl": b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    "jpeg xl, bare": b"\xff\x0a\xfa\x1f\x01\x90",
    "jpeg 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n\x00\x00\x00\x14ftypjp2 ",
    "jpeg 2000, bare": b"\xff\x4f\xff\x51\x00\x2f\x00\x00",
    "mng": b"\x8aMNG\r\n\x1a\n",
    "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n",
    "photoshop": b"8BPS\x00\x01",
    "icon": b"\x00\x00\x01\x00\x01\x00\x10\x10",
    "qoi": b"qoif\x00\x00\x00\x10\x00\x00\x00\x10\x03\x00",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "svg with a prolog": b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "">\n<svg:svg/>',
}
SUBTITLES = {
    "srt": SRT.encode(),
    "srt in utf-16": SRT.encode("utf-16"),
    "srt in utf-32": SRT.encode("utf-32"),
    "vtt": VTT.encode(),
    "ass": b"[Script Info]\nTitle: a\n",
    "microdvd": b"{0}{25}Hello\n",
    "ttml": b'<?xml version="1.0" encoding="utf-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>',
    "ttml with a prefix": b'<tt:tt xmlns:tt="http://www.w3.org/ns/ttml"/>',
    "ttml in utf-16": '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"/>'.encode("utf-16"),
    "usf": b'<?xml version="1.0"?><USFSubtitles version="1.0"></USFSubtitles>',
    "sami": b"<SAMI>\n<HEAD><TITLE>a</TITLE></HEAD></SAMI>",
    "sami in utf-16": "<SAMI>\n<HEAD><TITLE>a</TITLE></HEAD></SAMI>".encode("utf-16"),
    "sami without its tag": b"<html><body><SYNC Start=1000><P>Hello.</body></html>",
    "mpl2": b"[0][20]Hello.\n",
    "subviewer": b"[INFORMATION]\n[TITLE]a\n",
    "sbv": b"0:00:01.000,0:00:02.000\nHello.\n",
    "lrc": b"[ti:a]\n[00:12.00]Hello.\n",
}


def refusal(path: Path, data: bytes, family: str) -> str:
    path.write_bytes(data)
    with pytest.raises(InvalidInput) as refused:
        mediatypes.check(path, family)
    return str(refused.value)


@pytest.mark.parametrize(("family", "wanted"), [("video", "a video"), ("audio", "an audio recording")])
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_called_one(tmp_path: Path, name: str, family: str, wanted: str) -> None:
    told = refusal(tmp_path / "film.mp4", PICTURES[name] + bytes(2000), family)
    assert told == f"The file is a picture, but {wanted} is needed here."


@pytest.mark.parametrize("name", ["heic", "cr3", "tiff", "bmp", "jpeg xl", "jpeg 2000"])
def test_a_picture_that_browsers_do_not_show_is_refused_in_a_picture_slot(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path / "a.jpg", PICTURES[name] + bytes(2000), "image").startswith("Pictures of this type")


@pytest.mark.parametrize("name", ["avif", "avis"])
def test_avif_belongs_into_a_picture_slot(tmp_path: Path, name: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(PICTURES[name] + bytes(2000))
    assert mediatypes.check(path, "image").media_type.mime == "image/avif"


@pytest.mark.parametrize("brand", [b"mif1", b"heic", b"avif", b"XAVC", b"\0\0\0\0"])
def test_a_video_with_an_odd_brand_is_a_video(tmp_path: Path, media_files: dict[str, Path], brand: bytes) -> None:
    whole = media_files["video.mp4"].read_bytes()
    for at in (8, 16):  # as the major brand, and as one of the compatible ones
        path = tmp_path / "film.mp4"
        path.write_bytes(whole[:at] + brand + whole[at + 4 :])
        assert mediatypes.check(path, "video").media_type.mime == "video/mp4"


@pytest.mark.parametrize("family", ["video", "audio"])
@pytest.mark.parametrize("name", SUBTITLES)
def test_subtitles_are_called_so(tmp_path: Path, name: str, family: str) -> None:
    assert refusal(tmp_path / "film.mp4", SUBTITLES[name], family).startswith("The file is a subtitle file, but ")


@pytest.mark.parametrize("root", [b"<MPD>", b"<playlist>", b"<smil>", b"<!-- a --><rss>"])
@pytest.mark.parametrize("family", ["video", "audio", "image", "document"])
def test_another_xml_document_is_called_no_web_page(tmp_path: Path, root: bytes, family: str) -> None:
    told = refusal(tmp_path / "film.mp4", b'<?xml version="1.0"?>\n' + root, family)
    assert told == "This is an XML document. Such files are not accepted."


# container and audio codec -> the stored type and extension
SOUND_ALONE = {
    ("mpegts", "aac"): ("video/mp2t", "ts"),
    ("mpegts", "mp2"): ("video/mp2t", "ts"),
    ("mpeg", "mp2"): ("video/mpeg", "mpg"),
    ("vob", "ac3"): ("video/mpeg", "mpg"),
    ("flv", "aac"): ("video/x-flv", "flv"),
    ("flv", "libmp3lame"): ("video/x-flv", "flv"),
    ("avi", "libmp3lame"): ("video/x-msvideo", "avi"),
    ("matroska", "aac"): ("audio/x-matroska", "mka"),
    ("webm", "libopus"): ("audio/webm", "weba"),
    ("mp4", "aac"): ("audio/mp4", "m4a"),
    ("mov", "aac"): ("audio/mp4", "m4a"),
    ("3gp", "aac"): ("audio/mp4", "m4a"),
    ("asf", "wmav2"): ("audio/x-ms-wma", "wma"),
    ("mp3", "libmp3lame"): ("audio/mpeg", "mp3"),
    ("mp2", "mp2"): ("audio/mpeg", "mp2"),
}


@pytest.mark.parametrize("how", SOUND_ALONE, ids=str)
def test_sound_alone_belongs_into_an_audio_slot_whatever_holds_it(tmp_path: Path, how: tuple[str, str]) -> None:
    path = mediabytes.make(tmp_path / "film.mp4", how[0], None, how[1])
    found = mediatypes.check(path, "audio")
    assert (found.media_type.mime, found.media_type.extension) == SOUND_ALONE[how]
    assert found.family == "audio"
    assert mediatypes.BY_EXTENSION[found.media_type.extension] == found.media_type


@pytest.mark.parametrize("how", [how for how in SOUND_ALONE if how[0] not in ("mp3", "mp2")], ids=str)
def test_in_a_video_slot_it_is_told_to_have_no_picture(tmp_path: Path, how: tuple[str, str]) -> None:
    path = mediabytes.make(tmp_path / "film.mp4", how[0], None, how[1])
    with pytest.raises(InvalidInput, match=r"has sound but no picture\. Upload it to an audio item"):
        mediatypes.check(path, "video")


def test_the_first_layer_of_mpeg_audio_is_not_called_mp3(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp3"
    path.write_bytes((b"\xff\xff\x14\xc4" + bytes(28)) * 200)  # frames of 32 kbit/s at 48 kHz, silent
    found = mediatypes.check(path, "audio")
    assert (found.media_type.mime, found.media_type.extension) == ("audio/mpeg", "mp1")
