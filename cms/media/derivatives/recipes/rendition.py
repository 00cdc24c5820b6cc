"""A version of a film or recording for browsers that do not play the file itself: an MP4 that they all play.

Tracks that they play are copied, and the others are encoded as H.264 and AAC.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from av import AudioStream, VideoStream
from av.container import InputContainer
from av.stream import Disposition

from cms.media import probe
from cms.media.derivatives import ffmpeg
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress
from cms.media.facts import is_cover
from cms.media.models import MediaFile
from cms.media.playing import Unplayable, unplayable
from cms.media.probe import MAX_SIDE, Probe
from cms.messages import N_, InvalidInput

NAME, VERSION, FIELD = "rendition", 1, "sources"

#: The largest picture that is encoded, by its shorter and its longer side in pixels, and the most frames per second.
MAX_SHORT_SIDE, MAX_LONG_SIDE, MAX_FRAME_RATE = 1080, 3840, 60
#: The most samples per second that are encoded, and the bits per second of each channel.
MAX_SAMPLE_RATE, CHANNEL_BITS = 48_000, 80_000

_HOPELESS = {Unplayable.EMPTY, Unplayable.UNREADABLE, Unplayable.ENCRYPTED}
_PIXELS = {Unplayable.BIT_DEPTH, Unplayable.CHROMA}

# Transfer functions of high dynamic range (ISO/IEC 23091-2, table 3), as FFmpeg's filter calls them: PQ and HLG.
_HDR = {16: "smpte2084", 18: "arib-std-b67"}
_TONE_MAPPED = (
    "zscale=tin={transfer}:pin=bt2020:min=bt2020nc:rin=tv:t=linear:npl=100,format=gbrpf32le,"
    "zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
)


@dataclass(frozen=True)
class _Tracks:
    """The tracks of a file that are shown. A picture's size is as it is shown."""

    video: VideoStream | None
    audio: AudioStream | None
    width: int
    height: int
    copies_video: bool
    copies_audio: bool


def is_for(media_file: MediaFile) -> bool:
    """For whatever browsers do not play, unless there is nothing in it that could be read."""
    is_known = media_file.video_codec is not None or media_file.audio_codec is not None
    return media_file.playable is False and is_known and not _HOPELESS.intersection(media_file.unplayable or ())


def COST(media_file: MediaFile) -> Cost:
    """Pictures take long to encode. To copy them, or to encode sound alone, takes little more than to read the file."""
    is_encoded = media_file.video_codec is not None and not _copies_video(media_file)
    return Cost.SLOW if is_encoded else Cost.MEDIUM


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Copy what browsers play and encode the rest. If something cannot be copied after all, encode everything."""
    found = probe.probe(source)
    if found is None:
        raise InvalidInput(N_("The file cannot be read."))
    with opened(source) as container:
        tracks = _tracks(container, found)
        copied, encoded = _arguments(tracks, copies=True), _arguments(tracks, copies=False)
    try:
        return _made(source, found, copied, folder, progress)
    except InvalidInput:
        if copied == encoded:
            raise
    return _made(source, found, encoded, folder, progress)


def _copies_video(found: Probe | MediaFile) -> bool:
    """Whether browsers play the pictures once they are in an MP4."""
    return not unplayable("mp4", found.video_codec, None, None) and not _PIXELS.intersection(found.unplayable or ())


def _tracks(container: InputContainer, found: Probe) -> _Tracks:
    """The first video track, and the audio track that is marked as the default, or else the first.

    Raises:
        InvalidInput: the picture is too large, or a track cannot be decoded.
    """
    video = next((stream for stream in container.streams.video if not is_cover(stream)), None)
    if video and not (found.width and found.height):
        raise InvalidInput(N_("No picture of this video can be read."))
    width, height = found.width or 0, found.height or 0
    if max(width, height) > MAX_SIDE:
        raise InvalidInput(N_("The picture is larger than %(side)s pixels."), side=MAX_SIDE)
    known = [stream for stream in container.streams.audio if stream.codec_context]
    if container.streams.audio and not known:
        raise InvalidInput(N_("The sound of this file cannot be decoded."))
    heard = [stream for stream in known if stream.codec_context.sample_rate]  # others are announced, and never come
    audio = next((stream for stream in heard if stream.disposition & Disposition.default), None) or next(
        iter(heard), None
    )
    codec = audio.codec_context.codec.canonical_name if audio else None
    return _Tracks(video, audio, width, height, _copies_video(found), not unplayable("mp4", None, None, codec))


def _arguments(tracks: _Tracks, *, copies: bool) -> list[str]:
    """FFmpeg's arguments for a file with these tracks. Metadata is left out: it may be private."""
    arguments = ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"]
    if tracks.video:
        arguments += ["-map", f"0:{tracks.video.index}", "-c:v"]
        arguments += ["copy"] if copies and tracks.copies_video else _encoded_video(tracks, tracks.video)
    if tracks.audio:
        arguments += ["-map", f"0:{tracks.audio.index}", "-c:a"]
        arguments += ["copy"] if copies and tracks.copies_audio else _encoded_audio(tracks.audio)
    return [*arguments, "-movflags", "+faststart", "-f", "mp4"]


def _encoded_video(tracks: _Tracks, video: VideoStream) -> list[str]:
    """The encoder, and the filters before it. FFmpeg has turned the picture then as the file says."""
    short, long = sorted((tracks.width, tracks.height))
    scale = min(1.0, MAX_SHORT_SIDE / short, MAX_LONG_SIDE / long)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (tracks.width, tracks.height))
    filters = ["bwdif=mode=send_frame:deint=interlaced"]
    if video.average_rate and video.average_rate > MAX_FRAME_RATE:
        filters.append(f"fps={MAX_FRAME_RATE}")
    filters += [f"scale={width}:{height}:out_range=tv", "setsar=1"]
    if transfer := _HDR.get(video.codec_context.color_trc if video.codec_context else 0):
        filters.append(_TONE_MAPPED.format(transfer=transfer))
    return [
        *("libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2"),
        *("-vf", ",".join([*filters, "format=yuv420p"])),
    ]


def _encoded_audio(audio: AudioStream) -> list[str]:
    channels, rate = audio.codec_context.channels, audio.codec_context.sample_rate
    arguments = ["aac", "-b:a", str(CHANNEL_BITS * min(2, channels or 2)), "-af", "aresample=async=1"]
    arguments += ["-ac", "2"] if channels > 2 else []
    return arguments + (["-ar", str(MAX_SAMPLE_RATE)] if rate > MAX_SAMPLE_RATE else [])


def _made(source: Path, found: Probe, arguments: list[str], folder: Path, progress: Progress) -> Made:
    """Run FFmpeg, and look at what it has written before anybody plays it."""
    target = folder / ("video.mp4" if found.video_codec else "audio.m4a")
    ffmpeg.convert(source, arguments, target, found.duration, progress)
    made = probe.probe(target)
    is_whole = made and (made.video_codec is None) == (found.video_codec is None)
    if made is None or not made.playable or not is_whole:
        raise InvalidInput(N_("The version for browsers that was made does not play."))
    ffmpeg.check_duration(found, made.duration)
    encoded = [kind for kind, option in (("video", "-c:v"), ("audio", "-c:a")) if _is_encoded(arguments, option)]
    return Made([MadeFile(target.name, made.width, made.height)], {"encoded": encoded})


def _is_encoded(arguments: list[str], option: str) -> bool:
    return option in arguments and arguments[arguments.index(option) + 1] != "copy"
