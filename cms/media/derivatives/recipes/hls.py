"""A film in several sizes for adaptive streaming (HLS, RFC 8216), if the setting ``HLS`` turns it on.

It is made from what browsers play: the version for browsers, or else the film itself. The largest size is the film as
it is, copied, and the smaller ones are encoded. Each size is one file of fragmented MP4 with its sound, of which
players ask for ranges. The light build of hls.js knows no sound in a file of its own.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from av import VideoStream
from av.container import InputContainer

from cms.media import probe
from cms.media.containers import BROKEN
from cms.media.derivatives import ffmpeg
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress
from cms.media.facts import is_cover
from cms.media.models import MediaFile
from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

NAME, VERSION, FIELD = "hls", 2, "hls"

#: The recipe whose files this one starts from, where there are any.
STARTS_FROM = "rendition"

#: The setting ``HLS``. :func:`cms.create_app` sets it.
setting = False

#: The sizes, by the shorter side in pixels, and for each the most kilobits per second of its pictures.
RUNGS = {1080: 5000, 720: 2800, 480: 1400, 360: 800}
#: The seconds of a segment, and the most between two keyframes of a film that is copied.
SEGMENT, MOST_BETWEEN_KEYFRAMES = 4, 12
#: Bits per second of sound that is encoded.
AUDIO_BITS = 160_000

_MASTER = "hls.m3u8"
_LENGTH = re.compile(r"#EXTINF:([\d.]+)")
_TARGET = re.compile(r"#EXT-X-TARGETDURATION:(\d+)")


def is_on() -> bool:
    """Whether the setting turns it on."""
    return setting


def is_for(media_file: MediaFile) -> bool:
    """For films that have a version for browsers, or that are H.264 with AAC or MP3 themselves."""
    if media_file.video_codec is None:
        return False
    suits = media_file.video_codec == "h264" and media_file.audio_codec in ("aac", "mp3", None)
    return bool((media_file.derived or {}).get("sources")) or (media_file.playable is True and suits)


def COST(media_file: MediaFile) -> Cost:
    """To copy a small film takes little more than to read it. Anything else is encoded, most likely."""
    is_copied = media_file.video_codec == "h264" and not _smaller(media_file.width, media_file.height)
    return Cost.MEDIUM if is_copied else Cost.SLOW


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write a playlist and a file for each size, and a playlist of those. Nothing is copied if keyframes are rare."""
    found = probe.probe(source)
    if found is None or found.video_codec is None or not found.playable or not (found.width and found.height):
        raise InvalidInput(N_("The file cannot be read."))
    names = _convert(source, found, folder, progress, copies=_can_be_copied(source, found))
    for name in names:
        ffmpeg.check_duration(found, sum(map(float, _LENGTH.findall(_read(folder, name)))))
    _agree_on_target(folder, names)
    files = [MadeFile(_MASTER, names=tuple(_playlist(name) for name in names))]
    for name in names:
        files += [MadeFile(_playlist(name), names=(_segments(name),)), MadeFile(_segments(name))]
    return Made(files, {"sizes": names})


def _smaller(width: int | None, height: int | None) -> list[int]:
    """The rungs below a picture."""
    return [rung for rung in RUNGS if rung < min(width or 0, height or 0)]


def _can_be_copied(source: Path, found: Probe) -> bool:
    """Whether the film is like the other sizes: H.264, upright, with square pixels, and keyframes often enough."""
    with opened(source) as container:
        video = next(stream for stream in container.streams.video if not is_cover(stream))
        is_alike = found.video_codec == "h264" and (video.width, video.height) == (found.width, found.height)
        return is_alike and _longest_pause(container, video) <= MOST_BETWEEN_KEYFRAMES


def _longest_pause(container: InputContainer, video: VideoStream) -> float:
    """The most seconds between two keyframes, or from the last one to the end, as far as the file is intact."""
    longest, keyframe = 0.0, None
    with suppress(*BROKEN):
        for packet in container.demux(video):
            if packet.pts is None:
                continue
            seconds = float(packet.pts * packet.time_base)
            keyframe = seconds if keyframe is None else keyframe
            longest = max(longest, seconds - keyframe)
            keyframe = seconds if packet.is_keyframe else keyframe
    return longest


