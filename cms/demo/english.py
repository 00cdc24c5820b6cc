"""The demo pages in English."""

from __future__ import annotations

from functools import partial

from cms.demo import captions, files, papers
from cms.demo.contents import Contents, File, Item

_CREDIT = "Drawn by make demo"

_pictured = partial(files.pictured, _CREDIT)

PAGES = (
    Contents(
        "Welcome to Mediafold",
        "en",
        "This site was made by `make demo`. It belongs to a small harbour that does not exist. "
        "Sign in under **/admin/** and change whatever you like.",
        (
            Item(
                "picture",
                "The harbour",
                {
                    "alt_text": "A bay in the morning: houses on a quay, sailing boats, a lighthouse with red stripes.",
                    "caption": "The harbour, at seven in the morning.",
                    "credit": _CREDIT,
                },
                (File("picture", "harbour.jpg", partial(files.picture, 7.2, gulls=4, boats=3)),),
            ),
            Item(
                "text",
                "What there is to see",
                {
                    "text": """A page holds **items**, in the order that its editors gave them.

| page | what it shows |
| --- | --- |
| [The harbour at dawn](/the-harbour-at-dawn/) | a film with subtitles in two languages, chapters and a transcript |
| [A day at the harbour](/a-day-at-the-harbour/) | a gallery; click a picture |
| [Music for a slow morning](/music-for-a-slow-morning/) | recordings with a cover, chapters and waveforms |
| [The ferry and its clock](/the-ferry-and-its-clock/) | a document, and a square film |
| [From an old camera](/from-an-old-camera/) | a file that no browser plays, and its version for browsers |

Clients read the same pages as JSON at [/api/page/content/](/api/page/content/); [/swagger/](/swagger/) documents it.
"""
                },
            ),
            Item(
                "embed",
                "A film on another site",
                {
                    "embed_url": "https://video.blender.org/w/264ff760-803e-430e-8d81-15648e904183",
                    "text": "*Big Buck Bunny*. Your browser asks the other site for nothing until you start it.",
                },
            ),
        ),
    ),
    Contents(
        "The harbour at dawn",
        "en",
        "Twenty seconds at the quay, from the last stars to the first gulls.",
        (
            Item(
                "video",
                "The harbour at dawn",
                {"chapter_times": "0:00 The last stars\n0:06 First light\n0:12 The sun"},
                (
                    File("video", "The harbour at dawn (final).mp4", files.dawn),
                    File("subtitles", "harbour at dawn.en.srt", captions.english),
                    File("tracks", "harbour at dawn.ru.srt", captions.russian, {"language": "ru", "kind": "subtitles"}),
                ),
            ),
            Item(
                "text",
                "How it was made",
                {
                    "text": """Every picture of it is drawn by the program that you have just started:

1. the sky and the sea, as two gradients that follow the hour;
2. the hills, the quay and the lighthouse, from back to front;
3. the boats, which roll a little, *each in its own time*.

> The strings are plucked by an algorithm of 1983. It needs a little noise and a lot of patience.
"""
                },
            ),
        ),
        ("film", "harbour"),
    ),
    Contents(
        "A day at the harbour",
        "en",
        "The same view from the same window, eight times.",
        (
            Item(
                "gallery",
                "From the window",
                {"text": "All of them are of *one* day, but for the last."},
                (
                    _pictured(
                        "1 night.jpg",
                        1.5,
                        "Half past one. The moon has the bay to itself.",
                        "Night: the moon above a dark bay, lit windows on the quay.",
                    ),
                    _pictured(
                        "2 first light.jpg",
                        5.3,
                        "The first boat is always the same one.",
                        "A violet sky before sunrise, one boat on the water.",
                        boats=1,
                    ),
                    _pictured(
                        "3 sunrise.jpg",
                        6.5,
                        "Sunrise, and the gulls have opinions.",
                        "The sun between two hills, four gulls, orange light on the water.",
                        gulls=4,
                    ),
                    _pictured(
                        "4 morning.jpg",
                        9,
                        "Nine o’clock: everybody is out.",
                        "A blue morning with five sailing boats.",
                        gulls=2,
                        boats=5,
                    ),
                    _pictured(
                        "5 noon.jpg",
                        12.5,
                        "Noon. Nobody hurries.",
                        "The sun high above a calm bay.",
                        boats=3,
                    ),
                    _pictured("6 evening.jpg", 19.2, "The last ferry has gone.", "A low sun and a golden bay."),
                    _pictured(
                        "7 dusk.jpg",
                        20.5,
                        "Lamps are lit one after another.",
                        "A red sky after sunset, windows lit on the quay.",
                        boats=1,
                    ),
                    _pictured(
                        "8 winter.jpg",
                        15,
                        "The same window, in January.",
                        "Snow falls on the quay and on the rocks.",
                        snow=True,
                        boats=1,
                    ),
                ),
            ),
        ),
        ("harbour", "pictures"),
    ),
    Contents(
        "Music for a slow morning",
        "en",
        "Put the kettle on first.",
        (
            Item(
                "audio",
                "Music for a slow morning",
                {"text": "A minor, F, C, G, on *plucked strings*. The chapters and the cover are in the file itself."},
                (File("audio", "slow morning.mp3", files.tune),),
            ),
            Item(
                "audio",
                "The foghorn",
                {
                    "text": "Lossless, as FLAC. The chapters are written in the item’s form.",
                    "chapter_times": "0:00 The surf\n0:02 The first blast\n0:10 The second blast",
                },
                (File("audio", "foghorn.flac", files.foghorn),),
            ),
        ),
        ("music",),
    ),
    Contents(
        "The ferry and its clock",
        "en",
        "The ferry leaves at ten o’clock, by *this* clock.",
        (
            Item("video", "Twenty seconds to ten", {}, (File("video", "clock.mp4", files.clock),)),
            Item(
                "document",
                "The timetable",
                {"text": "Three pages to print. All departures from *May to October*."},
                (File("document", "timetable.pdf", papers.timetable),),
            ),
        ),
        ("film", "harbour"),
    ),
    Contents(
        "From an old camera",
        "en",
        "An editor has found an AVI file in a drawer.",
        (
            Item("video", "The lighthouse at night", {}, (File("video", "MVI_0042.AVI", files.beam),)),
            Item(
                "text",
                "What happens to such a file",
                {
                    "text": """No browser plays MPEG-4 Visual in AVI. So a worker makes a version that they all play:

- the page says that the video is *being prepared* until then;
- the admin shows how far it is, **in per cent**;
- the file as it was uploaded stays as it is, and can be downloaded.

It is the same with sounds from old telephones and with the films of new ones.
"""
                },
            ),
        ),
        ("film",),
    ),
)
