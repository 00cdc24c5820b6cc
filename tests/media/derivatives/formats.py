"""Sixty formats that editors may send, each a short film or tone, made by FFmpeg in one go."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

_FILM = "-map 0:v -map 1:a"
_SILENT = "-map 0:v"
_SOUND = "-map 1:a"
_H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
_HEVC = "-c:v libx265 -preset ultrafast -x265-params log-level=none"
_X265_HDR = "log-level=none:colorprim=bt2020:colormatrix=bt2020nc:transfer="


@dataclass(frozen=True)
class Format:
    """FFmpeg's arguments for a file, and which of its tracks are encoded for browsers; ``None`` if it is kept."""

    arguments: str
    encoded: str | None = None


#: What has a picture, by the name of its file.
FILMS = {
    # Browsers play these.
    "h264-aac.mp4": Format(f"{_FILM} {_H264} -c:a aac"),
    "h264-mp3.mp4": Format(f"{_FILM} {_H264} -c:a libmp3lame"),
    "h264-aac.mov": Format(f"{_FILM} {_H264} -c:a aac"),
    "h264.mp4": Format(f"{_SILENT} {_H264}"),
    "fragmented.mp4": Format(f"{_FILM} {_H264} -c:a aac -movflags +frag_keyframe+empty_moov"),
    "h264-aac.3gp": Format(f"{_FILM} {_H264} -c:a aac"),
    "vp8-vorbis.webm": Format(f"{_FILM} -c:v libvpx -deadline realtime -c:a libvorbis"),
    "vp9-opus.webm": Format(f"{_FILM} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
    "av1-opus.webm": Format(f"{_FILM} -c:v libaom-av1 -usage realtime -cpu-used 8 -c:a libopus"),
    # Only the container has to be changed.
    "h264-aac.mkv": Format(f"{_FILM} {_H264} -c:a aac", ""),
    "h264-aac.ts": Format(f"{_FILM} {_H264} -c:a aac", ""),
    "h264-aac.flv": Format(f"{_FILM} {_H264} -c:a aac", ""),
    "h264-mp3.avi": Format(f"{_FILM} {_H264} -bf 0 -c:a libmp3lame", ""),
    "b-frames.avi": Format(f"{_FILM} -c:v libx264 -bf 3 -pix_fmt yuv420p -c:a libmp3lame", ""),
    "h264-opus.mkv": Format(f"{_FILM} {_H264} -c:a libopus", ""),
    "h264-flac.mkv": Format(f"{_FILM} {_H264} -c:a flac", ""),
    "vp9-opus.mkv": Format(f"{_FILM} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus", ""),
    "av1-opus.mkv": Format(f"{_FILM} -c:v libaom-av1 -usage realtime -cpu-used 8 -c:a libopus", ""),
    "h264.ts": Format(f"{_SILENT} {_H264}", ""),
    "live.mkv": Format(f"{_FILM} {_H264} -c:a aac -live 1", ""),
    # The sound has to be encoded.
    "h264-ac3.mp4": Format(f"{_FILM} {_H264} -c:a ac3", "audio"),
    "h264-eac3.mkv": Format(f"{_FILM} {_H264} -c:a eac3", "audio"),
    "h264-dts.mkv": Format(f"{_FILM} {_H264} -c:a dca -strict -2 -ar 48000 -ac 2", "audio"),
    "h264-truehd.mkv": Format(f"{_FILM} {_H264} -c:a truehd -strict -2 -ar 48000", "audio"),
    "h264-vorbis.mkv": Format(f"{_FILM} {_H264} -c:a libvorbis", "audio"),
    "h264-pcm.mov": Format(f"{_FILM} {_H264} -c:a pcm_s16be", "audio"),
    "h264-alac.mov": Format(f"{_FILM} {_H264} -c:a alac", "audio"),
    "h264-mp2.ts": Format(f"{_FILM} {_H264} -c:a mp2", "audio"),
    "six-channels.mkv": Format(f"{_FILM} {_H264} -c:a ac3 -ac 6", "audio"),
    "two-sounds.mkv": Format(
        f"-map 0:v -map 1:a -map 1:a {_H264} -c:a:0 ac3 -c:a:1 aac -disposition:a:0 0 -disposition:a:1 default", ""
    ),
    # The picture has to be encoded.
    "hevc-aac.mp4": Format(f"{_FILM} {_HEVC} -pix_fmt yuv420p -c:a aac", "video"),
    "hevc-10-bit.mkv": Format(f"{_FILM} {_HEVC} -pix_fmt yuv420p10le -c:a aac", "video"),
    "pq.mkv": Format(
        f"{_FILM} -c:v libx265 -preset ultrafast -x265-params {_X265_HDR}smpte2084 -pix_fmt yuv420p10le"
        " -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc -c:a aac",
        "video",
    ),
    "hlg.mp4": Format(
        f"{_FILM} -c:v libx265 -preset ultrafast -x265-params {_X265_HDR}arib-std-b67 -pix_fmt yuv420p10le"
        " -color_trc arib-std-b67 -color_primaries bt2020 -colorspace bt2020nc -c:a aac",
        "video",
    ),
    "10-bit.mp4": Format(f"{_FILM} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -c:a aac", "video"),
    "4-2-2.mp4": Format(f"{_FILM} -c:v libx264 -preset ultrafast -pix_fmt yuv422p -c:a aac", "video"),
    "4-4-4.mkv": Format(f"{_FILM} -c:v libx264 -preset ultrafast -pix_fmt yuv444p -c:a ac3", "video audio"),
    "mpeg4-aac.mp4": Format(f"{_FILM} -c:v mpeg4 -c:a aac", "video"),
    "xvid-mp3.avi": Format(f"{_FILM} -c:v libxvid -c:a libmp3lame", "video"),
    "msmpeg4-mp3.avi": Format(f"{_FILM} -c:v msmpeg4 -c:a libmp3lame", "video"),
    "mjpeg-pcm.avi": Format(f"{_FILM} -c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le", "video audio"),
    "huffyuv.avi": Format(f"{_SILENT} -c:v huffyuv", "video"),
    "raw.avi": Format(f"{_SILENT} -c:v rawvideo -pix_fmt bgr24", "video"),
    "wmv2-wma.wmv": Format(f"{_FILM} -c:v wmv2 -c:a wmav2", "video audio"),
    "wmv1-wma.asf": Format(f"{_FILM} -c:v wmv1 -c:a wmav1", "video audio"),
    "flv1-mp3.flv": Format(f"{_FILM} -c:v flv1 -c:a libmp3lame -ar 44100", "video"),
    "mpeg1-mp2.mpg": Format(f"{_FILM} -c:v mpeg1video -c:a mp2", "video audio"),
    "mpeg2-mp2.mpg": Format(f"{_FILM} -c:v mpeg2video -c:a mp2", "video audio"),
    "mpeg2-ac3.ts": Format(f"{_FILM} -c:v mpeg2video -c:a ac3", "video audio"),
    "interlaced.mpg": Format(f"{_FILM} -c:v mpeg2video -flags +ilme+ildct -field_order tt -c:a mp2", "video audio"),
    "anamorphic.mpg": Format(f"{_FILM} -vf setsar=64/45 -c:v mpeg2video -c:a mp2", "video audio"),
    "theora-vorbis.ogv": Format(f"{_FILM} -c:v libtheora -c:a libvorbis", "video audio"),
    "prores-pcm.mov": Format(f"{_FILM} -c:v prores_ks -c:a pcm_s24le", "video audio"),
    "animation.mov": Format(f"{_SILENT} -c:v qtrle", "video"),
    "dv.avi": Format(f"{_FILM} -s 720x576 -c:v dvvideo -pix_fmt yuv420p -ar 48000 -ac 2 -c:a pcm_s16le", "video audio"),
    "ffv1-flac.mkv": Format(f"{_FILM} -c:v ffv1 -c:a flac", "video"),
    "vp8-vorbis.mkv": Format(f"{_FILM} -c:v libvpx -deadline realtime -c:a libvorbis", "video audio"),
    "h263-amr.3gp": Format(f"{_FILM} -s 176x144 -c:v h263 -ar 8000 -ac 1 -c:a libopencore_amrnb", "video audio"),
    "odd-sizes.avi": Format(f"{_FILM} -s 161x121 -c:v mpeg4 -c:a libmp3lame", "video"),
    "large.mkv": Format(f"{_SILENT} -s 2000x1300 -t 0.4 -c:v mpeg4", "video"),
    "fast.mkv": Format(f"{_FILM} -r 120 -c:v mpeg4 -c:a aac", "video"),
    "variable-rate.mkv": Format(
        f"{_FILM} -vf select=not(mod(n\\,7))+gt(mod(n\\,5)\\,2) -fps_mode vfr -c:v mpeg4 -c:a aac", "video"
    ),
}

#: What has sound alone.
SOUNDS = {
    "sound.mp3": Format(f"{_SOUND} -c:a libmp3lame"),
    "sound.m4a": Format(f"{_SOUND} -c:a aac"),
    "sound.flac": Format(f"{_SOUND} -c:a flac"),
    "vorbis.ogg": Format(f"{_SOUND} -c:a libvorbis"),
    "sound.opus": Format(f"{_SOUND} -c:a libopus"),
    "sound.wav": Format(f"{_SOUND} -c:a pcm_s16le"),
    "24-bit.wav": Format(f"{_SOUND} -c:a pcm_s24le -ar 96000"),
    "sound.aac": Format(f"{_SOUND} -c:a aac"),
    "aac.mka": Format(f"{_SOUND} -c:a aac", ""),
    "opus.mka": Format(f"{_SOUND} -c:a libopus", ""),
    "aac.ts": Format(f"{_SOUND} -c:a aac", ""),
    "alac.m4a": Format(f"{_SOUND} -c:a alac", "audio"),
    "sound.wma": Format(f"{_SOUND} -c:a wmav2", "audio"),
    "sound.aiff": Format(f"{_SOUND} -c:a pcm_s16be -ar 96000", "audio"),
    "ac3.mka": Format(f"{_SOUND} -c:a ac3 -ac 6", "audio"),
    "amr.3gp": Format(f"{_SOUND} -ar 8000 -ac 1 -c:a libopencore_amrnb", "audio"),
    "adpcm.wav": Format(f"{_SOUND} -c:a adpcm_ms", "audio"),
    "dts.mka": Format(f"{_SOUND} -c:a dca -strict -2 -ac 2", "audio"),
}
FORMATS = FILMS | SOUNDS

#: How large their pictures are for browsers, if it is not as they are stored.
SIZES = {
    "anamorphic.mpg": (212, 120),
    "dv.avi": (768, 576),
    "odd-sizes.avi": (162, 120),
    "large.mkv": (1440, 1080),
    "h263-amr.3gp": (192, 144),
}


def make_all(folder: Path, names: Iterable[str]) -> None:
    """Make files with these names in a folder."""
    sources = "-f lavfi -i testsrc2=s=160x120:r=25:d=1.2 -f lavfi -i sine=f=440:r=48000:d=1.2"
    command = [get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", *sources.split()]
    for name in names:
        command += [*FORMATS[name].arguments.split(), str(folder / name)]
    subprocess.run(command, check=True)