def _convert(source: Path, found: Probe, folder: Path, progress: Progress, *, copies: bool) -> list[str]:
    """Run FFmpeg, which decodes the film once for all sizes. Returns the names of the sizes, from the largest."""
    width, height = found.width or 0, found.height or 0
    smaller = _smaller(width, height)
    top = min(width, height, max(RUNGS))
    encoded = smaller if copies else sorted({top, *smaller}, reverse=True)
    names = ["copy"] * copies + [str(rung) for rung in encoded]
    ffmpeg.convert(source, _arguments(found, encoded, names, folder), folder / "size-%v.m3u8", found.duration, progress)
    return names


def _arguments(found: Probe, encoded: list[int], names: list[str], folder: Path) -> list[str]:
    """FFmpeg's arguments. Keyframes are forced at the same times in every size, so that players change between them."""
    arguments = ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"]
    if encoded:
        outputs = "".join(f"[in{rung}]" for rung in encoded)
        filters = [f"[0:V:0]split={len(encoded)}{outputs}"]
        filters += [f"[in{rung}]{_scaled(found, rung)}[out{rung}]" for rung in encoded]
        arguments += ["-filter_complex", ";".join(filters)]
    copied = len(names) - len(encoded)
    arguments += ["-map", "0:V:0", "-c:v:0", "copy"] if copied else []
    for number, rung in enumerate(encoded, copied):
        most = next(RUNGS[known] for known in sorted(RUNGS) if known >= rung)
        arguments += ["-map", f"[out{rung}]", f"-c:v:{number}", "libx264", f"-preset:v:{number}", "veryfast"]
        arguments += [f"-crf:v:{number}", "23", f"-maxrate:v:{number}", f"{most}k", f"-bufsize:v:{number}"]
        arguments += [f"{2 * most}k", f"-threads:v:{number}", "2", f"-sc_threshold:v:{number}", "0"]
        arguments += [f"-force_key_frames:v:{number}", f"expr:gte(t,n_forced*{SEGMENT})"]
    if found.audio_codec:
        sound = ["copy"] if found.audio_codec == "aac" else ["aac", "-ac", "2", "-b:a", str(AUDIO_BITS)]
        arguments += ["-map", "0:a:0"] * len(names) + ["-c:a", *sound]
    streams = [f"v:{number}{f',a:{number}' * bool(found.audio_codec)},name:{name}" for number, name in enumerate(names)]
    return [
        *arguments,
        # Frames are decoded before they are shown. To make room for that, FFmpeg would show everything later than the
        # times of captions and chapters say.
        *("-avoid_negative_ts", "disabled"),
        *("-f", "hls", "-hls_time", str(SEGMENT), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
        *("-hls_flags", "single_file", "-hls_segment_filename", f"file:{folder}/size-%v.m4s"),
        *("-master_pl_name", _MASTER, "-var_stream_map", " ".join(streams)),
    ]


def _scaled(found: Probe, rung: int) -> str:
    """The filters that scale a picture, which FFmpeg has turned as the file says, to a shorter side."""
    width, height = found.width or 0, found.height or 0
    scale = rung / min(width, height)
    even = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    return "bwdif=mode=send_frame:deint=interlaced,scale={}:{}:out_range=tv,setsar=1,format=yuv420p".format(*even)


def _playlist(name: str) -> str:
    return f"size-{name}.m3u8"


def _segments(name: str) -> str:
    return f"size-{name}.m4s"


def _read(folder: Path, name: str) -> str:
    return (folder / _playlist(name)).read_text("ascii")


def _longest(folder: Path, names: list[str]) -> int:
    """The length of the longest segment of all sizes, in seconds, rounded."""
    return max(int(seconds) for name in names for seconds in _TARGET.findall(_read(folder, name)))


def _agree_on_target(folder: Path, names: list[str]) -> None:
    """Have all playlists announce the longest segment of them all, as the standard wants it (section 6.2.4)."""
    longest = _longest(folder, names)
    for name in names:
        text = _TARGET.sub(f"#EXT-X-TARGETDURATION:{longest}", _read(folder, name))
        (folder / _playlist(name)).write_text(text, "ascii")
